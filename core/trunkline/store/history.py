"""What was said in a conversation, as the app is told it; and taking it back."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import Connection, bindparam, delete, func, select, update

from ..codec import decode
from ..cutting import as_heard
from ..inbound import Edit, Heard, Say, TurnCommand
from ..messages import Message, Reply
from .hot import Hot
from .media_rows import blobs_of, refer
from .places import title_from_first_message
from .records import StoredMessage, TurnRecord, Variant
from .schema import conversations, events, feedback, media_refs, messages, posts, turns
from .sql import encoded, erased, folded
from .turn_rows import by_message_id, newest
from .turn_rows import turn as turn_of

_HISTORY = Hot(
    select(messages.c.id, messages.c.turn, messages.c.body, messages.c.created)
    .where(messages.c.conversation == bindparam("conversation"), messages.c.active)
    .order_by(messages.c.id.desc())
    .limit(bindparam("at_most"))
)
_KEPT = frozenset({"answered", "delivered", "stopped", "undeliverable"})
"""States of a turn whose reply stands in the history."""
_CACHED_BODY = 2_000
"""Characters: what is longer is decoded each time, so that the cache stays within some 20 MB."""


def history(conn: Connection, conversation: int, limit: int = 200) -> tuple[StoredMessage, ...]:
    """The newest `limit` messages of a conversation, oldest first, the greeting included."""
    rows = _HISTORY.all(conn, {"conversation": conversation, "at_most": limit})
    return tuple(
        StoredMessage(number, turn or 0, message_from(body), created)
        for number, turn, body, created in reversed(rows)
    )


def undo(conn: Connection, conversation: int, turn: int, now: float) -> TurnRecord | None:
    """Take a turn out of the history; 0 is the newest. The turn as it is then; None when there is none."""
    target = newest(conn, conversation) if turn == 0 else turn_of(conn, turn)
    if target is None or target.conversation != conversation or target.status in ("undone", "superseded"):
        return None
    conn.execute(update(messages).where(messages.c.turn == target.id).values(active=False))
    conn.execute(update(turns).where(turns.c.id == target.id).values(**_undone(now)))
    return turn_of(conn, target.id)


def clear(conn: Connection, conversation: int, now: float) -> int:
    """Begin a conversation's history anew: the greeting comes again. How many messages were taken out of it.

    Turns that wait or run are left alone.
    """
    mine = messages.c.conversation == conversation
    greeting = conn.execute(delete(messages).where(mine, messages.c.turn.is_(None))).rowcount
    conn.execute(delete(media_refs).where(media_refs.c.conversation == conversation, media_refs.c.turn == 0))
    gone = conn.execute(update(messages).where(mine, messages.c.active).values(active=False)).rowcount
    conn.execute(
        update(turns)
        .where(turns.c.conversation == conversation, turns.c.finished.is_not(None))
        .where(turns.c.status.not_in(("undone", "superseded")))
        .values(**_undone(now))
    )
    again = update(conversations).where(conversations.c.id == conversation)
    conn.execute(again.values(started=False))
    conn.execute(again.where(~conversations.c.named).values(title="", title_folded="", titled_by=None))
    return greeting + gone


def delete_by_message_id(conn: Connection, conversation: int, message_id: str, now: float) -> TurnRecord | None:
    """Erase what was said in a message that is deleted on the platform; the turn as it was, None when unknown.

    A person's message leaves its turn, in the history and as the input; a turn that still waited is dropped.
    An answer of ours leaves when the last of its posts is deleted.
    """
    said = by_message_id(conn, conversation, message_id)
    if said is not None:
        _erase_input(conn, said, now)
        return said
    answered = _turn_of_post(conn, conversation, message_id)
    if answered is not None:
        _erase_post(conn, answered, message_id)
    return answered


def variants(conn: Connection, turn: int) -> tuple[Variant, ...]:
    """The answers that this turn and those before it took the place of, oldest first."""
    found: list[Variant] = []
    earlier = _supersedes(conn, turn)
    seen = {turn}
    while earlier and earlier not in seen:
        seen.add(earlier)
        bodies = conn.execute(
            select(messages.c.body)
            .where(messages.c.turn == earlier, messages.c.role == "assistant")
            .order_by(messages.c.id)
        ).scalars()
        found.append(Variant(earlier, tuple(message_from(body) for body in bodies)))
        earlier = _supersedes(conn, earlier)
    return tuple(variant for variant in reversed(found) if variant.messages)


def keep_heard(conn: Connection, conversation: int, heard: Heard) -> bool:
    """Keep of an answered turn's reply what was heard of it, and its recording; False when there is none."""
    turn = turn_of(conn, heard.turn)
    if turn is None or turn.conversation != conversation or turn.reply is None or turn.status not in _KEPT:
        return False
    rows = conn.execute(
        select(messages.c.id, messages.c.body)
        .where(messages.c.turn == turn.id, messages.c.role == "assistant")
        .order_by(messages.c.id)
    ).all()
    for row, kept in zip(rows, as_heard([message_from(row.body) for row in rows], heard), strict=True):
        if kept is None:
            changed: dict[str, object] = {"active": False}
        else:
            changed = {"body": encoded(kept), "folded": folded(kept.text)}
        conn.execute(update(messages).where(messages.c.id == row.id).values(**changed))
    spoken = tuple(one for one in as_heard(turn.reply.messages, heard) if one is not None)
    cut = heard.text is not None or heard.ms is not None
    reply = replace(turn.reply, messages=spoken, state="stopped" if cut else turn.reply.state)
    conn.execute(
        update(turns)
        .where(turns.c.id == turn.id)
        .values(reply=encoded(reply), **({"status": "stopped"} if cut and turn.status != "answered" else {}))
    )
    refer(conn, conversation, turn.id, _needed(conn, turn.id, reply, turn.command))
    return True


