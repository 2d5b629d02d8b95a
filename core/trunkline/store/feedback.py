"""What people think of messages."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from ..errors import UsageError
from ..messages import Speaker
from .people import ensure_person
from .records import FeedbackRecord
from .schema import feedback, messages, turns
from .sql import clean, insert_or_update


def rate(
    conn: Connection,
    turn: int,
    message_index: int,
    of_user: bool,
    speaker: Speaker,
    value: str,
    comment: str,
    now: float,
) -> FeedbackRecord | None:
    """Remember what a person thinks of a message of a turn; "" takes it back and gives None.

    `message_index` counts the messages of that side of the turn from 0, -1 is the last. A person has one opinion
    of a message: a new one takes the place of the old. `UsageError` when there is no such message.
    """
    index = _index(conn, turn, message_index, of_user)
    person = ensure_person(conn, speaker, now)
    if not value:
        conn.execute(
            delete(feedback).where(
                feedback.c.turn == turn,
                feedback.c.of_user == of_user,
                feedback.c.message == index,
                feedback.c.person == person,
            )
        )
        return None
    record = FeedbackRecord(turn, index, of_user, person, clean(value), clean(comment), now)
    conn.execute(
        insert_or_update(conn, feedback, "turn", "of_user", "message", "person"),
        {
            "turn": turn,
            "of_user": of_user,
            "message": index,
            "person": person,
            "value": record.value,
            "comment": record.comment,
            "at": now,
        },
    )
    return record


def ratings(conn: Connection, turn: int) -> tuple[FeedbackRecord, ...]:
    """All feedback on the messages of a turn, the oldest first."""
    rows = conn.execute(select(feedback).where(feedback.c.turn == turn).order_by(feedback.c.id))
    return tuple(
        FeedbackRecord(row.turn, row.message, row.of_user, row.person, row.value, row.comment, row.at)
        for row in rows
    )


def _index(conn: Connection, turn: int, index: int, of_user: bool) -> int:
    side = select(func.count()).select_from(messages)
    side = side.where(messages.c.turn == turn, messages.c.role == ("user" if of_user else "assistant"))
    known = conn.execute(select(turns.c.id).where(turns.c.id == turn)).first()
    count: int = conn.execute(side).scalar_one() if known is not None else 0
    if not -1 <= index < count or count == 0:
        raise UsageError("That message is no longer stored, so it cannot be rated")
    return count - 1 if index == -1 else index
