"""Thoughts: the current step while they run, folded when they are done, whole for the one who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fakes.discord.checking import assert_body, assert_posts, labels
from trunkline.backend import AppProfile
from trunkline.bridge import Shown, View
from trunkline.messages import Artifact, Blob, Link, Media, Message, Part, Reply, ReplyState, Text, Thought
from trunkline.words import words
from trunkline_bridges.discord.drawing.thoughts import thought_tree
from trunkline_bridges.discord.render import render

PROFILE = AppProfile("app", "http://app", "6", "chat_interface", "injected")
PICTURE = Media("image", Blob("a" * 64, 10), name="chart.png", mime="image/png")


def view(thoughts: str = "summary", **more: Any) -> View:
    return View(PROFILE, 7, words=words, options={"thoughts": thoughts, **more.pop("options", {})}, **more)


def reply(*parts: Part, state: ReplyState = "final") -> Reply:
    return Reply((Message("assistant", parts),), state=state)


def content(*parts: Part, state: ReplyState = "final", thoughts: str = "summary", now: float = 100.0) -> str:
    posts = render(reply(*parts, state=state), view(thoughts), (), now)
    assert_posts(posts)
    return str(posts[0].body["content"]) if posts else ""


SEARCH = Thought("Search", (Text("found **it**"),), duration=2.1)
READ = Thought("Read", (Text("page"),), status="pending")
PLAN = Thought("Plan", (SEARCH, READ), status="pending")


def test_a_running_thought_is_its_current_step() -> None:
    assert content(PLAN, state="running") == "-# ⏳ Plan › Read · started <t:100:R> · 1 done"


def test_the_time_it_began_is_remembered_and_never_counted_up() -> None:
    seen = view()
    (first,) = render(reply(PLAN, state="running"), seen, (), 100.4)
    (second,) = render(reply(PLAN, state="running"), seen, (Shown("1", first),), 140.0)
    assert second == first
    grown = replace(PLAN, parts=(SEARCH, replace(READ, parts=(Text("page two"),))))
    (third,) = render(reply(grown, state="running"), seen, (Shown("1", second),), 150.0)
    assert third == first
    other = replace(PLAN, parts=(SEARCH, replace(READ, status="done"), Thought("Write", status="pending")))
    (fourth,) = render(reply(other, state="running"), seen, (Shown("1", third),), 160.0)
    assert fourth.body["content"] == "-# ⏳ Plan › Write · started <t:160:R> · 2 done"


def test_done_thoughts_are_folded_and_nested() -> None:
    deep = Thought("Plan", (replace(SEARCH, parts=(Thought("Ask"),)), Thought("Read", duration=75)), duration=80)
    assert content(deep, Text("Hello")) == (
        "-# ✓ Plan · 1 min 20 s\n-# ↳ ✓ Search · 2.1 s\n-# \u200b\u2003↳ ✓ Ask\n-# ↳ ✓ Read · 1 min 15 s\n\nHello"
    )


def test_no_more_than_eight_lines_are_folded() -> None:
    lines = content(*(Thought(f"Step {number}") for number in range(13))).split("\n")
    assert len(lines) == 8
    assert lines[-1] == "-# … and 6 more"
    assert len(content(*(Thought(f"Step {number}") for number in range(8))).split("\n")) == 8


def test_thoughts_between_words_stand_between_them() -> None:
    text = content(Thought("One"), Text("first"), Thought("Two"), Thought("Three"), Text("second"))
    assert text == "-# ✓ One\n\nfirst\n\n-# ✓ Two\n-# ✓ Three\n\nsecond"


def test_what_was_not_ended_is_not_done() -> None:
    assert content(PLAN, state="stopped").startswith("-# ◼ Plan\n-# ↳ ✓ Search · 2.1 s\n-# ↳ ◼ Read\n")


def test_full_thoughts_are_quotes() -> None:
    text = content(SEARCH, thoughts="full")
    assert text == "-# ✓ Search · 2.1 s\n> found **it**"
    running = content(PLAN, thoughts="full", state="running")
    assert "-# ↳ ⏳ Read · started <t:100:R>\n> page" in running
    long = content(Thought("Long", (Text("words " * 400),)), thoughts="full")
    assert long.endswith("\n> … more under Thoughts")
    assert len(long) < 700


def test_hidden_thoughts_are_nowhere() -> None:
    assert content(PLAN, state="running", thoughts="hidden") == ""
    posts = render(reply(PLAN, Text("x")), view("hidden"), (), 0.0)
    assert posts[0].body["content"] == "x"
    assert "Thoughts" not in labels(posts)


def test_a_button_opens_what_the_lines_do_not_show() -> None:
    assert "Thoughts" in labels(render(reply(SEARCH, Text("x")), view(newest=False), (), 0.0))
    assert "Thoughts" not in labels(render(reply(Thought("Bare"), Text("x")), view(), (), 0.0))


def test_titles_are_words_of_one_line() -> None:
    assert content(Thought("# Use **tool**\n@everyone <@12>")) == "-# ✓ Use tool @\u200beveryone \\<@\u200b12>"


def tree(*parts: Part, **options: Any) -> tuple[Mapping[str, Any], ...]:
    bodies = thought_tree(reply(*parts), view(options=options))
    for body in bodies:
        assert_body(body)
    return bodies


def said(body: Mapping[str, Any]) -> str:
    return str(body["components"][0]["components"][0]["content"])


def test_the_tree_holds_everything() -> None:
    inner = Thought("Fetch", (Text("one\n\ntwo"), PICTURE), log="GET /", duration=1.0)
    code = Artifact("code", value="x = 1", language="python")
    outer = Thought(
        "Plan", (Text("because"), inner, code, Media("image", Link("https://x.org/p.png"))), duration=3.0
    )
    body, _ = tree(outer, Text("not a thought"), Thought("Second"))
    assert said(body) == (
        "### ✓ Plan · 3.0 s\nbecause\n"
        "- ✓ **Fetch** · 1.0 s\n  one\n  two\n  📎 chart.png\n```\nGET /\n```\n"
        "```python\nx = 1\n```\n📎 image: https://x.org/p.png\n\n### ✓ Second"
    )
    plain, _ = tree(outer, components_v2=False)
    assert str(plain["content"]).startswith("### ✓ Plan")


def test_media_of_thoughts_have_an_address_or_are_attached() -> None:
    made = reply(Thought("Draw", (PICTURE,)), Text("x"))
    linked = view(link=lambda sha, name: f"https://our.org/{sha[:2]}/{name}")
    (body,) = thought_tree(made, linked)
    assert "[chart.png](https://our.org/aa/chart.png)" in said(body)
    text, gallery = thought_tree(made, view())
    assert "📎 chart.png" in said(text)
    assert_body(gallery)
    assert f"'sha256': '{'a' * 64}'" in str(gallery)
    assert [len(render(made, view(level), (), 0.0)) for level in ("full", "summary", "hidden")] == [2, 1, 1]


@pytest.mark.parametrize("layout", [True, False])
def test_a_long_tree_takes_several_messages_and_a_very_long_one_a_file(layout: bool) -> None:
    text = "Words of a thought.\n\n" * 20
    long = tree(*(Thought(f"Step {number}", (Text(text),)) for number in range(16)), components_v2=layout)
    assert 1 < len(long) <= 5
    very = tree(*(Thought(f"Step {number}", (Text(text),)) for number in range(100)), components_v2=layout)
    assert len(very) == 5
    (file,) = very[-1]["files"]
    assert "Step 99" in file["text"]
    assert "the whole text is attached" in str(very[-1])


def test_no_thoughts_are_a_sentence() -> None:
    assert said(tree(Text("x"))[0]) == "There are no thoughts to show."
