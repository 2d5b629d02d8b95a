"""What people ask for by controls and commands, done: each gives what the one who asked is told."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline import pressing
from trunkline.bridge import Answer, FoundTurn
from trunkline.errors import Denied
from trunkline.gestures import Change, Open, Tell, done_or_denied, newest, said_of
from trunkline.inbound import (
    ChooseApp,
    Clear,
    Command,
    DeleteConversation,
    ForgetMe,
    Inbound,
    NewConversation,
    Pause,
    Place,
    Press,
    Rate,
    RenameConversation,
    Retry,
    Stop,
    SwitchConversation,
    Undo,
    UseExample,
)
from trunkline.messages import Json
from trunkline.words import words

from ..desk import Desk
from ..drawing.thoughts import thought_tree
from ..facts import place_of
from ..ids import Id
from ..parse import permitted
from . import forms, panels, requests
from .replying import Outcome
from .requests import Gesture


def admit(desk: Desk, gesture: Gesture) -> None:
    """`Denied` for whom the settings do not let use the bot there."""
    spot, options = gesture.spot, desk.options
    closed = requests.alone(spot) and not options.direct_messages
    if closed or not permitted(options, spot, gesture.member):
        raise Denied(words("not_allowed"))


async def place_here(desk: Desk, gesture: Gesture) -> Place:
    return await desk.place(gesture.spot, gesture.member.id)


async def accept(desk: Desk, event: Inbound) -> Answer:
    """Hand the event to the core; what happens to messages there is heard from now on."""
    desk.heard_in(str(event.target.get("channel") or event.place.channel))
    return await desk.core.accept(desk.aloud(event))


async def carry_out(desk: Desk, event: Inbound, *, aloud: bool = True) -> str | None:
    """What the core says of the event; with `aloud` also that it was done."""
    return said_of(await accept(desk, event), words("discord_done"), aloud=aloud)


async def manage(desk: Desk, gesture: Gesture, place: Place) -> None:
    """`Denied` for what concerns all who share a history, but for who asked last and for moderators."""
    if requests.alone(gesture.spot) or place.user or gesture.member.moderator:
        return
    found = await newest(desk.core, place)
    if found is not None and not requests.owns(gesture, found):
        raise Denied(words("discord_not_yours_here"))


# Turns


async def found(desk: Desk, gesture: Gesture, turn: int) -> FoundTurn:
    """The turn of a control. `Denied` when it is gone, or answered elsewhere."""
    return requests.here(gesture, await desk.core.turn(turn), desk.options)


async def with_turn(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    """What a control of a turn asks for."""
    meant = await found(desk, gesture, control.turn)
    # Only what is rated needs the app: a reply can be stopped while the app cannot be reached.
    profile = await desk.core.profile(meant.place.app) if control.op == "rate" else None
    rated = desk.memory.presses.rated(meant, gesture.member.id)
    command = requests.command_of(control, values, gesture, meant, profile, desk.options, rated)
    target = _target(gesture, control, values, meant, command)
    if desk.memory.presses.twice(control.turn, command, desk.clock.now()):
        raise Denied(words("discord_pressed"))
    event = requests.request(gesture, meant.place, command, target, conversation=meant.conversation)
    said = await carry_out(desk, event, aloud=isinstance(command, Rate))
    desk.memory.presses.done(control.turn, gesture.member.id, command, said)
    return said


def _target(
    gesture: Gesture, control: Id, values: Sequence[str], meant: FoundTurn, command: Command
) -> dict[str, Json] | None:
    match command:
        case Retry():
            return requests.again_target(gesture, meant)
        case _ if control.op in {"option", "pick"}:
            option = meant.view.reply.options[requests.chosen(control, values)]
            line = requests.asked_line("discord_chose", gesture.member, option.shown)
            return requests.answer_target(gesture, asked=line, reply_to=gesture.message)
        case _:
            return None


async def show_thoughts(desk: Desk, gesture: Gesture, turn: int) -> Outcome:
    """All of a reply's thoughts, to the one who asks."""
    meant = await found(desk, gesture, turn)
    profile = await desk.core.profile(meant.place.app)
    hidden = desk.options.thoughts == "hidden"
    view = pressing.view_of(meant, profile, desk.options, desk.core.words)
    bodies = () if hidden else thought_tree(meant.view.reply, view)
    return Tell(bodies) if bodies else words("discord_no_thoughts")


