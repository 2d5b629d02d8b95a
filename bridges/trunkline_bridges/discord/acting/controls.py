"""Buttons, selects and submitted forms: whom discord.py tells of them, and what they do.

What a control stands for is in its id alone, so that it works whenever it is pressed, by whichever process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import discord

from trunkline.controls import TEMPLATE
from trunkline.errors import Denied, PlatformError
from trunkline.words import words

from ..desk import Desk
from ..facts import Written
from ..hearing.reading import member_of, message_from, spot_of_interaction, written
from ..ids import Id
from . import actions, calling, configuring
from .asking import ask_about
from .forms import fields_of
from .replying import Outcome, answer, tell
from .requests import Gesture, chosen

Doing: TypeAlias = "Callable[[Desk, Gesture, Id, Sequence[str]], Awaitable[Outcome]]"

_LOUD: Final = frozenset(
    {"thoughts", "more", "examples", "settings", "page", "new", "clear", "defaults", "rate"}
) | {
    "listen",
    "unlisten",
}
"""What answers with a message of its own; the rest is seen where it acts."""


def gesture_of(desk: Desk, interaction: discord.Interaction[Any]) -> Gesture:
    """Who used what where, as plain values."""
    message = interaction.message
    seen_by_all = message is not None and not message.flags.ephemeral
    return Gesture(
        id=str(interaction.id),
        token=interaction.token,
        spot=spot_of_interaction(interaction),
        member=member_of(interaction.user, interaction.channel),
        at=desk.clock.now(),
        message=str(message.id) if message is not None and seen_by_all else "",
    )


def control_of(desk: Desk) -> type[discord.ui.DynamicItem[Any]]:
    """The class by which discord.py finds our controls on any message."""

    class Control(discord.ui.DynamicItem[discord.ui.Item[Any]], template=TEMPLATE):
        @classmethod
        async def from_custom_id(
            cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: Any, /
        ) -> Control:
            return cls(item)

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            values = _values(cast("Mapping[str, Any]", interaction.data))
            await on_control(desk, gesture_of(desk, interaction), self.custom_id, values)

    return Control


async def on_control(desk: Desk, gesture: Gesture, custom_id: str, values: Sequence[str]) -> None:
    """A button was pressed or something chosen."""
    control = Id.read(custom_id)
    if control is None or control.op not in _DOING:
        await tell(desk, gesture, words("discord_unknown"))
        return
    loud = control.op in _LOUD and not (control.op == "examples" and values)
    await answer(desk, gesture, _done(desk, gesture, control, values), quiet=not loud)


async def _done(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    actions.admit(desk, gesture)
    return await _DOING[control.op](desk, gesture, control, values)


async def _examples(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    if not values:
        return await actions.show_examples(desk, gesture)
    return await actions.use_example(desk, gesture, chosen(control, values))


async def _conversation(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    return await actions.switch(desk, gesture, chosen(control, values))


_DOING: Final[Mapping[str, Doing]] = {
    **dict.fromkeys(("stop", "retry", "undo", "rate", "option", "pick"), actions.with_turn),
    "thoughts": lambda desk, gesture, control, _: actions.show_thoughts(desk, gesture, control.turn),
    "more": lambda desk, gesture, control, _: actions.show_more(desk, gesture, control),
    "example": lambda desk, gesture, control, _: actions.use_example(desk, gesture, control.index),
    "examples": _examples,
    "button": lambda desk, gesture, control, _: actions.press(desk, gesture, control.index),
    "settings": lambda desk, gesture, control, _: (
        configuring.open_page(desk, gesture, control.index - 1)
        if control.index
        else configuring.show(desk, gesture)
    ),
    "page": lambda desk, gesture, control, values: configuring.open_page(desk, gesture, chosen(control, values)),
    "defaults": lambda desk, gesture, _control, _: configuring.defaults(desk, gesture),
    "history": _conversation,
    "past": lambda desk, gesture, control, _: actions.history(desk, gesture, control.index, again=True),
    "rename": lambda desk, gesture, control, _: actions.ask_title(desk, gesture, control.turn),
    "delete": lambda desk, gesture, control, _: actions.delete(
        desk, gesture, control.turn, sure=control.index == 1
    ),
    "app": lambda desk, gesture, _, values: actions.choose_app(desk, gesture, "".join(values[:1]), again=True),
    "clear": lambda desk, gesture, _control, _: actions.clear(desk, gesture),
    "new": lambda desk, gesture, _control, _: actions.begin(desk, gesture),
    "forget": lambda desk, gesture, _control, _: actions.forget(desk, gesture),
    "listen": lambda desk, gesture, _control, _: calling.listen(desk, gesture),
    "unlisten": lambda desk, gesture, _control, _: calling.unlisten(desk, gesture),
    "call": lambda desk, gesture, control, _: calling.press(desk, gesture, control),
}


# Forms


async def on_interaction(interaction: discord.Interaction[Any], desk: Desk) -> None:
    """What discord.py leaves to us, of whatever interaction it tells.

    Forms it would only know if this process had opened them; a control that was pressed while its message changed
    it does not find there any more.
    """
    data = cast("Mapping[str, Any]", interaction.data or {})
    custom_id = str(data.get("custom_id") or "")
    if interaction.type is discord.InteractionType.modal_submit:
        await _on_form(interaction, desk, Id.read(custom_id), data)
    elif interaction.type is discord.InteractionType.component and not _stands_on(interaction.message, custom_id):
        await on_control(desk, gesture_of(desk, interaction), custom_id, _values(data))


def _stands_on(message: discord.Message | None, custom_id: str) -> bool:
    """Whether discord.py finds the control on its message."""
    if message is None or TEMPLATE.fullmatch(custom_id) is None:
        return False
    view = discord.ui.LayoutView if message.flags.components_v2 else discord.ui.View
    items = view.from_message(message, timeout=None).walk_children()
    return any(getattr(item, "custom_id", None) == custom_id for item in items)


def _values(data: Mapping[str, Any]) -> list[str]:
    return [str(value) for value in data.get("values") or ()]


async def _on_form(
    interaction: discord.Interaction[Any], desk: Desk, control: Id | None, data: Mapping[str, Any]
) -> None:
    gesture = gesture_of(desk, interaction)
    match control:
        case Id(op="form"):
            await answer(desk, gesture, _submitted(desk, gesture, control, data))
        case Id(op="named", turn=conversation):
            quiet = interaction.message is not None
            await answer(desk, gesture, _named(desk, gesture, conversation, _typed(data, "title")), quiet=quiet)
        case Id(op="about", turn=message):
            await _about(desk, gesture, interaction, str(message), _typed(data, "question"))
        case _:
            await tell(desk, gesture, words("discord_unknown"))


async def _submitted(desk: Desk, gesture: Gesture, control: Id, data: Mapping[str, Any]) -> Outcome:
    actions.admit(desk, gesture)
    return await configuring.submit(desk, gesture, control, data)


async def _named(desk: Desk, gesture: Gesture, conversation: int, title: str) -> Outcome:
    actions.admit(desk, gesture)
    return await actions.rename(desk, gesture, conversation, title)


def _typed(data: Mapping[str, Any], name: str) -> str:
    return str(fields_of(data).get(name, {}).get("value") or "")


async def _about(
    desk: Desk, gesture: Gesture, interaction: discord.Interaction[Any], message: str, text: str
) -> None:
    async def quoted() -> Written:
        return desk.memory.quoted.get(message) or await _read_again(desk, interaction, message)

    await ask_about(desk, gesture, text, quoted)


async def _read_again(desk: Desk, interaction: discord.Interaction[Any], message: str) -> Written:
    """The message a question is about, where it is not remembered any more. `Denied` when it cannot be read."""
    try:
        raw = await desk.rest.call("GET", f"/channels/{interaction.channel_id}/messages/{message}")
    except PlatformError as error:
        raise Denied(words("discord_message_gone")) from error
    found = message_from(interaction.client, interaction.channel, raw)
    read = written(found, desk.bot, readable=desk.readable) if found is not None else None
    if read is None or not (read.text or read.files):
        raise Denied(words("discord_message_gone"))
    return read


__all__ = ["control_of", "gesture_of", "on_control", "on_interaction"]
