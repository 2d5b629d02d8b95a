"""The life of a turn, and what the app is asked for in it: pure functions of what is stored.

    received ──► running ──► answered ──► delivered, stopped, failed or undeliverable

`answered` means that the reply and what it adds to the history are stored; a reply may say that the app failed
or was stopped. A turn that ended may later be `superseded` by a retry or an edit, or `undone`; its messages
then leave the history. One that was dropped while it waited is `undone` too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from .backend import (
    Again,
    AppProfile,
    PressButton,
    SendExample,
    SendMessage,
    SendOption,
    TurnInput,
)
from .errors import Denied
from .inbound import Choose, Edit, Press, Retry, Say, TurnCommand, UseExample
from .messages import Media, Message, Part, ReplyState, Speaker, Text
from .utterance import SendUtterance
from .words import words


class TurnState(StrEnum):
    RECEIVED = "received"
    RUNNING = "running"
    ANSWERED = "answered"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    FAILED = "failed"
    UNDELIVERABLE = "undeliverable"
    SUPERSEDED = "superseded"
    UNDONE = "undone"


_TAKEN_BACK = frozenset({TurnState.SUPERSEDED, TurnState.UNDONE})
_ENDS = frozenset({TurnState.DELIVERED, TurnState.STOPPED, TurnState.FAILED, TurnState.UNDELIVERABLE})
TRANSITIONS: dict[TurnState, frozenset[TurnState]] = {
    TurnState.RECEIVED: frozenset({TurnState.RUNNING, TurnState.UNDONE}),
    TurnState.RUNNING: frozenset({TurnState.RUNNING, TurnState.ANSWERED}),
    TurnState.ANSWERED: frozenset({TurnState.ANSWERED}) | _ENDS,
    **dict.fromkeys(_ENDS, _TAKEN_BACK),
    **dict.fromkeys(_TAKEN_BACK, frozenset()),
}
"""Where a turn may go from each state. `running` and `answered` lead to themselves: another process took over."""


def end_state(reply: ReplyState) -> TurnState:
    """The state of a turn whose final stands on its platform."""
    return {"stopped": TurnState.STOPPED, "failed": TurnState.FAILED}.get(reply, TurnState.DELIVERED)


MAX_ATTEMPTS = 2
"""A turn that was interrupted by a crash is run once more; a second crash makes it failed."""
MAX_CLAIMS = 20
"""A turn whose end could not be reached in so many lives is given up: its delivery itself breaks off."""


def resumption(state: TurnState, attempts: int, handed_back: int) -> Literal["run", "deliver", "fail", "give up"]:
    """What the next process does with a turn whose owner is gone.

    `attempts` counts this one; `handed_back` of them ended because a process was told to stop.
    """
    if attempts - handed_back > MAX_CLAIMS:
        return "give up"
    if state is TurnState.ANSWERED:
        return "deliver"
    return "run" if attempts - handed_back <= MAX_ATTEMPTS else "fail"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the history with the turn it came by; `turn` 0 is the greeting."""

    turn: int
    message: Message


@dataclass(frozen=True, slots=True)
class Past:
    """What a plan is made from: the active history, oldest first, and earlier commands by turn."""

    entries: tuple[Entry, ...]
    command: Callable[[int], TurnCommand | None]
    """The stored command of a turn that a retry or an edit leads back to; None when there is no such turn in the
    conversation (any more). Retries and edits name the turn they meant."""
    newest: int
    """The conversation's newest turn that was answered or failed; 0 when there is none."""
    gone: frozenset[int] = frozenset()
    """Turns that `command` knows although they were undone or superseded: only ways to what was said."""

    def of(self, turn: int) -> tuple[Message, ...]:
        return tuple(entry.message for entry in self.entries if entry.turn == turn)

    def before(self, turn: int) -> tuple[Entry, ...]:
        """What stands before a turn. A turn that left nothing in the history stands at its end."""
        return tuple(entry for entry in self.entries if entry.turn < turn)

    def turns_from(self, turn: int) -> tuple[int, ...]:
        return tuple(dict.fromkeys(entry.turn for entry in self.entries if entry.turn >= turn))


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask the app for, and what becomes of the history when it has answered."""

    input: TurnInput
    history: tuple[Message, ...]
    user: Message | None
    """The user's message as the history will hold it. It names its speaker only if a person wrote it: option
    values and examples are the app's own words, and go back to it as they are."""
    supersedes: tuple[int, ...] = ()


