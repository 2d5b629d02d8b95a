"""Replies as Slack's own streams: logs that only grow, and say the whole text when they are replayed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import drawn
from fakes.drawn import PROFILE
from fakes.slack.checking import assert_posts
from fakes.slack.streams import _put, size
from fakes.slack.world import Stream
from trunkline.bridge import Capabilities, Post, Shown, View
from trunkline.messages import Artifact, Message, Notice, Option, Reply, ReplyState, Text, Thought
from trunkline.reconcile import Append, Create, reconcile
from trunkline.words import words
from trunkline_bridges.slack.drawing.composed import compose
from trunkline_bridges.slack.limits import CAPABILITIES, STREAM_BYTES
from trunkline_bridges.slack.render import render

LONG = drawn.LONG + "| a | b |\n|---|---|\n| 1 | é |\n\n"
UNKNOWN = {"unknown": "stands on the platform"}


def view(level: str = "summary", **more: Any) -> View:
    return View(
        **{
            "profile": PROFILE,
            "turn": 7,
            "words": words,
            "options": {"thoughts": level, "max_posts": 10},
            "target": {"native": True},
            **more,
        }
    )


reply = partial(drawn.reply, state="running")


class Channel:
    """Carries out what the reconciler says, as the bridge does, with the rules of the fake's streams."""

    def __init__(self, seen: View, capabilities: Capabilities = CAPABILITIES) -> None:
        self.view = seen
        self.now = 1000.0
        self.shown: list[Shown] = []
        self.edits = 0
        self._capabilities = capabilities

    def show(self, made: Reply) -> None:
        """One snapshot, drawn again after each operation."""
        for _ in range(60):
            posts = render(made, self.view, self.shown, self.now)
            assert_posts(posts)
            todo = reconcile(self.shown, posts, final=not made.running, capabilities=self._capabilities)
            if not todo:
                return
            self._perform(todo[0])
        raise AssertionError("it never ends")

    def _perform(self, operation: Any) -> None:
        if isinstance(operation, Create):
            self.shown.append(Shown(f"{self.now:.6f}", operation.post))
            return
        at = next(number for number, one in enumerate(self.shown) if one is operation.shown)
        if isinstance(operation, Append):
            assert operation.post.text.startswith(operation.shown.post.text)
        if hasattr(operation, "post"):
            self.edits += not isinstance(operation, Append)
            self.shown[at] = Shown(operation.shown.id, operation.post)
        else:
            del self.shown[at]

    def streams(self) -> list[tuple[Stream, dict[str, Any] | None]]:
        """What Slack shows of each stream, and its stop."""
        found: list[tuple[Stream, dict[str, Any] | None]] = []
        for one in self.shown:
            if one.post.mutability != "append":
                continue
            stream, stop = Stream(0.0, "chunks", "timeline", ""), None
            for line in one.post.text.splitlines():
                chunk = json.loads(line)
                assert stop is None
                if chunk["type"] == "stop":
                    stop = chunk
                else:
                    _put(stream, chunk)
            found.append((stream, stop))
        return found

    def text(self) -> str:
        return "".join("".join(stream.text.split()) for stream, _ in self.streams())


