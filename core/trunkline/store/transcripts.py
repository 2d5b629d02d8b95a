"""A conversation as a person sees it: its turns with what was said, answered and rated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from ..messages import Message
from .history import message_from
from .records import FeedbackRecord, TurnRecord
from .schema import feedback, messages, turns
from .sql import LARGEST_ID
from .turn_rows import turns_by_id

_SHOWN = (
    select(turns.c.id)
    .where(
        turns.c.conversation == bindparam("conversation"),
        turns.c.id < bindparam("before"),
        turns.c.status.not_in(("undone", "superseded")),
    )
    .order_by(turns.c.id.desc())
    .limit(bindparam("at_most"))
)
_SAID = (
    select(messages.c.turn, messages.c.body)
    .where(messages.c.turn.in_(bindparam("turns", expanding=True)), messages.c.role == "user", messages.c.active)
    .order_by(messages.c.id)
)
_GREETING = (
    select(messages.c.body)
    .where(messages.c.conversation == bindparam("conversation"), messages.c.turn.is_(None), messages.c.active)
    .order_by(messages.c.id)
)
_RATINGS = select(feedback).where(feedback.c.turn.in_(bindparam("turns", expanding=True))).order_by(feedback.c.at)


@dataclass(frozen=True, slots=True)
class ShownTurn:
    turn: TurnRecord
    said: Message | None
    """The user's message in the history; None while the turn runs, after it failed, or when it was deleted."""
    ratings: tuple[FeedbackRecord, ...]


def shown_turns(conn: Connection, conversation: int, limit: int, before: int = 0) -> list[ShownTurn]:
    """The newest `limit` turns that were not taken back, oldest first: those that wait or run among them.

    With `before` the newest of those older than that turn.
    """
    mark = min(before, LARGEST_ID) if before else LARGEST_ID
    shown = {"conversation": conversation, "at_most": limit, "before": mark}
    ids = list(conn.execute(_SHOWN, shown).scalars())
    if not ids:
        return []
    said = {row.turn: message_from(row.body) for row in conn.execute(_SAID, {"turns": ids})}
    ratings: dict[int, list[FeedbackRecord]] = defaultdict(list)
    for row in conn.execute(_RATINGS, {"turns": ids}):
        ratings[row.turn].append(
            FeedbackRecord(row.turn, row.message, row.of_user, row.person, row.value, row.comment, row.at)
        )
    return [ShownTurn(turn, said.get(turn.id), tuple(ratings[turn.id])) for turn in turns_by_id(conn, sorted(ids))]


def greeting_of(conn: Connection, conversation: int) -> tuple[Message, ...]:
    """The greeting that a conversation began with."""
    return tuple(message_from(body) for body in conn.execute(_GREETING, {"conversation": conversation}).scalars())