def message_from(body: str) -> Message:
    """A stored message. Messages do not change, so those that are read turn after turn are decoded once."""
    return _decoded(body) if len(body) <= _CACHED_BODY else decode(json.loads(body), Message)


@lru_cache(maxsize=4096)
def _decoded(body: str) -> Message:
    return decode(json.loads(body), Message)


def _undone(now: float) -> dict[str, object]:
    return {
        "status": "undone",
        "finished": func.coalesce(turns.c.finished, now),
        "owner": None,
        "lease_until": None,
    }


def _supersedes(conn: Connection, turn: int) -> int:
    return conn.execute(select(turns.c.supersedes).where(turns.c.id == turn)).scalar() or 0


def _erase_input(conn: Connection, said: TurnRecord, now: float) -> None:
    erased(conn)
    conn.execute(delete(messages).where(messages.c.turn == said.id, messages.c.role == "user"))
    conn.execute(delete(feedback).where(feedback.c.turn == said.id, feedback.c.of_user))
    changed: dict[str, object] = {"command": encoded(_emptied(said.command))}
    if said.status == "received":
        changed |= _undone(now)
    conn.execute(update(turns).where(turns.c.id == said.id).values(**changed))
    conn.execute(update(events).where(events.c.turn == said.id).values(message_id=""))
    refer(conn, said.conversation, said.id, _needed(conn, said.id, said.reply))
    _forget_title(conn, said)


def _turn_of_post(conn: Connection, conversation: int, message_id: str) -> TurnRecord | None:
    row = conn.execute(
        select(turns.c.id)
        .join(posts, posts.c.turn == turns.c.id)
        .where(turns.c.conversation == conversation, posts.c.post_id == message_id, turns.c.finished.is_not(None))
    ).first()
    return None if row is None else turn_of(conn, row.id)


def _erase_post(conn: Connection, answered: TurnRecord, message_id: str) -> None:
    conn.execute(delete(posts).where(posts.c.turn == answered.id, posts.c.post_id == message_id))
    left = conn.execute(select(func.count()).select_from(posts).where(posts.c.turn == answered.id)).scalar_one()
    if left == 0:
        erased(conn)
        reply = messages.c.role == "assistant"
        conn.execute(delete(messages).where(messages.c.turn == answered.id, reply))
        conn.execute(delete(feedback).where(feedback.c.turn == answered.id, ~feedback.c.of_user))
        conn.execute(update(turns).where(turns.c.id == answered.id).values(reply=None))
        refer(conn, answered.conversation, answered.id, _needed(conn, answered.id, None, answered.command))


def _needed(conn: Connection, turn: int, reply: Reply | None, command: TurnCommand | None = None) -> set[str]:
    """The files that a turn's messages, its answer and its input hold."""
    bodies = conn.execute(select(messages.c.body).where(messages.c.turn == turn)).scalars().all()
    return blobs_of(command, reply, *(message_from(body) for body in bodies))


def _emptied(command: TurnCommand) -> TurnCommand:
    return replace(command, parts=()) if isinstance(command, Say | Edit) else command


def _forget_title(conn: Connection, said: TurnRecord) -> None:
    """Take a title away that was made of what is erased now."""
    if isinstance(said.command, Say | Edit):
        title = title_from_first_message(Message("user", said.command.parts))
        theirs = (conversations.c.id == said.conversation, ~conversations.c.named, conversations.c.title == title)
        conn.execute(update(conversations).where(*theirs).values(title="", title_folded="", titled_by=None))