async def show_more(desk: Desk, gesture: Gesture, control: Id) -> Outcome:
    """The options of a reply that did not fit below it."""
    meant = await found(desk, gesture, control.turn)
    if not meant.newest:
        raise Denied(words("older_reply"))
    return Tell([panels.further(control.turn, meant.view.reply.options, control.index, desk.options)])


async def on_current(desk: Desk, gesture: Gesture, command: Retry | Undo | Stop) -> Outcome:
    """A command about the newest turn of the place's conversation."""
    place = await place_here(desk, gesture)
    meant = await newest(desk.core, place)
    if meant is None and isinstance(command, Retry):
        raise Denied(words("nothing_to_repeat"))
    if meant is not None and not requests.allowed(gesture, meant, desk.options):
        raise Denied(words("not_yours"))
    target = None if meant is None else requests.again_target(gesture, meant)
    said = await carry_out(desk, requests.request(gesture, place, command, target), aloud=True)
    return words("discord_again") if isinstance(command, Retry) and said == words("discord_done") else said


async def retry_from(desk: Desk, gesture: Gesture, message: str) -> Outcome:
    """Answer the turn of a message again: what came after it is dropped."""
    place = place_of(desk.options, gesture.spot, gesture.member.id, desk.default_app)
    number = await desk.core.turn_of(place, message)
    if not number:
        raise Denied(words("discord_no_turn"))
    meant = await found(desk, gesture, number)
    if not requests.allowed(gesture, meant, desk.options):
        raise Denied(words("not_yours"))
    target = requests.again_target(gesture, meant)
    event = requests.request(gesture, meant.place, Retry(number), target, conversation=meant.conversation)
    return await carry_out(desk, event, aloud=False) or words("discord_again")


# Examples and the app's own buttons


async def show_examples(desk: Desk, gesture: Gesture) -> Outcome:
    place = await place_here(desk, gesture)
    return Tell(panels.examples(await desk.core.profile(place.app), desk.options))


async def use_example(desk: Desk, gesture: Gesture, index: int) -> Outcome:
    place = await place_here(desk, gesture)
    offered = (await desk.core.profile(place.app)).examples
    example = pressing.picked(offered, index, "example_gone")
    line = requests.asked_line("discord_asked", gesture.member, example.text or example.shown)
    target = requests.answer_target(gesture, asked=line)
    return await carry_out(desk, requests.request(gesture, place, UseExample(index), target), aloud=False)


async def press(desk: Desk, gesture: Gesture, index: int) -> Outcome:
    """A button of the app's own."""
    place = await place_here(desk, gesture)
    button = pressing.picked((await desk.core.profile(place.app)).buttons, index, "button_gone")
    meant = await newest(desk.core, place)
    if meant is not None and not requests.allowed(gesture, meant, desk.options):
        raise Denied(words("not_yours"))
    line = requests.asked_line("discord_chose", gesture.member, button.label)
    target = requests.answer_target(gesture, asked=line, reply_to=gesture.message)
    event = requests.request(gesture, place, Press(button.id), target)
    return await carry_out(desk, event, aloud=False)


# Conversations


async def clear(desk: Desk, gesture: Gesture) -> Outcome:
    place = await place_here(desk, gesture)
    await manage(desk, gesture, place)
    return await carry_out(desk, requests.request(gesture, place, Clear()))


async def begin(desk: Desk, gesture: Gesture) -> Outcome:
    """Another conversation: it shows what it begins with."""
    place = await place_here(desk, gesture)
    await manage(desk, gesture, place)
    said = await carry_out(desk, requests.request(gesture, place, NewConversation()))
    profile = await desk.core.profile(place.app)
    return Tell([panels.greeting(profile, desk.options, above=said or "")])


