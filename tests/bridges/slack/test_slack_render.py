"""Replies as Slack's posts: what is said where, whatever the reply, and how it grows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import drawn
from fakes.drawn import LONG, reply
from fakes.slack.checking import assert_posts, controls, labels
from trunkline.backend import Feedback, Look
from trunkline.bridge import Shown, View
from trunkline.messages import (
    Artifact,
    Blob,
    Link,
    Media,
    Message,
    Notice,
    Option,
    Reply,
    ReplyState,
    Text,
    Thought,
)
from trunkline.words import words
from trunkline_bridges.slack.render import render

PROFILE = replace(drawn.PROFILE, feedback=Feedback(like=True, dislike=True))


def view(**more: Any) -> View:
    return View(**{"profile": PROFILE, "turn": 7, "words": words, "options": {"max_posts": 10}, **more})


def said(made: Reply, seen: View | None = None) -> list[list[str]]:
    """Type and words of each block of each text post, but for controls."""
    posts = render(made, seen or view(), (), 0.0)
    assert_posts(posts)
    return [
        [words_of(block) for block in post.body["blocks"] if "actions" not in block["type"]]  # type: ignore[union-attr, index, call-overload, operator]
        for post in posts
        if post.key.startswith("reply")
    ]


def words_of(block: Any) -> str:
    match block["type"]:
        case "markdown":
            return str(block["text"])
        case "context":
            return "small: " + "\n".join(str(one["text"]) for one in block["elements"])
        case _:
            return str(block["text"]["text"])


def running(*notices: Notice, text: str = "", seen: View | None = None) -> list[list[str]]:
    return said(reply(*([Text(text)] if text else []), state="running", notices=notices), seen)


def test_a_reply_is_its_text() -> None:
    assert said(reply(Text("One"), Text("Two"))) == [["One\n\nTwo"]]


def test_before_there_is_anything_to_say_there_is_no_post() -> None:
    assert running() == []
    assert running(Notice("info", "")) == []


def test_the_status_is_one_line_below_the_last_post() -> None:
    notices = (Notice("progress", "Painting", progress=0.42), Notice("queue", rank=1, queue_size=5, eta=12.0))
    line = "small: ▰▰▰▰▱▱▱▱▱▱ 42% Painting · ⏳ Waiting in the app's queue: 2 of 5, about 12 s"
    assert running(*notices) == [[line]]
    assert running(*notices, text="Hello") == [["Hello", line]]
    assert running(Notice("warning", "<b>", "Look")) == [["small: ⚠️ Look: &lt;b&gt;"]]
    assert len(running(Notice("info", "x" * 500))[0][0]) < 170
    seen = view(profile=replace(PROFILE, look=Look(progress="minimal")))
    assert running(Notice("progress", "Painting"), seen=seen) == [["small: ⏳ Working"]]


def test_endings_are_told() -> None:
    assert said(reply(Text("Half"), state="stopped")) == [["Half", "small: ⏹ Stopped."]]
    assert said(reply(state="stopped")) == [["small: ⏹ Stopped."]]
    assert said(reply(Text("Half"), state="failed", error="It <broke>.")) == [["Half", "⚠️ It &lt;broke&gt;."]]
    assert said(reply()) == [["The app answered with nothing."]]
    notices = (Notice("progress", "x", progress=1.0), Notice("warning", "The model is old."))
    assert said(reply(Text("Hello"), notices=notices)) == [["Hello", "small: ⚠️ The model is old."]]
    assert said(reply(notices=(Notice("info", "Cleared."),)), view(newest=False)) == [["small: ℹ️ Cleared."]]


def test_what_was_asked_stands_above() -> None:
    seen = view(target={"asked": "*Ann* chose: A &amp; B"})
    assert said(reply(Text("Fine.")), seen) == [["**Ann** chose: A & B\n\nFine."]]


def test_messages_of_people_are_quotes() -> None:
    made = Reply(
        (Message("user", (Text("Hi\nyou"),)), Message("assistant", (Text("Hello"),))), state="final", anew=True
    )
    assert said(made) == [["> Hi  \n> you\n\nHello"]]


def test_every_post_says_all_in_words_too() -> None:
    made = Reply(
        (Message("assistant", (Thought("Plan"), Text("Tea & **milk**?")), (Option("tea"), Option("milk"))),),
        state="final",
    )
    (post,) = render(made, view(), (), 0.0)
    assert post.body["text"] == "✓ Plan\nTea &amp; *milk*?\ntea · milk · 👍 Like · 👎 Dislike · 🔁 Retry · ↩️ Undo"


def test_a_long_reply_is_cut_and_a_very_long_one_attached() -> None:
    made = render(reply(Text(LONG * 300)), view(), (), 0.0)
    assert_posts(made)
    assert [post.key for post in made] == [f"reply:{number}" for number in range(5)]
    assert ["actions" in str(post.body["blocks"]) for post in made] == [False] * 4 + [True]
    text = LONG * 1000
    posts = render(reply(Text(text)), view(), (), 0.0)
    assert_posts(posts)
    assert [post.key for post in posts[:10]] == [f"reply:{number}" for number in range(10)]
    assert "This was too long for messages: the whole text is attached." in str(posts[9].body)
    assert posts[10].body["files"] == [{"name": "reply.md", "alt": "", "text": text}]
    assert posts[10].final
    on = render(reply(Text(text), state="running"), view(), (), 0.0)
    assert len(on) == 10
    assert "the whole text is attached when it is done" in str(on[9].body)


def test_a_hundred_thousand_characters_and_three_hundred_options() -> None:
    options = tuple(Option(f"Option {number}") for number in range(300))
    posts = render(
        Reply((Message("assistant", (Text("word " * 20_000),), options),), state="final"), view(), (), 0.0
    )
    assert_posts(posts)
    assert sum(len(one.get("options", ())) for one in controls(posts)) == 300


def test_options_too_long_for_their_buttons_stand_in_the_text_in_full() -> None:
    long = "Take the road along the *river*, which is long, and turn left where the old mill stands"
    made = replace(
        reply(Text("Which way?")), messages=(Message("assistant", (Text("Which way?"),), (Option(long),)),)
    )
    ((text,),) = said(made)
    assert text == f"Which way?\n\nThe answers in full:\n\n- {long.replace('*', chr(92) + '*')}"
    short = replace(made, messages=(Message("assistant", (Text("Which way?"),), (Option("left"),)),))
    assert said(short) == [["Which way?"]]
    assert said(replace(made, state="failed", error="No."))[0][0] == "Which way?"


def test_the_body_of_a_stream_holds_no_more_than_a_message_does() -> None:
    quoted = Message("user", (Text("word " * 3000),))
    made = Reply((Message("assistant", (Text("0"),)), quoted), state="running")
    assert_posts(render(made, view(target={"native": True}), (), 0.0))


def test_cut_code_is_closed_and_opened_again() -> None:
    posts = render(reply(Text("```py\n" + "x = 1\n" * 3000 + "```")), view(), (), 0.0)
    for post in posts:
        text = str(post.body["blocks"][0]["text"])  # type: ignore[index, call-overload]
        assert text.startswith("```py\nx = 1")
        assert text.endswith("\n```")


def test_a_growing_reply_keeps_its_keys_and_its_earlier_posts() -> None:
    text, before = LONG * 200, list[Any]()
    for end in range(0, len(text), 811):
        now = list(
            render(reply(Thought("Think", (Text("x"),)), Text(text[:end]), state="running"), view(), (), 0.0)
        )
        assert_posts(now)
        assert len(now) >= len(before)
        assert now[: max(0, len(before) - 1)] == before[:-1], end
        before = now
    final = list(render(reply(Thought("Think", (Text("x"),)), Text(text)), view(), (), 0.0))
    assert [post.key for post in final] == [post.key for post in before]
    assert final[1:-1] == before[1:-1]


def test_what_stands_under_the_keys_of_text_goes_on_so() -> None:
    """A retry of a reply that was not streamed changes its posts."""
    native = view(target={"native": True})
    (old,) = render(reply(Text("Hello")), native, (), 0.0)
    (new,) = render(reply(Text("Hel "), state="running"), native, (Shown("1.0", old),), 1.0)
    assert (new.key, new.mutability) == ("reply:0", "replace")


PARTS = st.one_of(
    st.text(max_size=300).map(Text),
    st.sampled_from([LONG * 3, LONG * 90, "word " * 2500, "|a|b|\n|-|-|\n" + "|1|2|\n" * 900]).map(Text),
    st.builds(Thought, st.text(max_size=200), st.lists(st.text(max_size=900).map(Text), max_size=2).map(tuple),
              st.sampled_from(["pending", "done"]), st.none() | st.floats(0, 1e4), st.text(max_size=90)),
    st.builds(Media, st.sampled_from(["image", "audio", "file", "plot", "html"]),
              st.sampled_from([None, Blob("a" * 64, 9), Blob("b" * 64, 2_000_000_000), Link("https://x.org/y")]),
              st.text(max_size=40), st.sampled_from(["", "image/png", "audio/wav"]), st.text(max_size=50),
              st.text(max_size=50),
              st.sampled_from([None, "<p>Hi <@U123ABC></p>", {"type": "plotly", "plot": "{}"}])),
    st.builds(Artifact, st.sampled_from(["code", "json", "table", "text"]), st.text(max_size=30),
              st.one_of(st.none(), st.text(max_size=3000),
                        st.just({"headers": ["a", "b"], "data": [["<!here>", 2], [None, 3.5]]}))),
)  # fmt: skip
MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from(["assistant", "assistant", "user"]),
        st.lists(PARTS, max_size=6).map(tuple),
        st.lists(st.builds(Option, st.text(max_size=90)), max_size=130).map(tuple),
    ),
    max_size=3,
).map(tuple)


@given(
    MESSAGES,
    st.sampled_from(["running", "final", "stopped", "failed"]),
    st.sampled_from(["full", "summary", "hidden"]),
    st.booleans(),
    st.integers(1, 4),
)
@settings(deadline=None, max_examples=60)
def test_whatever_the_reply_it_can_be_posted(
    messages: tuple[Message, ...], state: ReplyState, level: str, native: bool, most: int
) -> None:
    seen = view(options={"thoughts": level, "max_posts": most}, target={"native": native})
    made = Reply(messages, state=state, error="Broke <!here>.", notices=(Notice("info", "<@U123ABC>"),))
    newest = render(made, seen, (), 0.0)
    assert_posts(newest)
    assert made.running or newest
    older = render(made, replace(seen, newest=False, chosen=0), (), 0.0)
    assert_posts(older)
    assert [post.key for post in older] == [post.key for post in newest]


@pytest.mark.parametrize("newest", [True, False])
def test_controls_are_the_newest_turns(newest: bool) -> None:
    posts = render(reply(Text("Hello"), Thought("x", (Text("y"),))), view(newest=newest), (), 0.0)
    assert labels(posts) == (["🔁 Retry", "↩️ Undo", "💭 Thoughts"] if newest else ["💭 Thoughts"])
