"""Buttons, selects and submitted forms: what each does.

What a control stands for is in its id alone, so that it works whenever it is pressed, by whichever process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from trunkline.pressing import chosen
from trunkline.words import words

from ..desk import Desk
from ..ids import Id
from . import actions, configuring
from .asking import ask_about
from .forms import field_of, first_field
from .reading import in_thread, metadata_of, values_of
from .replying import Ack, Outcome, answer, answer_form
from .requests import Gesture
from .where import admit

Doing: TypeAlias = "Callable[[Desk, Gesture, Id, Sequence[str]], Awaitable[Outcome]]"


async def on_action(desk: Desk, gesture: Gesture, ack: Ack, action: Mapping[str, Any]) -> None:
    """A button was pressed or something chosen. A button that opens an address does nothing here."""
    control = Id.read(str(action.get("action_id") or ""))
    if control is None and action.get("url"):
        await ack()
        return
    await answer(desk, gesture, ack, _done(desk, gesture, control, values_of(action)))


async def _done(desk: Desk, gesture: Gesture, control: Id | None, values: Sequence[str]) -> Outcome:
    if control is None or control.op not in _DOING:
        return words("slack_unknown", command=desk.options.command)
    admit(desk, gesture)
    return await _DOING[control.op](desk, gesture, control, values)


async def _examples(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    if not values:
        return await actions.show_examples(desk, gesture)
    return await actions.use_example(desk, gesture, chosen(control.index, values))


async def _history(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    if not values:
        return await actions.history(desk, gesture)
    return await actions.switch(desk, gesture, chosen(control.index, values))


_DOING: Final[Mapping[str, Doing]] = {
    **dict.fromkeys(("stop", "retry", "undo", "rate", "feedback", "option", "pick"), actions.with_turn),
    "thoughts": lambda desk, gesture, control, _: actions.show_thoughts(desk, gesture, control.turn),
    "example": lambda desk, gesture, control, _: actions.use_example(desk, gesture, control.index),
    "examples": _examples,
    "button": lambda desk, gesture, control, _: actions.press(desk, gesture, control.index),
    "settings": lambda desk, gesture, _control, _: configuring.show(desk, gesture),
    "defaults": lambda desk, gesture, _control, _: configuring.defaults(desk, gesture),
    "history": _history,
    "rename": lambda desk, gesture, control, _: actions.ask_title(desk, gesture, control.turn),
    "delete": lambda desk, gesture, control, _: actions.delete(desk, gesture, control.turn),
    "app": lambda desk, gesture, _, values: actions.choose_app(desk, gesture, "".join(values[:1])),
    "clear": lambda desk, gesture, _control, _: actions.clear(desk, gesture),
    "new": lambda desk, gesture, _control, _: actions.begin(desk, gesture),
    "forget": lambda desk, gesture, _control, _: actions.forget(desk, gesture),
}


async def on_form(desk: Desk, gesture: Gesture, ack: Ack, view: Mapping[str, Any]) -> None:
    """A form was submitted."""
    control = Id.read(str(view.get("callback_id") or ""))
    # What was looked up by a command is told where that was given, and not in a thread that nobody has open.
    told = in_thread(gesture, "") if metadata_of(view).get("found") else gesture
    await answer_form(desk, told, ack, _submitted(desk, gesture, control, view), first_field(view))


async def _submitted(desk: Desk, gesture: Gesture, control: Id | None, view: Mapping[str, Any]) -> Outcome:
    admit(desk, gesture)
    match control:
        case Id(op="form"):
            return await configuring.submit(desk, gesture, control, view)
        case Id(op="rename", turn=conversation):
            return await actions.rename(desk, gesture, conversation, field_of(view, "title"))
        case Id(op="about"):
            return await ask_about(desk, gesture, view)
        case _:
            return words("slack_unknown", command=desk.options.command)
