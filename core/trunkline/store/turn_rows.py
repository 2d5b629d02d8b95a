"""Turns as records, and the questions that change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, case, func, or_, select

from ..codec import decode
from ..inbound import Choose, Edit, Place, Press, Retry, Say, TurnCommand, UseExample
from ..messages import Reply, Speaker
from .hot import Hot
from .records import TurnRecord, TurnStatus
from .schema import conversations, events, places, turns
from .sql import LARGEST_ID

PLACE_COLUMNS = (
    places.c.platform,
    places.c.app,
    places.c.team,
    places.c.channel,
    places.c.thread,
    places.c.user_id,
)
_TURNS = select(turns, *PLACE_COLUMNS).select_from(turns).join(conversations).join(places)
_BY_ID = _TURNS.where(turns.c.id == bindparam("turn"))
_BY_IDS = _TURNS.where(turns.c.id.in_(bindparam("turns", expanding=True))).order_by(turns.c.id)
# A turn that can be retried, rated or undone: it has come to its end, well or not, and nothing replaced it.
_ENDED = or_(
    *(turns.c.status == status for status in ("answered", "delivered", "failed", "stopped", "undeliverable"))
)
_IN_CONVERSATION = _TURNS.where(turns.c.conversation == bindparam("conversation"), _ENDED)
_NEWEST = _IN_CONVERSATION.where(turns.c.id < bindparam("before")).order_by(turns.c.id.desc()).limit(1)
_NEWEST_ID = Hot(
    select(turns.c.id)
    .where(turns.c.conversation == bindparam("conversation"), _ENDED)
    .order_by(turns.c.id.desc())
    .limit(1)
)
_OLDEST_OPEN = Hot(
    select(turns.c.id, turns.c.status)
    .where(turns.c.conversation == bindparam("conversation"), turns.c.finished.is_(None))
    .order_by(case((turns.c.status == "received", 1), else_=0), turns.c.id)
    .limit(1)
)
_FROM = _IN_CONVERSATION.where(turns.c.id >= bindparam("turn")).order_by(turns.c.id)
_BY_MESSAGE = (
    _TURNS.join(events, events.c.turn == turns.c.id)
    .where(turns.c.conversation == bindparam("conversation"), events.c.message_id == bindparam("message_id"))
    .order_by(turns.c.id.desc())
    .limit(1)
)
_BUSY = (
    select(turns.c.id)
    .where(turns.c.conversation == bindparam("conversation"), turns.c.finished.is_(None))
    .limit(1)
)
_COUNT = (
    select(func.count())
    .select_from(turns)
    .where(turns.c.person == bindparam("person"), turns.c.received >= bindparam("since"))
)


def turn(conn: Connection, id: int) -> TurnRecord | None:  # noqa: A002 - the id of the record
    """The turn of that id; None when it is erased or never was."""
    return _one(conn, _BY_ID, {"turn": id}) if 0 < id <= LARGEST_ID else None


def turns_by_id(conn: Connection, ids: Iterable[int]) -> list[TurnRecord]:
    """The turns of those ids that exist, oldest first."""
    wanted = list(ids)
    return _all(conn, _BY_IDS, {"turns": wanted}) if wanted else []


def newest(conn: Connection, conversation: int, before: int = LARGEST_ID) -> TurnRecord | None:
    """The newest turn (of those before one) that came to its end and was neither undone nor superseded."""
    return _one(conn, _NEWEST, {"conversation": conversation, "before": before})


def newest_id(conn: Connection, conversation: int) -> int:
    """The id of `newest`; 0 when there is none."""
    found = _NEWEST_ID.first(conn, {"conversation": conversation})
    return 0 if found is None else found[0]


def oldest_open(conn: Connection, conversation: int) -> tuple[int, TurnStatus] | None:
    """Id and status of the turn that is at work in a conversation, else of the one that waited longest, if any."""
    found = _OLDEST_OPEN.first(conn, {"conversation": conversation})
    return None if found is None else (found[0], found[1])


def turns_from(conn: Connection, conversation: int, turn: int) -> list[TurnRecord]:
    """`turn` and the later ones of its conversation, as `newest` counts them, oldest first."""
    return _all(conn, _FROM, {"conversation": conversation, "turn": turn})


def by_message_id(conn: Connection, conversation: int, message_id: str) -> TurnRecord | None:
    """The newest turn that a person's message on the platform started or was merged into."""
    if not message_id:
        return None
    return _one(conn, _BY_MESSAGE, {"conversation": conversation, "message_id": message_id})


def is_busy(conn: Connection, conversation: int) -> bool:
    """Whether a turn of the conversation waits or is at work."""
    return conn.execute(_BUSY, {"conversation": conversation}).first() is not None


def count_since(conn: Connection, person: int, since: float) -> int:
    """How many turns a person started since then, for daily limits."""
    count: int = conn.execute(_COUNT, {"person": person, "since": since}).scalar_one()
    return count


def place_from(row: RowMapping) -> Place:
    return Place(
        platform=row["platform"],
        app=row["app"],
        team=row["team"],
        channel=row["channel"],
        thread=row["thread"],
        user=row["user_id"],
    )


def command_from(text: str) -> TurnCommand:
    command: object = decode(json.loads(text), object)
    assert isinstance(command, Say | Choose | UseExample | Press | Retry | Edit)
    return command


def _one(conn: Connection, statement: Any, values: dict[str, Any]) -> TurnRecord | None:
    row = conn.execute(statement, values).mappings().first()
    return None if row is None else _record(row)


def _all(conn: Connection, statement: Any, values: dict[str, Any]) -> list[TurnRecord]:
    return [_record(row) for row in conn.execute(statement, values).mappings()]


def _record(row: RowMapping) -> TurnRecord:
    return TurnRecord(
        id=row["id"],
        conversation=row["conversation"],
        place=place_from(row),
        person=row["person"],
        speaker=decode(json.loads(row["speaker"]), Speaker),
        command=command_from(row["command"]),
        status=row["status"],
        at=row["at"],
        received=row["received"],
        message_id=row["message_id"],
        target=json.loads(row["target"]),
        context=json.loads(row["context"]),
        attempts=row["attempts"],
        handed_back=row["handed_back"],
        owner=row["owner"] or "",
        lease_until=row["lease_until"],
        reply=None if row["reply"] is None else decode(json.loads(row["reply"]), Reply),
        error=row["error"],
        supersedes=row["supersedes"] or 0,
        started=row["started"],
        finished=row["finished"],
    )
