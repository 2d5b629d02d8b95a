"""What is read of a conversation in one go: what a turn begins from, and what a person sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from .backend import AppProfile
from .bridge import ConversationView, FoundTurn, Transcript, TurnView
from .errors import Denied
from .inbound import Choose, Edit, Inbound, Place, Retry, Say, TurnCommand
from .messages import Json, Message, Reply, Speaker
from .store import history, people, places, transcripts, turns, values
from .store.records import Accepted, Overlap, TurnRecord
from .turns import Entry, Past, plan
from .words import words

_LONGEST_CHAIN = 50
"""Retries of retries that are followed back to what was said."""
_REACHES_BACK = (Retry, Edit, Choose)
_COUNTS = frozenset({"answered", "delivered", "failed", "stopped", "undeliverable"})
_LOOKED_THROUGH = 50
"""Conversations of a place, the last used first, in which an old message is looked for."""
WHOLE = 100_000
"""Messages: more than any history that is looked through for an old turn."""


@dataclass(frozen=True, slots=True)
class Beginning:
    past: Past
    values: Mapping[str, Json]


def spoken_to(
    conn: Connection, place: Place, speaker: Speaker, conversation: int, now: float
) -> tuple[int, dict[str, Json]]:
    """The conversation that somebody speaks to, begun if there was none, and the values of the app's inputs."""
    meant = resolve(conn, place, conversation)
    if not meant:
        person = people.ensure_person(conn, speaker, now)
        meant = places.new_conversation(conn, place, now, owner=person).id
    return meant, values.values(conn, meant)


def resolve(conn: Connection, place: Place, conversation: int) -> int:
    """The conversation meant: the given one, or for 0 the place's current one; 0 before anything was said.

    `Denied` for one of another place.
    """
    if conversation:
        if places.conversation(conn, place, conversation) is None:
            raise Denied(words("conversation_gone"))
        return conversation
    known = places.place_of(conn, place)
    return known.conversation if known is not None else 0


def entries(conn: Connection, conversation: int, limit: int) -> tuple[Entry, ...]:
    """The newest `limit` messages of the history, oldest first; the greeting's have turn 0."""
    return tuple(
        Entry(0 if stored.greeting else stored.turn, stored.message)
        for stored in history.history(conn, conversation, limit)
    )


def beginning(conn: Connection, turn: TurnRecord, limit: int, greeting: tuple[Message, ...]) -> Beginning:
    """What `turn` begins from. A conversation in which nothing was said yet begins with the app's greeting."""
    conversation = turn.conversation
    # What goes back to an older turn must find it; the app is given no more than the window all the same.
    stored = entries(conn, conversation, WHOLE if isinstance(turn.command, _REACHES_BACK) else limit)
    newest = turns.newest_id(conn, conversation)
    if not stored and greeting:
        begun = places.conversation(conn, turn.place, conversation)
        if not conversation or (begun is not None and not begun.started):
            stored = tuple(Entry(0, message) for message in greeting)
    led_back = _led_back(conn, turn, newest)
    gone = frozenset(earlier.id for earlier in led_back if earlier.status not in _COUNTS)
    commands = {earlier.id: earlier.command for earlier in led_back}
    return Beginning(Past(stored, commands.get, newest, gone), values.values(conn, conversation))


def take_in(
    conn: Connection,
    event: Inbound,
    *,
    owner: str,
    now: float,
    lease_s: float,
    overlap: Overlap,
    window: int,
    greeting: tuple[Message, ...] | None,
) -> tuple[Accepted, Beginning | None]:
    """Store an event as a turn (`intake.accept`), with what it begins from where it is started at once.

    That is None where the greeting is not known yet, and for commands that may look through the whole history:
    nobody else that writes should wait for that.
    """
    accepted = turns.accept(conn, event, owner=owner, now=now, lease_s=lease_s, overlap=overlap)
    if accepted.outcome != "started" or greeting is None or isinstance(event.command, _REACHES_BACK):
        return accepted, None
    return accepted, beginning(conn, accepted.turn, window, greeting)


def _led_back(conn: Connection, turn: TurnRecord, newest: int) -> list[TurnRecord]:
    """The turns that a retry or an edit leads back to, the last first; none when its turn no longer counts.

    A stored retry of "the newest turn" names the turn that it meant.
    """
    found: dict[int, TurnRecord] = {}
    command = turn.command
    number = (command.turn or newest) if isinstance(command, Retry | Edit) else 0
    while number and number not in found and len(found) < _LONGEST_CHAIN:
        earlier = turns.turn(conn, number)
        if earlier is None or earlier.conversation != turn.conversation:
            break
        if not found and earlier.status not in _COUNTS:
            break
        command = earlier.command
        if isinstance(command, Retry | Edit) and not command.turn:
            command = replace(command, turn=earlier.supersedes)
        found[number] = replace(earlier, command=command)
        number = command.turn if isinstance(command, Retry | Edit) else 0
    return list(found.values())


