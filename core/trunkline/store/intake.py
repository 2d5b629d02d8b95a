"""Taking an event in: once, under its key, with all that it needs to be answered."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from ..inbound import Choose, Edit, Inbound, Press, Retry, Say, TurnCommand, UseExample
from .hot import Hot
from .media_rows import add_refs, blobs_of
from .people import ensure_person
from .places import begin_conversation, ensure_place
from .records import Accepted, Overlap, PlaceRecord, TurnRecord, TurnStatus
from .schema import conversations, events, turns
from .sql import LARGEST_ID, clean, dumps, encoded, insert_absent
from .turn_rows import oldest_open, turn

_SEEN = Hot(select(events.c.turn).where(events.c.digest == bindparam("digest")))
_NEW_EVENT = Hot(insert(events))
# Its row lock also puts the turns of one conversation in order, over all processes.
_USE_CONVERSATION = Hot(
    update(conversations)
    .where(conversations.c.id == bindparam("which"), conversations.c.place == bindparam("where"))
    .values(updated=bindparam("now"))
)
_NEWEST_WAITING = (
    select(turns.c.id)
    .where(
        turns.c.conversation == bindparam("conversation"),
        turns.c.person == bindparam("person"),
        turns.c.finished.is_(None),
        turns.c.status == "received",
    )
    .order_by(turns.c.id.desc())
    .limit(1)
)
_AHEAD = select(func.count()).where(
    turns.c.conversation == bindparam("conversation"), turns.c.finished.is_(None), turns.c.id < bindparam("this")
)
_NEW_TURN = Hot(insert(turns))


def accept(
    conn: Connection,
    event: Inbound,
    *,
    owner: str,
    now: float,
    lease_s: float,
    overlap: Overlap = "queue",
) -> Accepted:
    """Store an event that makes the app work, with its person, place and conversation, as a turn.

    The turn is claimed for `owner` at once when nothing runs or waits in its conversation; else it waits, or is
    merged into the speaker's own message that waits already (`overlap` "merge"). An event whose key is known, or
    whose place is paused, changes nothing. `ValueError` for a command that is no turn.
    """
    command = event.command
    if not isinstance(command, Say | Choose | UseExample | Press | Retry | Edit):
        raise ValueError(f"{type(command).__name__} is no turn")
    key = digest(event.event_key)
    known = _SEEN.first(conn, {"digest": key})
    if known is not None:
        return Accepted(turn(conn, known[0] or 0) or _no_turn(event, command, now), "duplicate")
    place = ensure_place(conn, event.place, now)
    if place.paused:
        return Accepted(_no_turn(event, command, now), "paused")
    person = ensure_person(conn, event.speaker, now)
    conversation = _conversation(conn, event, place, person, now)
    busy = oldest_open(conn, conversation)
    if busy is not None and overlap == "merge":
        merged = _merge(conn, event, command, conversation, person)
        if merged is not None:
            _remember(conn, key, merged.id, event.message_id, now)
            return Accepted(merged, "merged", _running(busy))
    stored = _insert(conn, event, command, conversation, person, now, None if busy else (owner, now + lease_s))
    _remember(conn, key, stored.id, event.message_id, now)
    if busy is None:
        return Accepted(stored, "started")
    running = _running(busy)
    ahead: int = conn.execute(_AHEAD, {"conversation": conversation, "this": stored.id}).scalar_one()
    return Accepted(stored, "interrupts" if overlap == "interrupt" and running else "queued", running, ahead)


def seen(conn: Connection, event_key: str, now: float) -> bool:
    """Remember an event that becomes no turn; whether it was known already and must not act twice."""
    values = {"digest": digest(event_key), "turn": None, "message_id": "", "at": now}
    return conn.execute(insert_absent(conn, events), values).rowcount == 0


def digest(event_key: str) -> str:
    """What is kept of an event's key: enough to know it again, not to read it."""
    return hashlib.blake2b(event_key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _conversation(conn: Connection, event: Inbound, place: PlaceRecord, person: int, now: float) -> int:
    """The conversation meant, locked: the event's own if it belongs to its place, else the place's current one."""
    for candidate in (event.conversation, place.conversation):
        if 0 < candidate <= LARGEST_ID:
            used = {"which": candidate, "where": place.id, "now": now}
            if _USE_CONVERSATION.change(conn, used):
                return candidate
    return begin_conversation(conn, place.id, now, owner=person)


def _insert(
    conn: Connection,
    event: Inbound,
    command: TurnCommand,
    conversation: int,
    person: int,
    now: float,
    claim: tuple[str, float] | None,
) -> TurnRecord:
    owner, until = claim or ("", None)
    fresh = TurnRecord(
        id=0,
        conversation=conversation,
        place=event.place,
        person=person,
        speaker=event.speaker,
        command=command,
        status="running" if claim else "received",
        at=event.at,
        received=now,
        message_id=event.message_id,
        target=event.target,
        context=event.context,
        attempts=1 if claim else 0,
        owner=owner,
        lease_until=until,
        started=now if claim else None,
    )
    number = _NEW_TURN.insert(conn, _columns(fresh))
    add_refs(conn, conversation, number, blobs_of(command))
    return replace(fresh, id=number)


def _columns(fresh: TurnRecord) -> dict[str, Any]:
    """The row of a turn that has no number yet."""
    return {
        "conversation": fresh.conversation,
        "person": fresh.person,
        "speaker": encoded(fresh.speaker),
        "command": encoded(fresh.command),
        "message_id": clean(fresh.message_id),
        "target": dumps(fresh.target),
        "context": dumps(fresh.context),
        "status": fresh.status,
        "attempts": fresh.attempts,
        "handed_back": fresh.handed_back,
        "owner": fresh.owner or None,
        "lease_until": fresh.lease_until,
        "reply": None,
        "outcome": None,
        "error": fresh.error,
        "supersedes": None,
        "at": fresh.at,
        "received": fresh.received,
        "started": fresh.started,
        "finished": fresh.finished,
    }


def _merge(
    conn: Connection, event: Inbound, command: TurnCommand, conversation: int, person: int
) -> TurnRecord | None:
    """Add a message to the same speaker's newest one, if both are messages and that one still waits.

    The answer goes where the newest message came from.
    """
    row = conn.execute(_NEWEST_WAITING, {"conversation": conversation, "person": person}).first()
    waiting = None if row is None else turn(conn, row.id)
    if waiting is None or not isinstance(waiting.command, Say) or not isinstance(command, Say):
        return None
    merged = replace(
        waiting,
        command=Say((*waiting.command.parts, *command.parts)),
        message_id=event.message_id,
        target=event.target,
        context={**waiting.context, **event.context},
    )
    conn.execute(
        update(turns)
        .where(turns.c.id == waiting.id)
        .values(
            command=encoded(merged.command),
            message_id=clean(merged.message_id),
            target=dumps(merged.target),
            context=dumps(merged.context),
        )
    )
    add_refs(conn, conversation, waiting.id, blobs_of(command) - blobs_of(waiting.command))
    return merged


def _remember(conn: Connection, key: str, turn: int, message_id: str, now: float) -> None:
    _NEW_EVENT.change(conn, {"digest": key, "turn": turn, "message_id": clean(message_id), "at": now})


def _running(busy: tuple[int, TurnStatus]) -> int | None:
    number, status = busy
    return None if status == "received" else number


def _no_turn(event: Inbound, command: TurnCommand, now: float) -> TurnRecord:
    return TurnRecord(0, 0, event.place, 0, event.speaker, command, "undone", event.at, now)
