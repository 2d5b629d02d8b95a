"""Thoughts: the running step, lines or containers when done, the whole tree for the one who asks."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.slack.checking import assert_body, assert_posts
from trunkline.backend import AppProfile
from trunkline.bridge import View
from trunkline.messages import Artifact, Blob, Link, Media, Message, Part, Reply, ReplyState, Text, Thought
from trunkline.words import words
from trunkline_bridges.slack.drawing.thoughts import cards, thought_tree
from trunkline_bridges.slack.render import render

PROFILE = AppProfile("app", "http://app", "6", "chat_interface", "injected")
TREE = Thought(
    "Plan *it*",
    (
        Text("I **think**"),
        Thought("Search", (Text("found"),), duration=0.8),
        Thought("Ask <@U123ABC>", status="pending"),
    ),
    status="pending",
    duration=2.3,
    log="line one\nline two",
)


def view(level: str = "summary", **more: Any) -> View:
    return View(**{"profile": PROFILE, "turn": 7, "words": words, "options": {"thoughts": level}, **more})


def reply(*parts: Part, state: ReplyState = "final") -> Reply:
    return Reply((Message("assistant", parts),), state=state)


def shown(made: Reply, level: str = "summary") -> Any:
    posts = render(made, view(level), (), 0.0)
    assert_posts(posts)
    return posts[0].body


def test_the_running_step_is_one_line() -> None:
    body = shown(reply(TREE, Text("So"), state="running"))
    line = body["blocks"][0]["elements"][0]["text"]
    assert line == "⏳ Plan it › Ask &lt;@U123ABC&gt; · 1 done"
    assert body["blocks"][1] == {"type": "markdown", "text": "So"}


def test_what_is_done_is_a_line_each() -> None:
    body = shown(reply(TREE, Text("So")))
    line = "◼ Plan it · 2.3 s\n↳ ✓ Search · 0.8 s\n↳ ◼ Ask &lt;@U123ABC&gt;"
    assert body["blocks"][0] == {"type": "context", "elements": [{"type": "mrkdwn", "text": line}]}
    assert body["text"].startswith(f"{line}\nSo")


def test_many_steps_are_counted() -> None:
    body = shown(reply(*(Thought(f"Step {number}") for number in range(30)), Text("So")))
    lines = body["blocks"][0]["elements"][0]["text"].split("\n")
    assert len(lines) == 8
    assert lines[-1] == "… and 23 more"


def test_in_full_they_fold() -> None:
    block = shown(reply(TREE, Text("So")), "full")["blocks"][0]
    assert (block["type"], block["is_collapsible"], block["default_collapsed"]) == ("container", True, True)
    assert block["title"]["text"] == "💭 Plan it"
    texts = [child["text"]["text"] for child in block["child_blocks"]]
    assert texts[0] == "◼ Plan it · 2.3 s\nI *think*\n\n```\nline one\nline two\n```"
    assert texts[1] == "↳ ✓ Search · 0.8 s\nfound"
    open_block = shown(reply(TREE, Text("So"), state="running"), "full")["blocks"][0]
    assert open_block["default_collapsed"] is False
    assert open_block["child_blocks"][2]["text"]["text"] == "↳ ⏳ Ask &lt;@U123ABC&gt;"


def test_hidden_they_are_nowhere() -> None:
    body = shown(reply(TREE, Text("So")), "hidden")
    assert "Plan" not in str(body)
    assert body["blocks"][0] == {"type": "markdown", "text": "So"}


@pytest.mark.parametrize("level", ["full", "summary"])
def test_they_stand_where_they_were_thought(level: str) -> None:
    kinds = [block["type"] for block in shown(reply(Text("a"), TREE, Text("b"), TREE, Text("c")), level)["blocks"]]
    one = "container" if level == "full" else "context"
    assert kinds[:5] == ["markdown", one, "markdown", one, "markdown"]


@pytest.mark.parametrize("level", ["full", "summary"])
def test_any_number_of_any_size_fits(level: str) -> None:
    thoughts = [Thought(f"{number} {'x' * 500}", (Text("word " * 500),), log="&<>" * 900) for number in range(80)]
    parts: list[Part] = []
    for number, thought in enumerate(thoughts):
        parts += [thought, Text(f"text {number}")]
    states: tuple[ReplyState, ...] = ("running", "final")
    for state in states:
        body = shown(reply(*parts, state=state), level)
        assert "text 0" in str(body["blocks"])
        assert "text 79" in str(body["blocks"])
        shown(reply(*thoughts, Text("word " * 3000), state=state), level)


def test_the_whole_tree_is_shown_to_who_asks() -> None:
    made = reply(
        Thought(
            "Plan", (Text("**a**"), Thought("Sub", (Media("image", Link("https://x.org/p.png"), alt="A cat"),)))
        ),
        Thought("End", (Artifact("code", value="x = 1", language="py"),), log="<!here>"),
    )
    (body,) = thought_tree(made, view())
    assert_body(body)
    text = body["blocks"][0]["text"]  # type: ignore[index, call-overload]
    assert text == (
        "✓ **Plan**\n\n**a**\n\n- ✓ **Sub**\n  📎 A cat: https://x.org/p.png\n\n"
        "✓ **End**\n\n```py\nx = 1\n```\n\n```\n<\u200b!here>\n```"
    )


def test_a_tree_too_long_for_messages_is_attached() -> None:
    bodies = thought_tree(reply(Thought("Plan", (Text("word " * 20_000),))), view())
    assert len(bodies) == 5
    for body in bodies:
        assert_body(body)
    assert bodies[-1]["files"][0]["name"] == "thoughts.md"  # type: ignore[index, call-overload]
    assert "word " * 19_000 in bodies[-1]["files"][0]["text"]  # type: ignore[index, call-overload, operator]


def test_media_of_thoughts_are_lines_and_in_full_files() -> None:
    held = Thought("Draw", (Media("image", Blob("a" * 64, 5), "p.png", "image/png", alt="A cat"),))
    assert [post.key for post in render(reply(held, Text("So")), view(), (), 0.0)] == ["reply:0"]
    assert render(reply(held, Text("So")), view("full"), (), 0.0)[1].kind == "files"
    (body,) = thought_tree(reply(held), view(link=lambda sha, name: f"https://us/{name}"))
    assert "[A cat](https://us/p.png)" in str(body["blocks"])


def test_cards_are_titled_by_their_path() -> None:
    found = list(cards([TREE], view("full"), "0.0", running=True))
    assert [card.title for card in found] == ["Plan it", "Plan it › Search", "Plan it › Ask <\u200b@U123ABC>"]
    assert [card.pending for card in found] == [True, False, True]
    assert found[1].details == "found"
    assert found[1].output == "0.8 s"
    assert len({card.id for card in found}) == 3
    assert list(cards([TREE], view("hidden"), "0.0", running=True)) == []
    deep = Thought("a" * 120, (Thought("b" * 120, (Thought("c" * 119),)),))
    titles = [card.title for card in cards([deep], view(), "0.0", running=True)]
    assert max(map(len, titles)) <= 256
    assert titles[-1].startswith("… › ")
    assert titles[-1].endswith("c" * 119)
