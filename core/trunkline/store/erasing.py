"""Erasing for good: what goes with a turn, what stays of an event, which files nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update

from .records import Erased
from .schema import conversations, events, feedback, media, media_refs, messages, places, turns
from .sql import erased

_CHUNK = 500
"""Values in one statement, well below what either engine takes."""


def erase_turns(conn: Connection, which: Select[tuple[int]]) -> Erased:
    """Erase the turns that `which` selects, with their messages, posts and feedback.

    Their events stay known as seen, without a trace of who sent them.
    """
    ids = list(conn.execute(which).scalars())
    if ids:
        erased(conn)
    told = Erased(turns=len(ids))
    files: set[str] = set()
    for chunk in chunks(ids):
        files.update(conn.execute(select(media_refs.c.sha256).where(media_refs.c.turn.in_(chunk))).scalars())
        told = replace(
            told,
            messages=told.messages + _count(conn, messages.c.id, messages.c.turn.in_(chunk)),
            feedback=told.feedback + _count(conn, feedback.c.id, feedback.c.turn.in_(chunk)),
        )
        conn.execute(delete(media_refs).where(media_refs.c.turn.in_(chunk)))
        conn.execute(update(events).where(events.c.turn.in_(chunk)).values(turn=None, message_id=""))
        conn.execute(delete(turns).where(turns.c.id.in_(chunk)))
    return replace(told, media=release_media(conn, files))


def erase_conversations(conn: Connection, ids: Sequence[int]) -> Erased:
    """Erase conversations with all that was said in them; their places have no current one then."""
    told = Erased()
    for chunk in chunks(ids):
        told = plus(told, erase_turns(conn, select(turns.c.id).where(turns.c.conversation.in_(chunk))))
        current = places.c.current_conversation.in_(chunk)
        conn.execute(update(places).where(current).values(current_conversation=None))
        held = select(media_refs.c.sha256).where(media_refs.c.conversation.in_(chunk))
        greetings = set(conn.execute(held).scalars())
        conn.execute(delete(conversations).where(conversations.c.id.in_(chunk)))
        release_media(conn, greetings)
    return replace(told, conversations=len(ids))


def release_media(conn: Connection, files: set[str]) -> int:
    """Let go of the files that no turn refers to any more: the next collection takes them. How many they are."""
    freed = 0
    for chunk in chunks(sorted(files)):
        needed = select(media_refs.c.sha256).where(media_refs.c.sha256 == media.c.sha256)
        freed += conn.execute(
            update(media).where(media.c.sha256.in_(chunk), ~needed.exists()).values(last_used=0)
        ).rowcount
    return freed


def plus(a: Erased, b: Erased) -> Erased:
    return Erased(
        messages=a.messages + b.messages,
        turns=a.turns + b.turns,
        feedback=a.feedback + b.feedback,
        media=a.media + b.media,
        conversations=a.conversations + b.conversations,
    )


def _count(conn: Connection, column: Any, where: Any) -> int:
    count: int = conn.execute(select(func.count(column)).where(where)).scalar_one()
    return count


def chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    """`values` in pieces that one statement takes."""
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