def grown(channel: Channel, text: str, step: int = 61, *, level: str = "summary", seconds: float = 0.7) -> None:
    for end in range(0, len(text) + step, step):
        done = end >= len(text)
        thought = Thought("Plan", (Text(text[: end // 9]), Thought("Sub", status="done" if done else "pending")))
        state: ReplyState = "final" if done else "running"
        channel.show(reply(thought, Text(text[:end]), state=state))
        channel.now += seconds


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("level", ["summary", "full", "hidden"])
def test_a_long_reply_is_streamed_and_rolled_over(level: str) -> None:
    channel = Channel(view(level))
    grown(channel, LONG * 100, step=300)
    found = channel.streams()
    assert len(found) > 2
    assert all(size(stream) <= 10_000 for stream, _ in found)
    assert [stop["status"] for _, stop in found if stop] == ["processing"] * (len(found) - 1) + ["active"]
    final = reply(Thought("Plan", (Text("x"),)), Text(LONG * 100), state="final")
    assert channel.text().replace("```", "") == squeezed(compose(final, view()).text).replace("```", "")
    for stream, _ in found:
        assert stream.text.count("```") % 2 == 0
        assert not stream.text.startswith("\n")


def test_an_old_stream_ends_at_a_paragraph() -> None:
    channel = Channel(view())
    grown(channel, LONG * 20, step=17, seconds=4.0)
    found = channel.streams()
    assert channel.edits <= 1 + len(found)
    assert len(found) > 2
    starts = [float(one.id) for one in channel.shown]
    assert all(later - first <= 275 for first, later in pairwise(starts))
    assert squeezed(compose(reply(Text(LONG * 20), state="final"), view()).text) == channel.text()
    # What was open when the first one ended goes on in the next.
    titles = [[task.title for task in stream.tasks] for stream, _ in found]
    assert titles[0] == ["Plan", "Plan › Sub"]
    assert titles[1] == ["Plan › Sub"]


def test_details_are_sent_as_what_is_new() -> None:
    channel = Channel(view("full"))
    for end in (1, 10, 20, 40):
        channel.show(reply(Thought("Plan", (Text("One two three four five six seven."[:end]),), status="pending")))
    done = Thought("Plan", (Text("One two three four five six seven."),), duration=2.3, log="ran")
    channel.show(reply(done, Text("So.")))
    ((stream, _),) = channel.streams()
    (task,) = stream.tasks
    assert (task.title, task.status) == ("Plan", "complete")
    assert (task.details, task.output) == ("One two three four five six seven.", "2.3 s\nran")
    assert channel.edits == 0


def test_cards_stand_where_they_were_thought() -> None:
    channel = Channel(view())
    channel.show(reply(Text("First."), Thought("Look", status="pending")))
    channel.show(reply(Text("First."), Thought("Look"), Text("Then."), Thought("Again", status="pending")))
    channel.show(
        reply(Text("First."), Thought("Look"), Text("Then."), Thought("Again"), Text("End."), state="final")
    )
    ((stream, stop),) = channel.streams()
    shown = [part if isinstance(part, str) else part.title for part in stream.parts if not isinstance(part, list)]
    assert shown == ["First.", "Look", "\n\nThen.", "Again", "\n\nEnd."]
    assert stop is not None
    assert [block["type"] for block in stop["blocks"]] == ["actions"]


def test_very_many_steps_share_a_card() -> None:
    channel = Channel(view("full"))
    for count in (5, 60, 300):
        thoughts = [Thought(f"Step {n} {'x' * (n % 200)}", (Text("é" * 900),)) for n in range(count)]
        channel.show(reply(*thoughts, Text("So it goes. " * count)))
    channel.show(reply(*thoughts, Text("So it goes. " * 3000), state="final"))
    for stream, _ in channel.streams():
        assert len(stream.tasks) <= 48
        assert size(stream) <= 10_000
    assert channel.streams()[0][0].tasks[-1].title == "… and further steps"


def test_the_body_is_the_whole_of_a_piece() -> None:
    channel = Channel(view())
    grown(channel, LONG * 80, step=400)
    for one, (stream, _) in zip(channel.shown, channel.streams(), strict=True):
        blocks: Any = one.post.body["blocks"]
        marked = "\n\n".join(block["text"] for block in blocks if block["type"] == "markdown")
        assert squeezed(marked) == squeezed(stream.text)


def test_before_there_is_anything_to_say_there_is_a_status_and_no_stream() -> None:
    channel = Channel(view())
    channel.show(reply(notices=(Notice("queue", rank=0),)))
    assert [one.post.key for one in channel.shown] == ["status"]
    assert channel.shown[0].post.body["text"] == "⏳ Waiting in the app's queue: next"
    channel.show(reply(Text("Hello there")))
    assert [one.post.key for one in channel.shown] == ["stream:0"]
    channel.show(reply(Text("Hello there, you"), notices=(Notice("progress", "Painting"),)))
    assert [one.post.key for one in channel.shown] == ["stream:0", "status"]
    channel.show(reply(Text("Hello there, you."), state="final"))
    assert [one.post.key for one in channel.shown] == ["stream:0"]


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_endings_are_told_below(state: ReplyState) -> None:
    channel = Channel(view())
    channel.show(reply(Text("Half a")))
    channel.show(reply(Text("Half a"), state=state, error="Broke."))
    ((_, stop),) = channel.streams()
    assert stop is not None
    assert ("⏹ Stopped." if state == "stopped" else "⚠️ Broke.") in str(stop["blocks"])
    assert channel.edits == 0


def test_what_an_app_takes_back_is_changed_as_a_whole() -> None:
    channel = Channel(view())
    channel.show(reply(Text("Thinking about it. " * 10)))
    channel.show(reply(Text("Done: it is 4. " * 10)))
    (one,) = channel.shown
    assert (one.post.key, one.post.mutability) == ("stream:0", "replace")
    assert "Done: it is 4." in str(one.post.body["blocks"])
    channel.show(reply(Text("Done: it is 4. " * 2000), state="final"))
    assert channel.streams() == []
    assert all("Thinking" not in str(one.post.body) for one in channel.shown)


def test_after_a_restart_or_a_lost_answer_posts_are_changed_as_a_whole() -> None:
    channel = Channel(view())
    grown(channel, LONG * 80, step=400)
    keys = [one.post.key for one in channel.shown]
    assert keys[1].startswith("stream:1:")
    unknown = [Shown(one.id, replace(one.post, body=UNKNOWN, text="\0")) for one in channel.shown]
    made = reply(Thought("Plan"), Text(LONG * 80), state="final")
    posts = render(made, view(), unknown, 2000.0)
    assert_posts(posts)
    assert [post.key for post in posts] == keys
    assert {post.mutability for post in posts} == {"replace"}
    bare = [Shown(one.id, Post(one.post.key, UNKNOWN)) for one in channel.shown]
    older = render(made, view(newest=False, standing=True), bare, 2000.0)
    assert [post.key for post in older] == keys
    for now, (stream, _) in zip(older, channel.streams(), strict=True):
        blocks: Any = now.body["blocks"]
        marked = "\n\n".join(block["text"] for block in blocks if block["type"] == "markdown")
        assert squeezed(marked) == squeezed(stream.text)


def test_a_final_that_was_never_streamed_is_posted() -> None:
    posts = render(reply(Text("Hello"), state="final"), view(), (), 0.0)
    assert [(post.key, post.mutability) for post in posts] == [("reply:0", "replace")]
    edited = view(options={"streaming": "edit"})
    assert render(reply(Text("Hello ")), edited, (), 0.0)[0].key == "reply:0"
    assert render(reply(Text("Hello ")), view(target={}), (), 0.0)[0].key == "reply:0"


def test_artifacts_wait_for_the_end() -> None:
    channel = Channel(view())
    code = Artifact("code", "Program", "x = 1", "python")
    channel.show(reply(Text("Half a "), artifacts=(code,)))
    channel.show(reply(Text("Half a word."), artifacts=(code,), state="final"))
    ((stream, _),) = channel.streams()
    assert stream.text == "Half a word.\n\n**Program**\n\n```python\nx = 1\n```"
    assert channel.edits == 0


def test_a_reply_without_end_is_attached() -> None:
    channel = Channel(view(options={"max_posts": 3, "thoughts": "summary"}))
    text = LONG * 300
    for end in range(0, len(text), 2000):
        channel.show(reply(Text(text[:end])))
        channel.now += 1
    channel.show(reply(Text(text), state="final"))
    keys = [one.post.key.partition(":")[0] for one in channel.shown]
    assert keys == ["stream", "stream", "stream", "media"]
    assert channel.shown[-1].post.body["files"] == [{"name": "reply.md", "alt": "", "text": text}]
    assert "the whole text is attached" in str(channel.shown[2].post.body["blocks"])


def test_options_come_with_the_end() -> None:
    channel = Channel(view())
    channel.show(reply(Text("Tea or coffee?")))
    options = (Option("tea"), Option("coffee"))
    channel.show(Reply((Message("assistant", (Text("Tea or coffee?"),), options),), state="final"))
    ((_, stop),) = channel.streams()
    assert stop is not None
    assert [one["action_id"] for one in stop["blocks"][0]["elements"]] == ["tl:option:7:0", "tl:option:7:1"]


PIECES = (
    "word ", "A sentence. ", "\n\n", "\n", "**bold** ", "`code` ", "```\n", "- x\n", "| a | b |\n", "|-|-|\n",
    "> q\n", "# H\n", "1. y\n", "<@U123ABC> ", "👍🏽", "https://x.org/a ", "$x$ ", "*", "_", "\\", "<b>", "[a](b)",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map("".join)


@given(TEXTS, st.integers(1, 40), st.integers(5, 60), st.sampled_from(["summary", "full"]), st.floats(0.1, 60))
@settings(deadline=None, max_examples=25)
def test_a_log_only_grows_and_says_it_all(text: str, times: int, step: int, level: str, seconds: float) -> None:
    whole = text * times
    channel = Channel(view(level, options={"thoughts": level, "max_posts": 50}))
    grown(channel, whole, step=max(step, len(whole) // 14), level=level, seconds=seconds)
    final = compose(reply(Text(whole), state="final"), view(level))
    texts = [one for one in channel.shown if one.post.key.startswith(("stream", "reply"))]
    blocks: list[Any] = [block for one in texts for block in one.post.body["blocks"]]  # type: ignore[union-attr]
    marked = "".join(squeezed(block["text"]) for block in blocks if block["type"] == "markdown")
    # Where a fence or a table is cut, marks are repeated: its words are not.
    repeated = str.maketrans("", "", "`|-aby")
    assert marked.translate(repeated) == squeezed(final.text).translate(repeated)
    if all(one.post.mutability == "append" for one in texts):
        assert channel.text().translate(repeated) == squeezed(final.text).translate(repeated)
        assert all(size(stream) <= STREAM_BYTES + 1000 for stream, _ in channel.streams())
