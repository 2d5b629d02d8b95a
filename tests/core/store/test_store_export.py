"""What other programs are given."""

from __future__ import annotations

import csv
import io
import json

import pytest

from fakes.stored import ANN, BEN, HERE, THERE, Desk, said
from trunkline.codec import decode_all
from trunkline.inbound import Retry, Say
from trunkline.messages import Blob, Link, Media, Message, Option, Part, Text, Thought
from trunkline.store import export, feedback, history
from trunkline.store.export import FEEDBACK_COLUMNS, TRANSCRIPT_COLUMNS, as_gradio


async def exported(desk: Desk, what: export.What, format: export.Format) -> str:  # noqa: A002
    out = io.StringIO(newline="")
    seen: list[int] = []
    rows = await export.export(desk.store, what, format, out, seen.append)
    assert seen == list(range(1, rows + 1))
    assert rows == await desk.store.read(export.count, what)
    return out.getvalue()


async def table(desk: Desk, what: export.What) -> list[list[str]]:
    return list(csv.reader(io.StringIO(await exported(desk, what, "csv"), newline="")))


async def test_an_empty_store_exports_nothing_but_the_columns(desk: Desk) -> None:
    assert await exported(desk, "transcripts", "jsonl") == ""
    assert await table(desk, "transcripts") == [list(TRANSCRIPT_COLUMNS)]
    assert await table(desk, "feedback") == [list(FEEDBACK_COLUMNS)]


async def test_transcripts_hold_what_is_in_the_histories(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    desk.now = 1_700_000_000.0
    turn = await desk.exchange("one", "1", at=1.0)
    regretted = await desk.exchange("regretted", "2")
    await desk.store.write(history.undo, turn.conversation, regretted.id, 1.0)
    other = await desk.exchange("there", "3", place=THERE, speaker=BEN)
    rows = [json.loads(line) for line in (await exported(desk, "transcripts", "jsonl")).splitlines()]
    assert [(row["conversation"], row["turn"], row["role"], row["text"]) for row in rows] == [
        (turn.conversation, 0, "assistant", "Welcome!"),
        (turn.conversation, turn.id, "user", "one"),
        (turn.conversation, turn.id, "assistant", "1"),
        (other.conversation, 0, "assistant", "Welcome!"),
        (other.conversation, other.id, "user", "there"),
        (other.conversation, other.id, "assistant", "3"),
    ]
    first = rows[1]
    assert (first["platform"], first["app"], first["channel"], first["title"]) == ("web", "demo", "lobby", "one")
    assert (first["speaker"], first["at"]) == ("Ann", "2023-11-14T22:13:20+00:00")
    assert decode_all(first["parts"], Text) == (Text("one"),)


async def test_transcripts_as_a_table(desk: Desk) -> None:
    await desk.exchange('=HYPERLINK("evil")', 'a "quoted", long\nanswer')
    header, user, assistant = await table(desk, "transcripts")
    assert header == list(TRANSCRIPT_COLUMNS)
    row = dict(zip(header, user, strict=True))
    assert (row["text"], row["role"], row["speaker"]) == ('\'=HYPERLINK("evil")', "user", "Ann")
    assert dict(zip(header, assistant, strict=True))["text"] == 'a "quoted", long\nanswer'


@pytest.mark.parametrize("page", [1, 2, 3, 100])
async def test_pages_neither_lose_nor_repeat_a_row(desk: Desk, page: int) -> None:
    for number in range(5):
        turn = await desk.exchange(f"q{number}", place=HERE if number % 2 else THERE)
        await desk.store.write(feedback.rate, turn.id, 0, False, ANN, "Like", str(number), 1.0)
    rows = [row async for row in export.transcripts(desk.store, page)]
    assert len(rows) == len({row.id for row in rows}) == 10
    assert [(row.conversation, row.id) for row in rows] == sorted((row.conversation, row.id) for row in rows)
    ratings = [row async for row in export.ratings(desk.store, page)]
    assert [row.comment for row in ratings] == ["0", "1", "2", "3", "4"]


async def test_feedback_has_the_columns_of_gradios_own_log(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    await desk.exchange("one", "1")
    rated = await desk.exchange("two", "2")
    await desk.exchange("three", "3")
    await desk.store.write(feedback.rate, rated.id, 0, False, ANN, "Like", "", 1_700_000_000.0)
    await desk.store.write(feedback.rate, rated.id, 0, True, BEN, "Funny", "ha", 1_700_000_001.0)
    header, like, funny = await table(desk, "feedback")
    assert header == ["conversation", "index", "value", "flag", "timestamp"]
    assert like[1:] == ["4", "2", "Like", "2023-11-14T22:13:20+00:00"]
    assert funny[1:4] == ["3", "two", "Funny"]
    said_then = json.loads(like[0])
    assert [message["role"] for message in said_then] == ["assistant", "user", "assistant", "user", "assistant"]
    assert [message["content"][0]["text"] for message in said_then] == ["Welcome!", "one", "1", "two", "2"]
    record = json.loads((await exported(desk, "feedback", "jsonl")).splitlines()[1])
    assert (record["index"], record["flag"], record["comment"], record["turn"]) == (3, "Funny", "ha", rated.id)
    assert decode_all(record["conversation"], Message)[3].text == "two"


async def test_feedback_on_an_answer_that_was_replaced_keeps_that_answer(desk: Desk) -> None:
    await desk.exchange("zero", "0")
    first = await desk.exchange("question", "bad answer")
    await desk.store.write(feedback.rate, first.id, 0, False, ANN, "Dislike", "", 1.0)
    retry = (await desk.accept(Retry())).turn
    await desk.answer(retry, "good answer", supersedes=(first.id,))
    await desk.store.write(feedback.rate, retry.id, 0, False, ANN, "Like", "", 2.0)
    rows = [row async for row in export.ratings(desk.store)]
    assert [(row.value, row.conversation[row.index].text, len(row.conversation)) for row in rows] == [
        ("Dislike", "bad answer", 4),
        ("Like", "good answer", 3),
    ]


async def test_a_long_conversation_is_cut_to_a_window_that_ends_with_the_rated_message(desk: Desk) -> None:
    turn = (await desk.accept(Say((Text("q"),)))).turn
    await desk.answer(turn)
    many = [said(str(number)) for number in range(300)]
    await desk.store.write(_append, turn.conversation, turn.id, many)
    await desk.finish(turn)
    last = await desk.exchange("last question", "last answer")
    await desk.store.write(feedback.rate, last.id, 0, False, ANN, "Like", "", 1.0)
    (row,) = [row async for row in export.ratings(desk.store)]
    assert (len(row.conversation), row.index) == (200, 199)
    assert row.conversation[row.index].text == "last answer"


def _append(conn: object, conversation: int, turn: int, many: list[Message]) -> None:
    from trunkline.store.turns import _append as append

    append(conn, conversation, turn, many, 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (Text("hi"), [{"type": "text", "text": "hi"}]),
        (
            Media("image", Blob("a" * 64, 1), name="cat.png"),
            [{"type": "file", "file": {"path": "a" * 64, "orig_name": "cat.png"}}],
        ),
        (
            Media("image", Link("https://x.example/y")),
            [{"type": "file", "file": {"path": "https://x.example/y", "orig_name": ""}}],
        ),
        (Thought("thinking"), []),
    ],
)
def test_messages_in_gradios_form(part: Part, content: list[object]) -> None:
    message = Message("assistant", (part,), options=(Option("y", "Yes"),))
    assert as_gradio(message) == {
        "role": "assistant",
        "metadata": None,
        "content": content,
        "options": [{"value": "y", "label": "Yes"}],
    }
