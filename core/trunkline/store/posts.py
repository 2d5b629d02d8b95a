"""What stands on the platforms for a turn: intended before it is sent, known by its id after it."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from ..errors import LeaseLost
from .hot import Hot
from .records import PostRecord
from .schema import posts, turns
from .sql import upsert

_ONE = (
    posts.c.turn == bindparam("of_turn"),
    posts.c.target_key == bindparam("of_target"),
    posts.c.part == bindparam("of_part"),
)
_POSTED = Hot(update(posts).where(*_ONE).values(post_id=bindparam("given_id")))
_UNPOSTED = delete(posts).where(*_ONE)
_UNPOSTED_IF = delete(posts).where(*_ONE, func.coalesce(posts.c.post_id, "") == bindparam("given_id"))
_ANOTHERS = Hot(
    select(turns.c.id).where(
        turns.c.id == bindparam("of_turn"), func.coalesce(turns.c.owner, "") != bindparam("by")
    )
)
_POSTS_OF = select(posts).where(posts.c.turn == bindparam("of_turn")).order_by(posts.c.created, posts.c.id)

_SUPERSEDED = (
    select(posts.c.turn)
    .join(turns, turns.c.id == posts.c.turn)
    .where(turns.c.conversation == bindparam("conversation"), turns.c.status == "superseded")
    .distinct()
    .order_by(posts.c.turn)
)


def intend(
    conn: Connection, turn: int, target_key: str, part: str, nonce: str, now: float, owner: str | None = None
) -> None:
    """Remember that a post is about to be created. Once more for a part means that its earlier post is gone.

    `LeaseLost` when the turn was erased meanwhile, or is not at work for `owner` (None: need not be):
    nothing may be posted for it.
    """
    if owner is not None and _ANOTHERS.first(conn, {"of_turn": turn, "by": owner}) is not None:
        raise LeaseLost(f"Turn {turn} is no longer at work here")
    values = {
        "turn": turn,
        "target_key": target_key,
        "part": part,
        "nonce": nonce,
        "post_id": None,
        "created": now,
    }
    try:
        _intended(conn.dialect.name).change(conn, values)
    except IntegrityError as error:
        raise LeaseLost(f"Turn {turn} is no longer stored") from error


@cache
def _intended(dialect: str) -> Hot:
    return Hot(upsert(dialect, posts, ("turn", "target_key", "part")))


def posted(conn: Connection, turn: int, target_key: str, part: str, post_id: str, now: float) -> None:
    """Remember the platform's id of an intended post; nothing happens when the turn was erased meanwhile."""
    _POSTED.change(conn, {"of_turn": turn, "of_target": target_key, "of_part": part, "given_id": post_id})


def unposted(conn: Connection, turn: int, target_key: str, part: str, post_id: str | None = None) -> None:
    """Forget a post: it was deleted, or never came to be. With `post_id` only if that is the post known there."""
    known = {"of_turn": turn, "of_target": target_key, "of_part": part}
    if post_id is None:
        conn.execute(_UNPOSTED, known)
    else:
        conn.execute(_UNPOSTED_IF, {**known, "given_id": post_id})


def renamed(conn: Connection, turn: int, target_key: str, old: str, new: str, post_id: str, now: float) -> None:
    """A standing post now shows another part. What was known under that part's name is known no more."""
    unposted(conn, turn, target_key, old, post_id)
    intend(conn, turn, target_key, new, "", now)
    posted(conn, turn, target_key, new, post_id, now)


def posts_of(conn: Connection, turn: int) -> list[PostRecord]:
    """The posts of a turn, in the order in which they were intended."""
    rows = conn.execute(_POSTS_OF, {"of_turn": turn})
    return [PostRecord(row.turn, row.target_key, row.part, row.nonce, row.post_id, row.created) for row in rows]


def move_posts(conn: Connection, from_turn: int, to_turn: int) -> None:
    """Give a turn's posts to the turn that answers anew, which then edits them. What it posted itself stays."""
    there = posts.alias()
    taken = select(there.c.turn).where(
        there.c.turn == to_turn,
        there.c.target_key == posts.c.target_key,
        there.c.part == posts.c.part,
    )
    conn.execute(update(posts).where(posts.c.turn == from_turn, ~taken.exists()).values(turn=to_turn))


def superseded(conn: Connection, conversation: int) -> list[int]:
    """The turns of a conversation that were superseded and of which posts are known still."""
    return list(conn.execute(_SUPERSEDED, {"conversation": conversation}).scalars())
