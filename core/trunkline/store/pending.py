"""Turns that are not over yet: changing what waits, giving back what broke off."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select, update

from ..inbound import Edit, Say
from ..messages import Part
from .intake import digest
from .media_rows import blobs_of, refer
from .records import TurnRecord
from .schema import events, turns
from .sql import encoded
from .turn_rows import turn as turn_of

_KNOWN = select(events.c.digest).where(events.c.digest == bindparam("digest"))
_RELEASE = (
    update(turns)
    .where(turns.c.id == bindparam("which"), turns.c.finished.is_(None), turns.c.owner == bindparam("by"))
    .values(owner="", lease_until=0, handed_back=turns.c.handed_back + bindparam("in_order"))
)


def known(conn: Connection, event_key: str) -> bool:
    """Whether an event was taken in already."""
    return conn.execute(_KNOWN, {"digest": digest(event_key)}).first() is not None


def release(conn: Connection, turn: int, owner: str, *, in_order: bool = False) -> bool:
    """Let go of a turn that broke off: `abandoned` gives it to whoever asks first. False when it is not ours.

    `in_order` means that nothing went wrong: it was we who cut it.
    """
    return bool(conn.execute(_RELEASE, {"which": turn, "by": owner, "in_order": int(in_order)}).rowcount)


def drop(conn: Connection, turn: int, now: float) -> TurnRecord | None:
    """Give up a turn that still waits; None when it waits no more."""
    waiting = (turns.c.id == turn, turns.c.status == "received", turns.c.finished.is_(None))
    if not conn.execute(update(turns).where(*waiting).values(status="undone", finished=now)).rowcount:
        return None
    return turn_of(conn, turn)


def amend(conn: Connection, turn: int, parts: tuple[Part, ...]) -> bool:
    """Change what is said in a turn that still waits; False when it waits no more or joins several messages."""
    waiting = turn_of(conn, turn)
    if waiting is None or waiting.status != "received" or not isinstance(waiting.command, Say | Edit):
        return False
    messages = select(func.count()).select_from(events).where(events.c.turn == turn)
    if conn.execute(messages).scalar_one() > 1:
        return False
    command = Say(parts) if isinstance(waiting.command, Say) else Edit(parts, waiting.command.turn)
    mine = (turns.c.id == turn, turns.c.status == "received")
    if not conn.execute(update(turns).where(*mine).values(command=encoded(command))).rowcount:
        return False
    refer(conn, waiting.conversation, turn, blobs_of(command))
    return True
