"""Turns: the inbox, who works on what, and how a turn ends.

    received → running → answered → delivered | failed | stopped | undeliverable → undone | superseded

A turn is claimed by an owner for as long as its lease lasts. An owner is `<process name>/<run>`: a process that
starts anew under its name takes over at once what its earlier runs left, other processes when the lease ran out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, bindparam, case, func, insert, select, update

from ..codec import encode
from ..errors import LeaseLost
from ..messages import Message, Reply
from .hot import Hot
from .intake import accept, seen
from .media_rows import add_refs, blobs_of
from .places import set_title, title_from_first_message
from .posts import intend, move_posts, posted, posts_of, unposted
from .records import TurnRecord, TurnStatus
from .schema import conversations, media_refs, messages, places, turns
from .sql import clean, dumps, encoded, folded, is_postgres
from .turn_rows import (
    by_message_id,
    count_since,
    is_busy,
    newest,
    newest_id,
    oldest_open,
    turn,
    turns_by_id,
    turns_from,
)

__all__ = [
    "abandoned",
    "accept",
    "answer",
    "by_message_id",
    "claim_next",
    "count_since",
    "drop_waiting",
    "finish",
    "intend",
    "is_busy",
    "move_posts",
    "newest",
    "newest_id",
    "posted",
    "posts_of",
    "renew",
    "seen",
    "turn",
    "turns_by_id",
    "turns_from",
    "unposted",
    "waiting",
]

# Everything that changes which turn of a conversation runs holds the conversation's row lock first. SQLite has one
# writer and needs none.
_LOCK = (
    select(conversations.c.id)
    .where(conversations.c.id == bindparam("conversation"))
    .with_for_update(key_share=True)
)
_CLAIM = (
    update(turns)
    .where(turns.c.id == bindparam("which"))
    .values(
        status=case((turns.c.status == "received", "running"), else_=turns.c.status),
        owner=bindparam("by"),
        lease_until=bindparam("until"),
        started=func.coalesce(turns.c.started, bindparam("now")),
        attempts=turns.c.attempts + 1,
    )
)
_ANSWER = Hot(
    update(turns)
    .where(
        turns.c.id == bindparam("which"),
        turns.c.status == "running",
        turns.c.owner == func.coalesce(bindparam("by"), turns.c.owner),
    )
    .values(
        status="answered",
        reply=bindparam("said"),
        outcome=bindparam("ends_as"),
        error=bindparam("sentence"),
        supersedes=bindparam("instead_of"),
    )
)
_FINISH = Hot(
    update(turns)
    .where(turns.c.id == bindparam("which"), turns.c.finished.is_(None), turns.c.owner == bindparam("by"))
    .values(
        status=case(
            (bindparam("ends_as", type_=String) == "delivered", func.coalesce(turns.c.outcome, "delivered")),
            else_=bindparam("ends_as", type_=String),
        ),
        finished=bindparam("now"),
        owner=None,
        lease_until=None,
    )
)
_RENEW = (
    update(turns)
    .where(turns.c.finished.is_(None), turns.c.owner == bindparam("by"))
    .values(lease_until=bindparam("until"))
)
_FACTS = Hot(
    select(conversations.c.started, conversations.c.title).where(conversations.c.id == bindparam("which"))
)
_NEW_MESSAGE = Hot(insert(messages))
_ENDS_AS = {"answered": "delivered", "delivered": "delivered", "failed": "failed", "stopped": "stopped"}


def claim_next(conn: Connection, conversation: int, owner: str, now: float, lease_s: float) -> TurnRecord | None:
    """Start the turn of a conversation that waited longest; None when none waits or one is at work already."""
    _lock(conn, conversation)
    number, status = oldest_open(conn, conversation) or (0, None)
    if status != "received":
        return None
    return _claim(conn, [number], owner, now, lease_s)[0]


def answer(
    conn: Connection,
    turn: int,
    conversation: int,
    *,
    reply: Reply,
    user: Message | None,
    messages: Sequence[Message],
    greeting: Sequence[Message] = (),
    supersedes: Sequence[int] = (),
    status: str = "answered",
    error: str = "",
    now: float,
    owner: str | None = None,
) -> None:
    """Store the final of a conversation's running turn and what it adds to the history, in one.

    The turn is answered, not yet delivered; `status` is what it ends as once it is: "answered" or "delivered",
    "failed", "stopped". A failed turn leaves the history as it is. Otherwise the turns in `supersedes` leave it,
    kept as variants, and the greeting, if the conversation has not begun, then `user`, then `messages` join it.
    `LeaseLost` when the turn does not run any more, or runs for someone other than `owner` (None: anybody).
    """
    _store_reply(conn, turn, reply, supersedes, status, error, owner)
    if status == "failed":
        add_new = blobs_of(reply)
    else:
        if supersedes:
            _supersede(conn, conversation, turn, supersedes, now)
        _begin(conn, conversation, turn, greeting, user, now)
        said = [message for message in (user, *messages) if message is not None]
        _append(conn, conversation, turn, said, now)
        add_new = blobs_of(reply, *said)
    if add_new:
        known = select(media_refs.c.sha256).where(media_refs.c.turn == turn)
        add_refs(conn, conversation, turn, add_new - set(conn.execute(known).scalars()))


def finish(
    conn: Connection,
    turn: int,
    conversation: int,
    status: TurnStatus,
    now: float,
    owner: str,
    lease_s: float,
    *,
    claim: bool = True,
) -> TurnRecord | None:
    """End a turn of a conversation and start the one that waited longest behind it, which is given back.

    Nothing is started without `claim`.

    "delivered" ends a turn as its answer was stored: delivered, failed or stopped. A turn that another process
    took over, or that was undone meanwhile, stays as it is.
    """
    _lock(conn, conversation)
    _FINISH.change(conn, {"which": turn, "ends_as": status, "now": now, "by": owner})
    return claim_next(conn, conversation, owner, now, lease_s) if claim else None


def renew(conn: Connection, owner: str, until: float) -> int:
    """Hold on to everything that `owner` works on; how many turns that is."""
    return conn.execute(_RENEW, {"by": owner, "until": until}).rowcount


def abandoned(
    conn: Connection,
    owner: str,
    now: float,
    lease_s: float,
    limit: int = 100,
    platforms: Sequence[str] | None = None,
) -> list[TurnRecord]:
    """Take over turns that nobody works on any more, oldest first: their lease ran out, or their owner was an
    earlier run of this process. They are claimed with one more attempt and keep their status: a running one has
    to be run again, an answered one to be delivered. What `owner` works on itself is never among them, and
    nothing of other platforms than `platforms` (None: any).
    """
    name, slash, _ = owner.rpartition("/")
    left_behind = turns.c.lease_until < now
    if slash:
        left_behind |= turns.c.owner.startswith(f"{name}/", autoescape=True)
    left = (
        select(turns.c.id)
        .where(turns.c.finished.is_(None), turns.c.status.in_(("running", "answered")))
        .where(left_behind, turns.c.owner != owner, *_on(platforms))
        .order_by(turns.c.id + 0)  # a sum, so that SQLite goes by the index of open turns, not through all of them
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _claim(conn, list(conn.execute(left).scalars()), owner, now, lease_s)


def waiting(conn: Connection, now: float, limit: int = 100, platforms: Sequence[str] | None = None) -> list[int]:
    """Conversations in which a turn that was received by `now` waits and none is at work, oldest first; only of
    `platforms` (None: any).
    """
    other = turns.alias()
    at_work = select(other.c.id).where(
        other.c.conversation == turns.c.conversation, other.c.finished.is_(None), other.c.status != "received"
    )
    idle = (
        select(turns.c.conversation)
        .where(turns.c.finished.is_(None), turns.c.status == "received", turns.c.received <= now)
        .where(~at_work.exists(), *_on(platforms))
        .group_by(turns.c.conversation)
        .order_by(func.min(turns.c.id))
        .limit(limit)
    )
    return list(conn.execute(idle).scalars())


def _on(platforms: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    """What keeps a selection of turns to those of some platforms."""
    if platforms is None:
        return ()
    # Asked of each open turn: there are few, and a platform may have a million conversations.
    there = (
        select(conversations.c.id)
        .join(places, places.c.id == conversations.c.place)
        .where(conversations.c.id == turns.c.conversation, places.c.platform.in_(platforms))
    )
    return (there.exists(),)


def drop_waiting(conn: Connection, conversation: int, now: float) -> list[TurnRecord]:
    """Give up every turn of a conversation that still waits; those turns, so that each can be told."""
    _lock(conn, conversation)
    dropped = (
        select(turns.c.id)
        .where(turns.c.conversation == conversation, turns.c.finished.is_(None), turns.c.status == "received")
        .order_by(turns.c.id)
    )
    ids = list(conn.execute(dropped).scalars())
    if ids:
        conn.execute(update(turns).where(turns.c.id.in_(ids)).values(status="undone", finished=now))
    return turns_by_id(conn, ids)


def _lock(conn: Connection, conversation: int) -> None:
    if is_postgres(conn):
        conn.execute(_LOCK, {"conversation": conversation})


def _claim(conn: Connection, ids: list[int], owner: str, now: float, lease_s: float) -> list[TurnRecord]:
    for id in ids:  # noqa: A001 - the turn's id
        conn.execute(_CLAIM, {"which": id, "by": owner, "until": now + lease_s, "now": now})
    return turns_by_id(conn, ids)


def _store_reply(
    conn: Connection,
    turn: int,
    reply: Reply,
    supersedes: Sequence[int],
    status: str,
    error: str,
    owner: str | None,
) -> None:
    values: dict[str, Any] = {
        "which": turn,
        "by": owner,
        "said": encoded(reply),
        "ends_as": _ENDS_AS[status],
        "sentence": clean(error),
        "instead_of": min(supersedes, default=None),
    }
    if not _ANSWER.change(conn, values):
        raise LeaseLost(f"Turn {turn} is not at work here any more; its answer was not stored")


def _supersede(conn: Connection, conversation: int, turn: int, earlier: Sequence[int], now: float) -> None:
    ids = [id for id in earlier if id != turn]  # noqa: A001
    conn.execute(
        update(messages)
        .where(messages.c.turn.in_(ids), messages.c.conversation == conversation, messages.c.active)
        .values(active=False, replaced_by=turn)
    )
    conn.execute(
        update(turns)
        .where(turns.c.id.in_(ids), turns.c.conversation == conversation)
        .values(
            status="superseded",
            finished=func.coalesce(turns.c.finished, now),
            owner=None,
            lease_until=None,
        )
    )


def _begin(
    conn: Connection,
    conversation: int,
    turn: int,
    greeting: Sequence[Message],
    user: Message | None,
    now: float,
) -> None:
    """What only the first turn does: store the greeting, give the conversation its title."""
    started, title = _FACTS.first(conn, {"which": conversation}) or (True, "")
    if not started:
        conn.execute(update(conversations).where(conversations.c.id == conversation).values(started=True))
        _append(conn, conversation, None, greeting, now)
        add_refs(conn, conversation, 0, blobs_of(*greeting))
    if not title and user is not None and (title := title_from_first_message(user)):
        person = conn.execute(select(turns.c.person).where(turns.c.id == turn)).scalar_one()
        set_title(conn, conversation, title, person=person, named=False)


def _append(conn: Connection, conversation: int, turn: int | None, said: Sequence[Message], now: float) -> None:
    for message in said:
        values = {
            "conversation": conversation,
            "turn": turn,
            "role": message.role,
            "body": dumps(encode(message)),
            "folded": folded(message.text),
            "active": True,
            "replaced_by": None,
            "created": now,
        }
        _NEW_MESSAGE.change(conn, values)