def conversations_of(
    conn: Connection, place: Place, limit: int, query: str, before: tuple[float, int]
) -> tuple[ConversationView, ...]:
    known = places.place_of(conn, place)
    current = known.conversation if known is not None else 0
    found = places.conversations(conn, place, limit, before, query)
    return tuple(ConversationView(c.id, c.title, c.updated, c.id == current) for c in found)


def transcript_of(
    conn: Connection, place: Place, conversation: int, limit: int, before: int, greeting: tuple[Message, ...]
) -> Transcript:
    """What a conversation looks like; `greeting` is the app's, for one in which nothing was said yet."""
    number = resolve(conn, place, conversation)
    known = places.place_of(conn, place)
    paused = known is not None and known.paused
    found = places.conversation(conn, place, number) if number else None
    if found is None:
        return Transcript(0, greeting=greeting, paused=paused)
    shown = transcripts.shown_turns(conn, number, limit, before)
    return Transcript(
        number,
        title=found.title,
        greeting=transcripts.greeting_of(conn, number) if found.started else greeting,
        turns=tuple(_view(one) for one in shown),
        values=values.values(conn, number),
        paused=paused,
    )


def found_turn(conn: Connection, number: int) -> FoundTurn | None:
    """A turn of any place; None when it does not count any more."""
    turn = turns.turn(conn, number)
    if turn is None or turn.status in {"undone", "superseded"}:
        return None
    shown = transcripts.shown_turns(conn, turn.conversation, 1, number + 1)
    if not shown or shown[0].turn.id != number:
        return None
    newest = transcripts.shown_turns(conn, turn.conversation, 1)[0].turn.id
    return FoundTurn(
        _view(shown[0]), turn.place, turn.speaker, turn.conversation, turn.target, newest=newest == number
    )


def _view(shown: transcripts.ShownTurn) -> TurnView:
    turn = shown.turn
    said = shown.said
    if said is None and isinstance(turn.command, Say | Edit) and turn.command.parts:
        said = Message("user", turn.command.parts, speaker=turn.speaker)
    reply = turn.reply or Reply(state="running" if turn.finished is None else "final")
    ratings = {-1 if rating.of_user else rating.message: rating.value for rating in shown.ratings}
    return TurnView(turn.id, turn.status, said, reply, turn.at, ratings)


def turns_since(conn: Connection, speaker: Speaker, since: float) -> int:
    """How many turns a person began since then, under all their identities."""
    person = people.person_of(conn, speaker)
    return 0 if person is None else turns.count_since(conn, person, since)


def begun_by(conn: Connection, speaker: Speaker, numbers: tuple[int, ...]) -> frozenset[int]:
    """Those of the turns that a person began, under whichever of their identities."""
    person = people.person_of(conn, speaker)
    return frozenset(turn.id for turn in turns.turns_by_id(conn, numbers) if turn.person == person)


def said_in(conn: Connection, event: Inbound, message_id: str) -> TurnRecord | None:
    """The turn that a message on the platform belongs to, in any conversation of the event's place."""
    if not message_id:
        return None
    meant = resolve(conn, event.place, event.conversation)
    others = () if event.conversation else places.conversations(conn, event.place, _LOOKED_THROUGH)
    for conversation in dict.fromkeys((meant, *(one.id for one in others))):
        found = turns.by_message_id(conn, conversation, message_id)
        if found is not None:
            return found
    return None


def still_there(
    conn: Connection,
    event: Inbound,
    command: TurnCommand,
    profile: AppProfile,
    own_handlers: frozenset[str],
    limit: int,
) -> None:
    """`Denied` when a command refers to something that is gone, as far as can be seen before its turn comes.

    In a conversation in which something waits or runs that is seen only then.
    """
    conversation = resolve(conn, event.place, event.conversation)
    if conversation and turns.is_busy(conn, conversation):
        return
    turn = TurnRecord(0, conversation, event.place, 0, event.speaker, command, "received", event.at, event.at)
    plan(command, beginning(conn, turn, limit, profile.greeting).past, profile, event.speaker, own_handlers)
