"""Recordings of speech, which may have to go before the words that stand beside them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select, update

from ..inbound import Edit, Say, TurnCommand
from ..messages import Blob, Media, Message, Part, Reply, Thought, walk
from .history import message_from
from .media_rows import blobs_of, refer
from .records import TurnRecord
from .schema import media_refs, messages, turns
from .sql import encoded, erased
from .store import Store
from .turn_rows import turn as turn_of

_MARK = '%"recording":true%'
"""In the JSON of a message that holds one."""


async def enforce(store: Store, older_than: float, window: int = 100) -> int:
    """Erase the recordings of all turns received before a time, in small transactions; of how many turns.

    What was said stays as text. Files that nobody needs then are let go for `MediaStore.collect`.
    """
    total, after = 0, 0
    while True:
        after, erased_of = await store.write(sweep, older_than, after, window)
        total += erased_of
        if not after:
            return total


def sweep(conn: Connection, older_than: float, after: int, window: int) -> tuple[int, int]:
    """Erase those of the next `window` turns after a number.

    The last number looked at (0: there are no more), and of how many turns recordings were erased.
    """
    held = select(media_refs.c.turn).where(media_refs.c.turn == turns.c.id)
    spoken = select(messages.c.id).where(messages.c.turn == turns.c.id, messages.c.body.like(_MARK))
    some = (
        select(turns.c.id)
        .where(turns.c.received < older_than, turns.c.finished.is_not(None), turns.c.id > after)
        .where(held.exists(), spoken.exists())
        .order_by(turns.c.id)
        .limit(window)
    )
    ids = list(conn.execute(some).scalars())
    found = [record for number in ids if (record := turn_of(conn, number)) is not None]
    done = sum(_silence(conn, record) for record in found)
    return (ids[-1] if len(ids) == window else 0), done


def _silence(conn: Connection, turn: TurnRecord) -> bool:
    """Take the recordings out of a turn; False where it has none."""
    rows = conn.execute(select(messages.c.id, messages.c.role, messages.c.body).where(messages.c.turn == turn.id))
    said = [(row.id, row.role, message_from(row.body)) for row in rows]
    gone = {
        part.source.sha256
        for _, _, message in said
        for part in walk(message.parts)
        if isinstance(part, Media) and part.recording and isinstance(part.source, Blob)
    }
    if not gone:
        return False
    erased(conn)
    left = [
        (number, role, replace(message, parts=_without(message.parts, gone))) for number, role, message in said
    ]
    for number, _, message in left:
        conn.execute(update(messages).where(messages.c.id == number).values(body=encoded(message)))
    command = _command(turn.command, gone, [message for _, role, message in left if role == "user"])
    reply = _reply(turn.reply, gone)
    changed = {"command": encoded(command), "reply": None if reply is None else encoded(reply)}
    conn.execute(update(turns).where(turns.c.id == turn.id).values(**changed))
    refer(conn, turn.conversation, turn.id, blobs_of(command, reply, *(message for _, _, message in left)))
    return True


def _command(command: TurnCommand, gone: set[str], asked: list[Message]) -> TurnCommand:
    """A voice message is what was understood of it from now on, so that it can still be answered anew."""
    if not isinstance(command, Say | Edit):
        return command
    left = _without(command.parts, gone)
    return replace(command, parts=left or tuple(part for message in asked for part in message.parts))


def _reply(reply: Reply | None, gone: set[str]) -> Reply | None:
    if reply is None:
        return None
    return replace(
        reply, messages=tuple(replace(message, parts=_without(message.parts, gone)) for message in reply.messages)
    )


def _without(parts: tuple[Part, ...], gone: set[str]) -> tuple[Part, ...]:
    kept = (
        replace(part, parts=_without(part.parts, gone)) if isinstance(part, Thought) else part for part in parts
    )
    return tuple(part for part in kept if not _holds(part, gone))


def _holds(part: Part, gone: set[str]) -> bool:
    return isinstance(part, Media) and isinstance(part.source, Blob) and part.source.sha256 in gone
