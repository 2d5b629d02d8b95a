"""Transcripts and feedback for other programs, in bounded memory: pages by key, one row in hand.

The feedback CSV has the columns of the log that Gradio's own chat flagging writes (`ChatCSVLogger` in
gradio/flagging.py, 6.31: conversation, index, value, flag, timestamp). Gradio fills the first four of its five
columns with conversation, index, flag and timestamp; here each value stands under its name, `value` being the
text of the message that is meant.
"""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeAlias

from sqlalchemy import Connection, bindparam, func, or_, select, tuple_

from ..codec import encode
from ..messages import AppFile, Blob, Json, Link, Media, Message, Text
from .history import message_from
from .schema import conversations, feedback, messages, places, turns
from .store import Store
from .turn_rows import PLACE_COLUMNS

What: TypeAlias = Literal["transcripts", "feedback"]
Format: TypeAlias = Literal["jsonl", "csv"]

FEEDBACK_COLUMNS = ("conversation", "index", "value", "flag", "timestamp")
TRANSCRIPT_COLUMNS = (
    "conversation",
    "title",
    "platform",
    "app",
    "team",
    "channel",
    "thread",
    "turn",
    "message",
    "role",
    "speaker",
    "at",
    "text",
)
_PAGE = 200
_WINDOW = 200
"""Messages of a conversation that stand beside a piece of feedback, at most."""


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """A message of a history, with where it was said."""

    id: int
    conversation: int
    title: str
    platform: str
    app: str
    team: str
    channel: str
    thread: str
    turn: int
    at: float
    message: Message


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """A piece of feedback, with the conversation up to the turn it is about."""

    id: int
    conversation: tuple[Message, ...]
    index: int
    """Of the message that is rated, in `conversation`."""
    value: str
    comment: str
    at: float
    turn: int


class Lines(Protocol):
    """Where an export goes."""

    def write(self, text: str, /) -> object: ...


def count(conn: Connection, what: What) -> int:
    """How many rows an export has at this moment."""
    statement = select(func.count())
    if what == "feedback":
        statement = statement.select_from(feedback)
    else:
        statement = statement.select_from(messages).where(messages.c.active)
    rows: int = conn.execute(statement).scalar_one()
    return rows


async def transcripts(store: Store, page: int = _PAGE) -> AsyncIterator[TranscriptRow]:
    """Every message that is in a history now, conversation after conversation, in the order it was said."""
    after = (0, 0)
    while rows := await store.read(_transcript_page, after, page):
        for row in rows:
            yield row
        after = (rows[-1].conversation, rows[-1].id)


async def ratings(store: Store, page: int = _PAGE) -> AsyncIterator[FeedbackRow]:
    """Every piece of feedback, the oldest first."""
    after = 0
    while ids := await store.read(_feedback_ids, after, page):
        for id in ids:  # noqa: A001 - the id of the feedback
            row = await store.read(_feedback_row, id)
            if row is not None:
                yield row
        after = ids[-1]