async def history(desk: Desk, gesture: Gesture, page: int = 0, *, again: bool = False) -> Outcome:
    """The place's conversations; `again`: in place of what the control stands on."""
    place = await place_here(desk, gesture)
    wanted = (page + 1) * panels.PAGE + 1
    body = panels.history(await desk.core.conversations(place, limit=wanted), page, desk.options)
    return Change(body) if again else Tell([body])


async def switch(desk: Desk, gesture: Gesture, conversation: int) -> Outcome:
    said = await _about(desk, gesture, SwitchConversation(conversation))
    return Change(panels.conversation(conversation, said, desk.options))


async def ask_title(desk: Desk, gesture: Gesture, conversation: int) -> Outcome:
    place = await place_here(desk, gesture)
    title = (await desk.core.transcript(place, conversation, limit=1)).title
    late = panels.conversation(conversation, title or words("untitled"), desk.options)
    return Open(forms.title_form(conversation, title), late)


async def rename(desk: Desk, gesture: Gesture, conversation: int, title: str) -> Outcome:
    said = await _about(desk, gesture, RenameConversation(conversation, " ".join(title.split())))
    return Change(panels.conversation(conversation, said, desk.options))


async def delete(desk: Desk, gesture: Gesture, conversation: int, *, sure: bool) -> Outcome:
    if sure:
        said = await _about(desk, gesture, DeleteConversation(conversation))
        return Change(panels.deleted(said, desk.options))
    place = await place_here(desk, gesture)
    title = (await desk.core.transcript(place, conversation, limit=1)).title
    return Change(panels.doomed(conversation, title or words("untitled"), desk.options))


async def _about(
    desk: Desk, gesture: Gesture, command: SwitchConversation | RenameConversation | DeleteConversation
) -> str:
    place = await place_here(desk, gesture)
    await manage(desk, gesture, place)
    event = requests.request(gesture, place, command, conversation=command.conversation)
    return await done_or_denied(desk.core, event, words("discord_done"))


# The bot itself


async def show_help(desk: Desk, gesture: Gesture) -> Outcome:
    place = await place_here(desk, gesture)
    profile = await desk.core.profile(place.app)
    several, known = len(desk.offered) > 1, desk.memory.commands
    may = _moderates(gesture)
    return Tell([panels.help_panel(profile, desk.options, known, several=several, moderating=may)])


async def choose_app(desk: Desk, gesture: Gesture, name: str = "", *, again: bool = False) -> Outcome:
    """Talk to another app here; without a name, ask to which."""
    if not name:
        place = await place_here(desk, gesture)
        return Tell([panels.apps(desk.offered, place.app, desk.options)])
    if name not in desk.offered:
        raise Denied(words("app_not_offered", app=name[:100], apps=", ".join(desk.offered)))
    await manage(desk, gesture, await place_here(desk, gesture))
    chosen = place_of(desk.options, gesture.spot, gesture.member.id, name)
    said = await carry_out(desk, requests.request(gesture, chosen, ChooseApp())) or words("discord_done")
    return Change(panels.panel(said, (), desk.options)) if again else said


async def pause(desk: Desk, gesture: Gesture, *, on: bool) -> Outcome:
    if not _moderates(gesture):
        raise Denied(words("discord_moderators_only"))
    return await carry_out(desk, requests.request(gesture, await place_here(desk, gesture), Pause(on)))


def _moderates(gesture: Gesture) -> bool:
    """They may make the bot keep quiet there."""
    return gesture.member.moderator or requests.alone(gesture.spot)


async def forget(desk: Desk, gesture: Gesture) -> Outcome:
    """Erase what is stored of the one who asks."""
    said = await carry_out(desk, requests.request(gesture, await place_here(desk, gesture), ForgetMe()))
    if desk.rooms is not None:
        await desk.rooms.forget(gesture.member)
    return Change(panels.panel(said or words("discord_done"), (), desk.options))
