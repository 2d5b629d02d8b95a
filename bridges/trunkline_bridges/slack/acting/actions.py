"""What people ask for by controls and commands, done: each gives what the one who asked is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trunkline import pressing
from trunkline.backend import Feedback
from trunkline.bridge import FoundTurn
from trunkline.errors import Denied
from trunkline.gestures import Change, Open, Tell, done_or_denied, newest, said_of
from trunkline.inbound import (
    Choose,
    ChooseApp,
    Clear,
    Command,
    DeleteConversation,
    ForgetMe,
    Inbound,
    NewConversation,
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
from trunkline.labels import one_line
from trunkline.messages import Json
from trunkline.words import words

from ..desk import Desk
from ..drawing.thoughts import thought_tree
from ..facts import place_of
from ..ids import Id
from . import forms, home, panels, requests, rooting, where
from .reading import kept_with
from .replying import Outcome
from .requests import Gesture
from .where import Meant


async def carry_out(desk: Desk, event: Inbound, *, aloud: bool = True) -> str | None:
    """What the core says of the event; with `aloud` also that it was done."""
    return said_of(await desk.core.accept(event), words("slack_done"), aloud=aloud)


async def named(desk: Desk, meant: Meant, sentence: str | None, title: str = "") -> str | None:
    """The sentence, with the conversation it is about where that was looked up; `title` where it had one."""
    if not meant.found or sentence is None:
        return sentence
    shown = one_line(title or await home.title_of(desk, meant.place), 80)
    return words("slack_in_conversation", title=shown, said=sentence)


# Turns


async def found(desk: Desk, gesture: Gesture, turn: int) -> FoundTurn:
    """The turn of a control. `Denied` when it is gone, or answered elsewhere."""
    return requests.here(gesture, await desk.core.turn(turn), desk.options)


async def with_turn(desk: Desk, gesture: Gesture, control: Id, values: Sequence[str]) -> Outcome:
    """What a control of a turn asks for."""
    meant = await found(desk, gesture, control.turn)
    rating = control.op in {"rate", "feedback"}
    # Only what is rated needs the app: a reply can be stopped while the app cannot be reached.
    feedback = (await desk.core.profile(meant.place.app)).feedback if rating else Feedback()
    who = requests.presser_of(gesture) if rating else await where.presser(desk, gesture, meant)
    rated = desk.memory.presses.rated(meant, gesture.member.id)
    command = requests.command_of(control, values, who, meant, desk.options, feedback, rated)
    if desk.memory.presses.twice(control.turn, command, desk.clock.now()):
        raise Denied(words("slack_pressed"))
    target = _target(gesture, control, values, meant, command)
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
        case Choose(index):
            option = meant.view.reply.options[index]
            line = requests.asked_line("slack_chose", gesture.member, option.shown)
            return requests.chosen_target(gesture, meant, line)
        case _:
            return None


async def show_thoughts(desk: Desk, gesture: Gesture, turn: int) -> Outcome:
    """All of a reply's thoughts, to the one who asks."""
    meant = await found(desk, gesture, turn)
    profile = await desk.core.profile(meant.place.app)
    hidden = desk.options.thoughts == "hidden"
    view = pressing.view_of(meant, profile, desk.options, desk.core.words)
    bodies = () if hidden else thought_tree(meant.view.reply, view)
    return Tell(bodies) if bodies else words("slack_no_thoughts")


async def on_current(desk: Desk, gesture: Gesture, command: Retry | Undo | Stop) -> Outcome:
    """A command about the newest turn of the conversation that is meant."""
    meant = await where.meant_by(desk, gesture)
    turn = await newest(desk.core, meant.place)
    if turn is None and isinstance(command, Retry):
        raise Denied(words("nothing_to_repeat"))
    if turn is not None:
        await where.check_allowed(desk, gesture, turn)
    target = None if turn is None else requests.again_target(meant.gesture, turn)
    said = await carry_out(desk, requests.request(meant.gesture, meant.place, command, target))
    again = isinstance(command, Retry) and said == words("slack_done")
    return await named(desk, meant, words("slack_again") if again else said)


async def retry_from(desk: Desk, gesture: Gesture) -> Outcome:
    """Answer the turn of a message again: what came after it is dropped."""
    place = place_of(desk.options, gesture.spot, desk.default_app)
    number = await desk.core.turn_of(place, gesture.message)
    if not number:
        raise Denied(words("slack_no_turn"))
    meant = await found(desk, gesture, number)
    await where.check_allowed(desk, gesture, meant)
    target = requests.again_target(gesture, meant)
    event = requests.request(gesture, meant.place, Retry(number), target, conversation=meant.conversation)
    return await carry_out(desk, event, aloud=False) or words("slack_again")


# Examples and the app's own buttons


async def show_examples(desk: Desk, gesture: Gesture) -> Outcome:
    place = await where.here(desk, gesture)
    profile = await desk.core.profile(place.app)
    if gesture.spot.channel and not gesture.home:
        return Tell([panels.examples(profile)])
    view = panels.examples_modal(profile, kept_with(gesture))
    return Open(view, panels.told(words("slack_open_late")))