def plan(
    command: TurnCommand,
    past: Past,
    profile: AppProfile,
    speaker: Speaker | None,
    own_handlers: frozenset[str] = frozenset(),
) -> Plan:
    """What a command asks the app for. `Denied` when it refers to something that is no longer there."""
    match command:
        case Say(said, stream):
            sent = _sending(said, profile, stream)
            return Plan(sent, _messages(past.entries), Message("user", said, speaker=speaker))
        case Choose(index, turn):
            return _choose(index, turn, past)
        case UseExample(index):
            if not 0 <= index < len(profile.examples):
                raise Denied(words("example_gone"))
            example = profile.examples[index]
            shown: tuple[Part, ...] = (*((Text(example.text),) if example.text else ()), *example.media)
            return Plan(SendExample(index), _messages(past.entries), Message("user", shown))
        case Press(button):
            if not any(known.id == button and known.effect != "stop" for known in profile.buttons):
                raise Denied(words("button_gone"))
            return Plan(PressButton(button), _messages(past.entries), None)
        case Retry() | Edit():
            return _again(command, past, profile, speaker, own_handlers)


def _sending(parts: tuple[Part, ...], profile: AppProfile, stream: str = "") -> SendMessage | SendUtterance:
    """A message as the app takes it: one that listens is told what is said, and not sent a file."""
    if profile.accepts.speech and len(parts) == 1 and isinstance(parts[0], Media) and parts[0].kind == "audio":
        return SendUtterance(parts[0], stream)
    return SendMessage(parts)


def _messages(entries: Sequence[Entry]) -> tuple[Message, ...]:
    return tuple(entry.message for entry in entries)


def _choose(index: int, turn: int, past: Past) -> Plan:
    """`turn` 0 is the one that was answered last, whatever failed since."""
    turn = turn or (past.entries[-1].turn if past.entries else 0)
    for position in range(len(past.entries) - 1, -1, -1):
        entry = past.entries[position]
        if entry.turn == turn and entry.message.role == "assistant" and entry.message.options:
            if not 0 <= index < len(entry.message.options):
                break
            value = entry.message.options[index].value
            user = Message("user", (Text(value),))
            return Plan(SendOption(position, index, value), _messages(past.entries), user)
    raise Denied(words("option_gone"))


def replaced(command: TurnCommand, past: Past) -> tuple[int, ...]:
    """The turns whose place the command's turn takes once it is answered, oldest first; none that is gone.

    What failed to take a turn's place stands for that turn: to repeat it is to try that again.
    """
    if not isinstance(command, Retry | Edit):
        return ()
    turn = command.turn or past.newest
    found: set[int] = set()
    while turn not in found and (began := past.command(turn)) is not None:
        found |= {turn, *past.turns_from(turn)}
        if past.of(turn) or not isinstance(began, Retry | Edit):
            break
        turn = began.turn
    return tuple(sorted(found - past.gone))


