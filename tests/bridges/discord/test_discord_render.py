"""Replies as Discord's posts: what is said where, whatever the reply, and how it grows."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.discord.checking import assert_posts, controls, labels
from fakes.drawn import LONG, PROFILE, reply
from trunkline.backend import Feedback, Look
from trunkline.bridge import Shown, View
from trunkline.messages import (
    Artifact,
    Blob,
    Media,
    Message,
    Notice,
    Option,
    Reply,
    ReplyState,
    Text,
    Thought,
)
from trunkline.reconcile import Create, Delete, reconcile
from trunkline.splitting import split, utf16_length
from trunkline.words import words
from trunkline_bridges.discord.drawing.text import Dialect, draw
from trunkline_bridges.discord.limits import CAPABILITIES
from trunkline_bridges.discord.render import PIECE, render


def view(**more: Any) -> View:
    return View(PROFILE, 7, words=words, **{"options": {"max_posts": 10, "fresh_final_seconds": 20.0}} | more)


def contents(made: Reply, seen: View | None = None, now: float = 0.0) -> list[str]:
    posts = render(made, seen or view(), (), now)
    assert_posts(posts)
    return [str(post.body.get("content", "")) for post in posts if post.key.startswith(("reply", "final"))]


def running(*notices: Notice, text: str = "", seen: View | None = None) -> list[str]:
    return contents(reply(*([Text(text)] if text else []), state="running", notices=notices), seen)


def test_a_reply_is_its_text() -> None:
    assert contents(reply(Text("One"), Text("Two"))) == ["One\n\nTwo"]


def test_before_there_is_anything_to_say_there_is_no_post() -> None:
    assert running() == []
    assert running(Notice("info", "")) == []


def test_the_status_is_one_line_below_the_last_post() -> None:
    notices = (Notice("progress", "Painting", progress=0.42), Notice("queue", rank=1, queue_size=5, eta=12.0))
    line = "-# ▰▰▰▰▱▱▱▱▱▱ 42% Painting · ⏳ Waiting in the app's queue: 2 of 5, about 12 s"
    assert running(*notices) == [line]
    assert running(*notices, text="Hello") == [f"Hello\n{line}"]
    assert running(Notice("queue", rank=0)) == ["-# ⏳ Waiting in the app's queue: next"]
    assert running(Notice("progress")) == ["-# ⏳ Working"]
    assert running(Notice("warning", "*careful*", "Look")) == ["-# ⚠️ Look: \\*careful\\*"]
    for text in ("*" * 500, "👨‍👩‍👧" * 200):
        assert 60 < utf16_length(running(Notice("info", text))[0]) <= 150


def test_an_app_may_keep_its_progress_to_itself() -> None:
    notice = Notice("progress", "Painting", progress=0.42)
    for progress, expected in (("minimal", ["-# ⏳ Working"]), ("hidden", [])):
        seen = replace(view(), profile=replace(PROFILE, look=Look(progress=progress)))  # type: ignore[arg-type]
        assert running(notice, seen=seen) == expected


def test_the_final_has_only_what_people_must_read() -> None:
    notices = (
        Notice("progress", "x", progress=1.0),
        Notice("queue", rank=1),
        Notice("warning", "The model is old."),
    )
    assert contents(reply(Text("Hello"), notices=notices)) == ["Hello\n\n-# ⚠️ The model is old."]


def test_endings_are_told() -> None:
    assert contents(reply(Text("Half"), state="stopped")) == ["Half\n-# ⏹ Stopped."]
    assert contents(reply(state="stopped")) == ["-# ⏹ Stopped."]
    assert contents(reply(state="failed", error="It *broke*. Try again.")) == ["⚠️ It \\*broke\\*. Try again."]
    assert contents(reply(Text("Half"), state="failed", error="Broke.")) == ["Half\n\n⚠️ Broke."]
    assert contents(reply()) == ["The app answered with nothing."]
    assert contents(reply(Text("  \n"))) == ["The app answered with nothing."]


def test_a_divider_is_said() -> None:
    assert contents(reply(notices=(Notice("info", "Cleared here."),)), view(newest=False)) == [
        "-# ℹ️ Cleared here."
    ]


def test_what_was_asked_stands_above() -> None:
    seen = view(target={"asked": "-# **Ann** chose: Tea"})
    assert contents(reply(Text("Fine.")), seen) == ["-# **Ann** chose: Tea\n\nFine."]
    assert contents(reply(Text(LONG * 50)), seen)[0].startswith("-# **Ann** chose: Tea\n\n")


def test_what_was_said_in_a_call_that_has_ended_stands_above() -> None:
    spoke: dict[str, Any] = {"asked": "-# 🎙️ **A\\*a**", "speaker": "A\\*a"}
    assert contents(reply(Text("Fine.")), view(target=spoke)) == ["-# 🎙️ **A\\*a**\n\nFine."]
    assert contents(reply(Text("Fine.")), view(target=spoke | {"said": "Why *not*?\n# Big"})) == [
        "-# 🎙️ **A\\*a**: Why \\*not\\*? # Big\n\nFine."
    ]


def test_messages_of_people_are_quotes() -> None:
    made = Reply(
        (Message("user", (Text("Hi\nyou"),)), Message("assistant", (Text("Hello"),))), state="final", anew=True
    )
    assert contents(made) == ["> Hi\n> you\n\nHello"]


def test_a_long_reply_is_cut_and_a_very_long_one_attached() -> None:
    assert len(contents(reply(Text(LONG * 100)))) == 6
    text = LONG * 800
    posts = render(reply(Text(text)), view(), (), 0.0)
    assert_posts(posts)
    assert [post.key for post in posts[:10]] == [f"reply:{number}" for number in range(10)]
    assert str(posts[9].body["content"]).endswith("-# This was too long for messages: the whole text is attached.")
    assert posts[10].body["files"] == [{"name": "reply.md", "alt": "", "text": text}]
    assert posts[10].final
    on = render(reply(Text(text), state="running"), view(), (), 0.0)
    assert len(on) == 10
    assert str(on[9].body["content"]).endswith("the whole text is attached when it is done.")


def test_controls_stand_below_the_last_text_post_alone() -> None:
    posts = render(
        reply(Text(LONG * 40), Media("image", Blob("a" * 64, 5), "p.png", "image/png")), view(), (), 0.0
    )
    assert ["components" in post.body for post in posts] == [False, False, True, True]
    assert posts[-1].kind == "v2"
    assert labels(posts[2:3]) == ["Retry", "Undo"]


def test_the_final_of_a_long_turn_is_made_anew() -> None:
    seen = view(target={"at": 100.0})
    (first,) = render(reply(Text("Hel"), state="running"), seen, (), 101.0)
    shown = (Shown("1", first),)
    assert [post.key for post in render(reply(Text("Hello")), seen, shown, 119.0)] == ["reply:0"]
    late = render(reply(Text("Hello")), seen, shown, 121.0)
    assert [post.key for post in late] == ["final:0"]
    operations = reconcile(shown, late, final=True, capabilities=CAPABILITIES)
    assert [type(one) for one in operations] == [Create, Delete]
    again = render(reply(Text("Hello")), replace(seen, newest=False), (Shown("2", late[0]),), 500.0)
    assert [post.key for post in again] == ["final:0"]


@pytest.mark.parametrize("newest", [True, False])
def test_what_stands_keeps_its_keys_when_only_its_controls_change(newest: bool) -> None:
    seen = view(target={"at": 100.0}, standing=True, newest=newest)
    (first,) = render(reply(Text("Hello")), seen, (), 101.0)
    (later,) = render(reply(Text("Hello")), seen, (Shown("1", first),), 9000.0)
    assert later.key == first.key == "reply:0"


def test_the_final_leaves_the_cuts_where_they_were() -> None:
    states: tuple[ReplyState, ...] = ("final", "stopped")
    for state in states:
        parts = (Thought("x"), Text(LONG * 60))
        before = contents(reply(*parts, state="running", notices=(Notice("progress", "y", progress=0.5),)))
        after = contents(reply(*parts, state=state))
        assert before[:-1] == after[:-1]
        assert len(before) == len(after)


def test_a_growing_reply_keeps_its_keys_and_its_earlier_posts() -> None:
    text, before = LONG * 60, list[str]()
    for end in range(0, len(text), 211):
        now = contents(reply(Thought("Think", (Text("x"),)), Text(text[:end]), state="running"))
        assert len(now) >= len(before)
        assert now[: max(0, len(before) - 1)] == before[:-1], end
        before = now
    assert before[:-1] == contents(reply(Thought("Think", (Text("x"),)), Text(text)))[: len(before) - 1]


@pytest.mark.parametrize(
    "part", [LONG, "one word | ", "words without an end ", "- item\n", "```\n" + "x = 1\n" * 90]
)
def test_what_is_remembered_changes_nothing(part: str) -> None:
    text = part * (10_500 // len(part))
    for end in range(len(text) - 2000, len(text), 171):
        grown = render(reply(Text(text[:end]), state="running"), view(), (), 0.0)
        assert all(utf16_length(str(post.body["content"])) <= PIECE for post in grown)
        whole = render(reply(Text(text[:end].rstrip("`")), state="stopped"), view(), (), 0.0)
        stripped = [str(post.body["content"]).removesuffix("\n-# ⏹ Stopped.") for post in whole]
        assert [str(post.body["content"]) for post in grown] == stripped


def test_what_is_remembered_of_one_reply_is_not_taken_for_another() -> None:
    start = "Short words and then "
    contents(reply(Text(start + "x" * 5000)))
    assert contents(reply(Text(start + "an end"))) == [start + "an end"]
    item = "Words.\n\n" * 300 + "- item\n\n"
    running(text=item + "Paragraph")
    expected = contents(reply(Text(item + "  goes on"), state="stopped"))
    assert [*running(text=item + "  goes on")] == [one.removesuffix("\n-# ⏹ Stopped.") for one in expected]


@given(
    st.lists(st.sampled_from([LONG, "x" * 300, "word | ", "\n", "```\n", "`a ", "[b", "漢" * 90]), max_size=90),
    st.data(),
)
@settings(deadline=None, max_examples=60)
def test_what_is_remembered_of_any_reply_changes_nothing(fragments: list[str], data: st.DataObject) -> None:
    text = "".join(fragments)
    ends = data.draw(st.lists(st.integers(0, min(len(text), 9 * PIECE // 2)), max_size=5))
    plain = replace(view(), profile=replace(PROFILE, render_markdown=False))
    for end in sorted(ends):
        shown = text[:end].rstrip("`\n ") + "."
        drawn = contents(reply(Text(shown), state="running"), plain)
        assert drawn == list(
            split(draw(shown, Dialect(markdown=False)), PIECE, measure=utf16_length, max_pieces=10).pieces
        )


def test_running_text_is_drawn_in_no_time() -> None:
    text = (LONG * 200)[:20_000]
    seen = view(options={"max_posts": 50})
    took: list[float] = []
    for end in range(15_000, 20_000, 50):
        made = reply(Thought("Think", (Text("x"),)), Text(text[:end]), state="running")
        began = time.process_time()
        render(made, seen, (), 0.0)
        took.append(time.process_time() - began)
    # 1 ms where nothing else runs; the first draws all.
    assert sorted(took)[len(took) // 2] < 0.005


texts = st.lists(
    st.one_of(
        st.sampled_from(
            [
                LONG,
                LONG * 20,
                "x" * 4000,
                "漢" * 2100,
                "👨‍👩‍👧" * 700,
                "```\n" + "y\n" * 1500,
                "@everyone",
                "\n",
                "> " * 30,
            ]
        ),
        st.text(max_size=30),
    ),
    max_size=5,
).map("".join)
parts = st.recursive(
    st.one_of(
        st.builds(Text, texts),
        st.builds(
            Media,
            st.sampled_from(["image", "html"]),
            st.none(),
            spec=st.sampled_from([None, "<p>x"]),
            error=st.sampled_from(["", "gone" * 300]),
        ),
        st.builds(Artifact, st.sampled_from(["code", "json", "table", "text"]), st.text(max_size=200), texts),
    ),
    lambda inner: st.builds(
        Thought, texts, st.lists(inner, max_size=3).map(tuple), st.sampled_from(["pending", "done"]), log=texts
    ),
    max_leaves=6,
)
replies = st.builds(
    Reply,
    st.lists(
        st.builds(
            Message,
            st.just("assistant"),
            st.lists(parts, max_size=4).map(tuple),
            st.lists(st.builds(Option, texts, texts), max_size=40).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    st.just(()),
    st.lists(
        st.builds(Notice, st.sampled_from(["info", "error", "progress", "queue"]), texts, texts), max_size=3
    ).map(tuple),
    st.sampled_from(["running", "final", "stopped", "failed"]),
    texts,
)


@given(replies, st.sampled_from(["full", "summary", "hidden"]), st.booleans(), st.integers(1, 4))
@settings(deadline=None, max_examples=300)
def test_whatever_the_reply_its_posts_are_valid(made: Reply, thoughts: str, layout: bool, most: int) -> None:
    seen = view(options={"thoughts": thoughts, "components_v2": layout, "max_posts": most})
    seen = replace(seen, profile=replace(PROFILE, feedback=Feedback(like=True, others=("a", "b", "c", "d"))))
    posts = render(made, seen, (), 1000.0)
    assert_posts(posts)
    assert all(post.final or post.key.startswith("reply:") for post in posts)
    assert len([post for post in posts if post.key.startswith("reply:")]) <= most
    if not made.running:
        assert posts
        older = render(made, replace(seen, newest=False, chosen=0), (), 1000.0)
        assert_posts(older)
        assert [post.key for post in older] == [post.key for post in posts]
        assert not any("retry" in one["custom_id"] for one in controls(older))


@pytest.mark.parametrize("state", ["running", "final"])
def test_render_gives_the_same_for_the_same(state: ReplyState) -> None:
    made = reply(Thought("a", status="pending"), Text(LONG * 30), state=state)
    first = render(made, view(), (), 5.0)
    assert render(made, view(), (), 5.0) == first


def test_options_too_long_for_their_buttons_stand_in_the_text_in_full() -> None:
    long = "Take the road along the *river*, which is long, and turn left where the old mill stands"
    made = Reply((Message("assistant", (Text("Which way?"),), (Option(long), Option("left"))),), state="final")
    assert contents(made) == [f"Which way?\n\nThe answers in full:\n- {long.replace('*', chr(92) + '*')}"]
    assert "in full" not in contents(replace(made, state="failed", error="No."))[0]