async def use_example(desk: Desk, gesture: Gesture, index: int) -> Outcome:
    gesture = await rooting.in_channel(desk, gesture)
    place = await where.here(desk, gesture)
    offered = (await desk.core.profile(place.app)).examples
    example = pressing.picked(offered, index, "example_gone")
    line = requests.asked_line("slack_asked", gesture.member, example.text or example.shown)
    said = await rooting.ask(desk, gesture, UseExample(index), line)
    return said or (words("slack_answer_comes") if gesture.home or gesture.view else None)


async def press(desk: Desk, gesture: Gesture, index: int) -> Outcome:
    """A button of the app's own."""
    meant = await where.meant_by(desk, gesture)
    offered = pressing.picked((await desk.core.profile(meant.place.app)).buttons, index, "button_gone")
    turn = await newest(desk.core, meant.place)
    if turn is not None:
        await where.check_allowed(desk, gesture, turn)
    line = requests.asked_line("slack_chose", gesture.member, offered.label)
    target = requests.answer_target(desk.options, meant.gesture, meant.gesture.spot, line)
    event = requests.request(meant.gesture, meant.place, Press(offered.id), target)
    return await carry_out(desk, event, aloud=False)


# Conversations


async def clear(desk: Desk, gesture: Gesture) -> Outcome:
    meant = await where.meant_by(desk, gesture)
    await where.manage(desk, meant.gesture, meant.place)
    title = await home.title_of(desk, meant.place) if meant.found else ""
    said = await carry_out(desk, requests.request(meant.gesture, meant.place, Clear()))
    return await named(desk, meant, said, title)


async def begin(desk: Desk, gesture: Gesture) -> Outcome:
    """Another conversation: it shows what it begins with. Where each thread is one, people begin it by writing."""
    place = await where.here(desk, gesture)
    profile = await desk.core.profile(place.app)
    if not where.is_whole(desk, gesture):
        key = "slack_begin_here" if gesture.spot.private else "slack_begin_by_mention"
        return Tell([panels.greeting(profile, above=words(key))])
    await where.manage(desk, gesture, place)
    said = await carry_out(desk, requests.request(gesture, place, NewConversation()))
    return Tell([panels.greeting(profile, above=said or "")])


async def history(desk: Desk, gesture: Gesture) -> Outcome:
    """The conversations of the place, and those of the one who asks in the channel."""
    threads = [] if desk.options.history == "channel" else await home.recent_threads(desk, gesture, panels.LISTED)
    known = await desk.core.conversations(await where.here(desk, gesture), limit=panels.LISTED)
    body = panels.history(known, threads)
    return Change(body) if gesture.ephemeral else Tell([body])


async def switch(desk: Desk, gesture: Gesture, conversation: int) -> Outcome:
    said = await _about(desk, gesture, SwitchConversation(conversation))
    return Change(panels.conversation(conversation, said))


async def ask_title(desk: Desk, gesture: Gesture, conversation: int) -> Outcome:
    place = await where.here(desk, gesture)
    title = (await desk.core.transcript(place, conversation, limit=1)).title
    late = panels.conversation(conversation, title or words("untitled"))
    return Open(forms.title_form(conversation, title, kept_with(gesture)), late)


async def rename(desk: Desk, gesture: Gesture, conversation: int, title: str) -> Outcome:
    return await _about(desk, gesture, RenameConversation(conversation, " ".join(title.split())))


async def delete(desk: Desk, gesture: Gesture, conversation: int) -> Outcome:
    return Change(panels.told(await _about(desk, gesture, DeleteConversation(conversation))))


async def _about(
    desk: Desk, gesture: Gesture, command: SwitchConversation | RenameConversation | DeleteConversation
) -> str:
    place = await where.here(desk, gesture)
    await where.manage(desk, gesture, place)
    event = requests.request(gesture, place, command, conversation=command.conversation)
    return await done_or_denied(desk.core, event, words("slack_done"))


# The bot itself


async def show_help(desk: Desk, gesture: Gesture) -> Outcome:
    place = await where.here(desk, gesture)
    profile = await desk.core.profile(place.app)
    command = gesture.command or desk.options.command
    several = len(desk.offered) > 1 and not where.app_named(desk, gesture)
    return Tell([panels.help_panel(profile, command, several=several)])


async def choose_app(desk: Desk, gesture: Gesture, name: str = "") -> Outcome:
    """Talk to another app here; without a name, ask to which."""
    place = await where.here(desk, replace(gesture, command=""))
    if not name:
        return Tell([panels.apps(desk.offered, place.app)])
    if name not in desk.offered:
        raise Denied(words("app_not_offered", app=name[:100], apps=", ".join(desk.offered)))
    await where.manage(desk, gesture, place)
    chosen = place_of(desk.options, gesture.spot, name)
    said = await carry_out(desk, requests.request(gesture, chosen, ChooseApp())) or words("slack_done")
    return Change(panels.told(said))


async def ask_to_forget(desk: Desk, gesture: Gesture) -> Outcome:
    return Tell([panels.forgetting()])


async def forget(desk: Desk, gesture: Gesture) -> Outcome:
    """Erase what is stored of the one who asks."""
    place: Place = await where.here(desk, gesture)
    said = await carry_out(desk, requests.request(gesture, place, ForgetMe()))
    return Change(panels.told(said or words("slack_done")))