def _again(
    command: Retry | Edit,
    past: Past,
    profile: AppProfile,
    speaker: Speaker | None,
    own_handlers: frozenset[str],
) -> Plan:
    kind: Literal["retry", "edit"] = "retry" if isinstance(command, Retry) else "edit"
    if not (profile.abilities.retry if kind == "retry" else profile.abilities.edit):
        raise Denied(words(f"no_{kind}"))
    supersedes = replaced(command, past)
    if not supersedes:
        raise Denied(words("reply_gone" if command.turn else "nothing_to_repeat"))
    turn = command.turn or past.newest
    parts = command.parts if isinstance(command, Edit) else None
    said = next((message for message in past.of(turn) if message.role == "user"), None)
    if kind in own_handlers and said is not None:
        return _by_own_handler(kind, turn, said, parts, past, supersedes)
    earlier = replace(past, entries=past.before(supersedes[0]), newest=0)
    if parts is None:
        original = _original(turn, past)
        if said is None or not isinstance(original, Say):
            again = plan(original or _nothing_stored(), earlier, profile, speaker, own_handlers)
            return replace(again, supersedes=supersedes)
        parts = said.parts
    user = replace(said, parts=parts) if said else Message("user", parts, speaker=speaker)
    return Plan(_sending(parts, profile), _messages(earlier.entries), user, supersedes)


def _by_own_handler(
    kind: Literal["retry", "edit"],
    turn: int,
    said: Message,
    parts: tuple[Part, ...] | None,
    past: Past,
    supersedes: tuple[int, ...],
) -> Plan:
    """The app's handler is given the history up to the end of the turn that it answers again."""
    upto = tuple(entry for entry in past.entries if entry.turn <= turn)
    position = next(i for i, entry in enumerate(upto) if entry.turn == turn and entry.message.role == "user")
    user = said if parts is None else replace(said, parts=parts)
    return Plan(Again(kind, position, parts or ()), _messages(upto), user, supersedes)


def _original(turn: int, past: Past) -> Say | Choose | UseExample | Press | None:
    """The command that a turn began with, through any retries; None when it is no longer stored."""
    seen: set[int] = set()
    while turn not in seen:
        seen.add(turn)
        command = past.command(turn)
        if isinstance(command, Edit):
            return Say(command.parts)
        if not isinstance(command, Retry):
            return command
        turn = command.turn
    return None


def _nothing_stored() -> Say:
    raise Denied(words("message_not_stored"))


def windowed(plan: Plan, limit: int) -> Plan:
    """The plan with the newest `limit` messages of its history; what its input points to always stays."""
    cut = len(plan.history) - limit
    if isinstance(plan.input, SendOption | Again):
        cut = min(cut, plan.input.message)
    if cut <= 0:
        return plan
    sent = plan.input
    if isinstance(sent, SendOption | Again):
        sent = replace(sent, message=sent.message - cut)
    return replace(plan, history=plan.history[cut:], input=sent)


def with_names(
    plan: Plan, mode: Literal["auto", "always", "never"], *, shared: bool
) -> tuple[tuple[Message, ...], TurnInput]:
    """The history and input with speaker names before what people wrote.

    "auto" does so once more than one person has spoken in a place that people share (`shared`).
    """
    spoken = [message for message in plan.history if message.role == "user"]
    if plan.user is not None:
        spoken.append(plan.user)
    people = {(m.speaker.platform, m.speaker.user_id) for m in spoken if m.speaker is not None}
    if mode == "never" or (mode == "auto" and (not shared or len(people) < 2)):
        return plan.history, plan.input
    history = tuple(_named(m, m.parts) if m.role == "user" else m for m in plan.history)
    if plan.user is None:
        return history, plan.input
    if isinstance(plan.input, SendMessage):
        return history, SendMessage(_named(plan.user, plan.input.parts).parts)
    if isinstance(plan.input, Again) and plan.input.parts:
        return history, replace(plan.input, parts=_named(plan.user, plan.input.parts).parts)
    return history, plan.input


def _named(message: Message, parts: tuple[Part, ...]) -> Message:
    name = message.speaker.name if message.speaker else ""
    if not name:
        return message
    for position, part in enumerate(parts):
        if isinstance(part, Text):
            named = Text(f"{name}: {part.text}")
            return replace(message, parts=(*parts[:position], named, *parts[position + 1 :]))
    return replace(message, parts=(Text(f"{name}:"), *parts))