async def export(
    store: Store,
    what: What,
    format: Format,  # noqa: A002 - as the command line calls it
    out: Lines,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write all transcripts or all feedback to `out`, a text stream that keeps line ends as they are.

    `progress` is called with the number of rows written so far. How many rows there were.
    """
    table = csv.writer(out)
    if format == "csv":
        table.writerow(TRANSCRIPT_COLUMNS if what == "transcripts" else FEEDBACK_COLUMNS)
    written = 0
    rows = transcripts(store) if what == "transcripts" else ratings(store)
    async for row in rows:
        if format == "jsonl":
            out.write(json.dumps(as_json(row), ensure_ascii=False) + "\n")
        else:
            table.writerow([_cell(value) for value in as_cells(row)])
        written += 1
        progress(written)
    return written


def as_json(row: TranscriptRow | FeedbackRow) -> dict[str, Json]:
    """A row as one JSON object; messages in the form that the whole project keeps them in."""
    if isinstance(row, FeedbackRow):
        return {
            "conversation": [encode(message) for message in row.conversation],
            "index": row.index,
            "flag": row.value,
            "comment": row.comment,
            "turn": row.turn,
            "at": _time(row.at),
        }
    return {
        "conversation": row.conversation,
        "title": row.title,
        "platform": row.platform,
        "app": row.app,
        "team": row.team,
        "channel": row.channel,
        "thread": row.thread,
        "turn": row.turn,
        "message": row.id,
        "at": _time(row.at),
        "role": row.message.role,
        "speaker": _speaker(row.message),
        "text": row.message.text,
        "parts": [encode(part) for part in row.message.parts],
        "options": [encode(option) for option in row.message.options],
    }


def as_cells(row: TranscriptRow | FeedbackRow) -> Sequence[str | int]:
    """A row as a line of the CSV."""
    if isinstance(row, FeedbackRow):
        said = json.dumps([as_gradio(message) for message in row.conversation], ensure_ascii=False)
        return said, row.index, row.conversation[row.index].text, row.value, _time(row.at)
    columns = as_json(row)
    return [value if isinstance(value := columns[name], int) else str(value) for name in TRANSCRIPT_COLUMNS]


def as_gradio(message: Message) -> dict[str, Json]:
    """A message in the form in which a Gradio chatbot holds it."""
    content: list[Json] = []
    for part in message.parts:
        if isinstance(part, Text):
            content.append({"type": "text", "text": part.text})
        elif isinstance(part, Media):
            content.append({"type": "file", "file": {"path": _path(part), "orig_name": part.name}})
    return {
        "role": message.role,
        "metadata": None,
        "content": content,
        "options": [{"value": option.value, "label": option.shown} for option in message.options] or None,
    }


_TRANSCRIPT = (
    select(
        messages.c.id,
        messages.c.conversation,
        messages.c.turn,
        messages.c.body,
        messages.c.created,
        conversations.c.title,
        *PLACE_COLUMNS,
    )
    .join(conversations, messages.c.conversation == conversations.c.id)
    .join(places)
    .where(
        messages.c.active,
        tuple_(messages.c.conversation, messages.c.id) > tuple_(bindparam("of"), bindparam("after")),
    )
    .order_by(messages.c.conversation, messages.c.id)
    .limit(bindparam("at_most"))
)
_RATED = select(feedback, turns.c.conversation).join(turns).where(feedback.c.id == bindparam("id"))
# What was said before the rated turn and is still part of the history, and the turn itself even if it is not.
_SAID_UP_TO = (
    select(messages.c.id, messages.c.turn, messages.c.role, messages.c.body)
    .where(
        messages.c.conversation == bindparam("conversation"),
        or_(messages.c.turn <= bindparam("turn"), messages.c.turn.is_(None)),
        or_(messages.c.active, messages.c.turn == bindparam("turn")),
    )
    .order_by(messages.c.id.desc())
    .limit(bindparam("at_most"))
)


def _transcript_page(conn: Connection, after: tuple[int, int], limit: int) -> list[TranscriptRow]:
    rows = conn.execute(_TRANSCRIPT, {"of": after[0], "after": after[1], "at_most": limit})
    return [
        TranscriptRow(
            id=row.id,
            conversation=row.conversation,
            title=row.title,
            platform=row.platform,
            app=row.app,
            team=row.team,
            channel=row.channel,
            thread=row.thread,
            turn=row.turn or 0,
            at=row.created,
            message=message_from(row.body),
        )
        for row in rows
    ]


def _feedback_ids(conn: Connection, after: int, limit: int) -> list[int]:
    page = select(feedback.c.id).where(feedback.c.id > after).order_by(feedback.c.id).limit(limit)
    return list(conn.execute(page).scalars())


def _feedback_row(conn: Connection, id: int) -> FeedbackRow | None:  # noqa: A002 - the id of the feedback
    rated = conn.execute(_RATED, {"id": id}).first()
    if rated is None:
        return None
    up_to = {"conversation": rated.conversation, "turn": rated.turn, "at_most": _WINDOW}
    said = list(reversed(conn.execute(_SAID_UP_TO, up_to).all()))
    role = "user" if rated.of_user else "assistant"
    side = [index for index, row in enumerate(said) if row.turn == rated.turn and row.role == role]
    if rated.message >= len(side):
        return None
    return FeedbackRow(
        id=rated.id,
        conversation=tuple(message_from(row.body) for row in said),
        index=side[rated.message],
        value=rated.value,
        comment=rated.comment,
        at=rated.at,
        turn=rated.turn,
    )


def _cell(value: str | int) -> str | int:
    """A cell that no spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{value}"
    return value


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _speaker(message: Message) -> str:
    return "" if message.speaker is None else message.speaker.name or message.speaker.user_id


def _path(part: Media) -> str:
    if isinstance(part.source, Blob):
        return part.source.sha256
    if isinstance(part.source, AppFile):
        return part.source.path
    return part.source.url if isinstance(part.source, Link) else ""
