"""The fake's limits of blocks: each at its edge, and one beyond it."""

from __future__ import annotations

import pytest

from fakes.slack.blocks import HOME, MESSAGE, MODAL, check_blocks
from fakes.slack.errors import Json, Refused
from fakes.slack.people import Person
from fakes.slack.raw import Raw
from fakes.slack.world import Channel

DIVIDER: Json = {"type": "divider"}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: object) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(number: int = 0, **more: object) -> Json:
    return {"type": "button", "action_id": f"a{number}", "text": plain("Go"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(number: int, text: str = "o", value: str = "v") -> list[Json]:
    return [{"text": plain(text), "value": value}] * number


def select(number: int, **more: object) -> Json:
    return {"type": "static_select", "action_id": "s", "options": options(number), **more}


def table(rows: int, columns: int, text: str = "c") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def data_table(rows: int, **more: object) -> Json:
    return table(rows, 2) | {"type": "data_table", "caption": "All of it", **more}


def feedback(text: str = "Good", value: str = "up") -> Json:
    either = {"text": plain(text), "value": value}
    buttons = {"type": "feedback_buttons", "action_id": "f", "positive_button": either, "negative_button": either}
    return {"type": "context_actions", "elements": [buttons]}


def container(*children: Json, **more: object) -> Json:
    return {"type": "container", "title": plain("T"), "child_blocks": list(children), **more}


def image(**more: object) -> Json:
    return {"type": "image", "alt_text": "a picture", "image_url": "https://x/y.png", **more}


def chart(series: int = 1, points: int = 1, label: str = "l", title: str = "t") -> Json:
    data = [{"label": label, "value": 1}] * points
    inner = {"type": "line", "series": [{"label": label, "data": data}] * series}
    return {"type": "data_visualization", "title": title, "chart": inner}


def problems(*blocks: Json, place: str = MESSAGE) -> str:
    """What is said against blocks."""
    try:
        check_blocks(list(blocks), place)
    except Refused as refused:
        return "\n".join([refused.error, *refused.more.get("errors", [])])
    return ""


@pytest.mark.parametrize(
    ("good", "bad", "where"),
    [
        ([DIVIDER] * 50, [DIVIDER] * 51, "/blocks]"),
        ([section("x" * 3000)], [section("x" * 3001)], "/blocks/0/text/text"),
        ([section()], [section("")], "/blocks/0/text/text"),
        ([section(fields=[mrkdwn("f")] * 10)], [section(fields=[mrkdwn("f")] * 11)], "/fields"),
        ([section(fields=[mrkdwn("f" * 2000)])], [section(fields=[mrkdwn("f" * 2001)])], "/fields/0"),
        ([section(block_id="b" * 255)], [section(block_id="b" * 256)], "block_id"),
        ([section(block_id="b")], [section(block_id="b"), section(block_id="b")], "already exists"),
        (
            [{"type": "header", "text": plain("h" * 150)}],
            [{"type": "header", "text": plain("h" * 151)}],
            "less than 151",
        ),
        ([{"type": "header", "text": plain("h")}], [{"type": "header", "text": mrkdwn("h")}], "plain_text"),
        (
            [{"type": "context", "elements": [mrkdwn("c")] * 10}],
            [{"type": "context", "elements": [mrkdwn("c")] * 11}],
            "no more than 10",
        ),
        ([actions(*map(button, range(25)))], [actions(*map(button, range(26)))], "no more than 25"),
        ([actions(button(1), button(2))], [actions(button(1), button(1))], "already exists"),
        ([actions(button(text=plain("b" * 75)))], [actions(button(text=plain("b" * 76)))], "/text/text"),
        ([actions(button(value="v" * 2000))], [actions(button(value="v" * 2001))], "/value"),
        ([actions(button(action_id="a" * 255))], [actions(button(action_id="a" * 256))], "/action_id"),
        ([actions(button(style="danger"))], [actions(button(style="blue"))], "/style"),
        ([actions(select(100))], [actions(select(101))], "no more than 100"),
        ([actions(select(1))], [actions(select(0))], "no fewer than 1"),
        (
            [actions(select(1, options=options(1, "t" * 75)))],
            [actions(select(1, options=options(1, "t" * 76)))],
            "/options/0/text",
        ),
        (
            [actions(select(1, options=options(1, "t", "v" * 150)))],
            [actions(select(1, options=options(1, "t", "v" * 151)))],
            "/options/0/value",
        ),
        (
            [actions(select(1, initial_option=options(1)[0]))],
            [actions(select(1, initial_option=options(1, "other")[0]))],
            "must match one of the options",
        ),
        ([feedback("f" * 75)], [feedback("f" * 76)], "positive_button/text"),
        ([feedback(value="v" * 2000)], [feedback(value="v" * 2001)], "positive_button/value"),
        ([image(alt_text="a" * 2000)], [image(alt_text="a" * 2001)], "/alt_text"),
        ([image()], [image(slack_file={"id": "F1"})], "exactly one"),
        ([table(100, 20)], [table(101, 2)], "no more than 100"),
        ([table(1, 20)], [table(1, 21)], "no more than 20"),
        ([table(10, 1, "c" * 1000)], [table(10, 1, "c" * 1001)], "10000 characters"),
        ([table(1, 1)], [table(1, 1), table(1, 1)], "only one table"),
        ([data_table(101)], [data_table(102)], "no more than 101"),
        ([data_table(2, page_size=100)], [data_table(2, page_size=101)], "page_size"),
        ([data_table(2)], [data_table(2, caption="")], "caption"),
        ([chart(12)], [chart(13)], "no more than 12"),
        ([chart(1, 20)], [chart(1, 21)], "no more than 20"),
        ([chart(label="l" * 20)], [chart(label="l" * 21)], "/label"),
        ([chart(title="t" * 50)], [chart(title="t" * 51)], "/title"),
        ([chart(), chart()], [chart(), chart(), chart()], "no more than 2 data_visualization"),
        ([container(*[DIVIDER] * 10)], [container(*[DIVIDER] * 11)], "no more than 10"),
        ([container(DIVIDER, title=plain("t" * 150))], [container(DIVIDER, title=plain("t" * 151))], "/title"),
        ([container(DIVIDER)], [container(container(DIVIDER))], "unsupported type: container"),
        ([{"type": "alert", "level": "info", "text": mrkdwn("a")}], [{"type": "alert", "level": "odd"}], "alert"),
        ([DIVIDER], [{"type": "blink"}], "unsupported type: blink"),
        ([DIVIDER], [DIVIDER | {"colour": "red"}], "invalid additional property: colour"),
    ],
)
def test_an_edge_holds_and_one_beyond_it_does_not(good: list[Json], bad: list[Json], where: str) -> None:
    assert problems(*good) == ""
    found = problems(*bad)
    assert found.startswith("invalid_blocks")
    if where != "alert":
        assert where in found


def test_markdown_counts_over_all_blocks_and_its_block_id_does_not() -> None:
    half = {"type": "markdown", "text": "x" * 6000, "block_id": "same"}
    assert problems(half, half) == ""
    assert "12000 characters together" in problems(half, half, {"type": "markdown", "text": "y"})
    assert "unsupported" not in problems({"type": "markdown", "text": "x"})
    assert "messages only" in problems({"type": "markdown", "text": "x"}, place=HOME)


def test_all_texts_together_have_a_limit_in_messages() -> None:
    long = [section("x" * 3000) for _ in range(5)]
    assert problems(*long[:4]) == ""
    assert problems(*long) == "msg_blocks_too_long"
    assert problems(*long, place=MODAL) == ""
    assert problems(*[DIVIDER] * 100, place=HOME) == ""


async def test_a_message_is_refused_with_the_places(raw: Raw, ada: Person, general: Channel) -> None:
    bad = [DIVIDER, section("x" * 3001)]
    refused = await raw.call("chat.postMessage", channel=general.id, text="x", blocks=bad)
    assert refused.error == "invalid_blocks"
    assert "must be less than 3001 characters [json-pointer:/blocks/1/text/text]" in refused.problems
    assert ada.sees(general) == []
    assert (await raw.call("blocks.validate", token="", blocks=bad)).error == "invalid_blocks"
    assert (await raw.call("blocks.validate", token="", blocks=[DIVIDER])).ok


async def test_what_has_no_id_is_given_one(raw: Raw, ada: Person, general: Channel) -> None:
    unnamed = {"type": "button", "text": plain("Go")}
    await raw.call("chat.postMessage", channel=general.id, text="x", blocks=[actions(unnamed)])
    (block,) = ada.sees(general)[0].blocks
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
