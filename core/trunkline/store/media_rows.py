"""Which files are held, and which turns need them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, delete, insert, select

from ..inbound import Edit, Say, TurnCommand
from ..messages import Blob, Media, Message, Part, Reply, walk
from .erasing import release_media
from .records import MediaRecord
from .schema import media, media_refs
from .sql import clean, insert_or_update

_REFER = insert(media_refs)


def blobs_of(*values: Message | Reply | TurnCommand | None) -> set[str]:
    """The SHA-256 of every file that is held in what was said."""
    return {
        part.source.sha256
        for value in values
        for part in walk(_parts(value))
        if isinstance(part, Media) and isinstance(part.source, Blob)
    }


def add_refs(conn: Connection, conversation: int, turn: int, files: Iterable[str]) -> None:
    """Keep files for a turn that needs none of them yet."""
    rows = [{"conversation": conversation, "turn": turn, "sha256": sha256} for sha256 in sorted(files)]
    if rows:
        conn.execute(_REFER, rows)


def refer(conn: Connection, conversation: int, turn: int, files: set[str]) -> None:
    """Make `files` the ones that a turn needs, and let go of those that nobody needs then."""
    mine = (media_refs.c.conversation == conversation, media_refs.c.turn == turn)
    before = set(conn.execute(select(media_refs.c.sha256).where(*mine)).scalars())
    if gone := before - files:
        conn.execute(delete(media_refs).where(*mine, media_refs.c.sha256.in_(gone)))
        release_media(conn, gone)
    add_refs(conn, conversation, turn, files - before)


def touch(conn: Connection, sha256: str, size: int, mime: str, now: float) -> None:
    """Remember a file, or that it is wanted again: no collection takes it before its grace is over."""
    known = conn.execute(media.update().where(media.c.sha256 == sha256).values(last_used=now)).rowcount
    if not known:
        values = {"sha256": sha256, "size": size, "mime": clean(mime), "created": now, "last_used": now}
        conn.execute(insert_or_update(conn, media, "sha256"), values)


def want(conn: Connection, files: Iterable[str], now: float) -> None:
    """Want files that are held for another while."""
    conn.execute(media.update().where(media.c.sha256.in_(sorted(files))).values(last_used=now))


def media_of(conn: Connection, sha256: str) -> MediaRecord | None:
    """What is known of a file; None when it is not held."""
    row = conn.execute(select(media).where(media.c.sha256 == sha256)).mappings().first()
    return None if row is None else MediaRecord(**row)


def collect(conn: Connection, older_than: float, limit: int, remove: Callable[[str], None]) -> int:
    """Let go of up to `limit` files that no turn needs and nobody wanted since `older_than`; how many.

    `remove` is called for each before the transaction ends. A file that is put at the same time is either seen
    here as wanted, or its bytes are written after this transaction.
    """
    needed = select(media_refs.c.sha256).where(media_refs.c.sha256 == media.c.sha256)
    idle = (
        select(media.c.sha256)
        .where(media.c.last_used < older_than, ~needed.exists())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = list(conn.execute(idle).scalars())
    if gone:
        conn.execute(delete(media).where(media.c.sha256.in_(gone)))
    for sha256 in gone:
        remove(sha256)
    return len(gone)


def _parts(value: Message | Reply | TurnCommand | None) -> tuple[Part, ...]:
    if isinstance(value, Message | Say | Edit):
        return value.parts
    if isinstance(value, Reply):
        return (*(part for message in value.messages for part in message.parts), *value.artifacts)
    return ()
