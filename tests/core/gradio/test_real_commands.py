"""Stop, feedback, and the handlers of an app's own for retry, undo, edit and clear."""

from __future__ import annotations

import asyncio

import pytest

from fakes.blobs import MemoryBlobs
from fakes.conversation import Conversation
from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import GREEN, png
from trunkline.backend import Again, Feedback
from trunkline.messages import Message, Text

pytestmark = pytest.mark.apps


async def test_a_stream_stops_at_once(fresh_gradio_app: StartApp, converse: Converse, version: Version) -> None:
    url = fresh_gradio_app("slow_stream", version)
    chat = await converse(url)

    async with asyncio.TaskGroup() as group:
        turn = group.create_task(chat.say("count"))
        await chat.until("one two")
        assert await call(url, "reached")
        await chat.stop()

    assert (turn.result().state, turn.result().text) == ("stopped", "one two")
    await call(url, "open")


async def test_what_was_said_before_a_stop_is_history(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("slow_stream", version)
    chat = await converse(url)
    async with asyncio.TaskGroup() as group:
        group.create_task(chat.say("count"))
        await chat.until("one two")
        await chat.stop()
    assert [message.text for message in chat.history] == ["count", "one two"]

    # One for the abandoned function, which keeps its slot until it is let go, one for this turn.
    await call(url, "open")
    await call(url, "open")

    assert (await chat.say("count")).text == "one two three four, after 2"


async def test_a_function_that_cannot_be_stopped_is_left_behind(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("slow_answer", version)
    chat = await converse(url)
    async with asyncio.TaskGroup() as group:
        stopped = group.create_task(chat.say("slow"))
        assert await call(url, "reached")
        await chat.stop()
    assert (stopped.result().state, stopped.result().messages) == ("stopped", ())
    assert await call(url, "done") == 0
    chat.history = []

    async with asyncio.TaskGroup() as group:
        second = group.create_task(chat.say("quick"))
        await chat.until_noticed("queue")
        await call(url, "open")

    # That the slot is still busy is said when it was stopped, or while the next message waits for it.
    snapshots = (stopped.result(), *chat.snapshots)
    assert any(notice.text for snapshot in snapshots for notice in snapshot.notices)
    assert second.result().text == "At last, quick after 0"
    assert await call(url, "answered", 2)


async def test_closing_the_iterator_cancels_the_turn(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("slow_stream", version)
    chat = await converse(url)
    turn = asyncio.create_task(chat.say("count"))
    await chat.until("one two")
    assert await call(url, "reached")

    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await call(url, "open")
    await call(url, "open")

    assert (await chat.say("count")).text == "one two three four, after 0"


async def test_thumbs_of_a_chat_interface(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    thumbs = await converse(gradio_app("thumbs", version))
    none = await converse(gradio_app("yes_or_no", version))

    assert thumbs.backend.profile.feedback == Feedback(like=True, dislike=True)
    assert none.backend.profile.feedback == Feedback()
    assert not none.backend.profile.feedback.offered


async def test_flags_reach_the_app_s_own_log(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("flagging", version)
    chat = await converse(url)
    assert chat.backend.profile.feedback == Feedback(like=True, others=("Spam", "Inappropriate", "Other"))
    await chat.say("tea")
    await chat.say("rain")

    await chat.rate(1, "Like")
    await chat.rate(3, "Spam")

    # Gradio writes its header one column too long: what was chosen stands under "value".
    flags = await call(url, "flags")
    assert [(flag["index"], flag["value"]) for flag in flags] == [("1", "Like"), ("3", "Spam")]
    assert "About rain" in flags[1]["conversation"]


async def test_a_rating_says_which_message_of_the_window(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("rated", version)
    chat = await converse(url)
    profile = chat.backend.profile
    assert profile.feedback == Feedback(like=True, others=("Too long", "Wrong"), user_messages=True)
    for text in ("a", "b", "c"):
        await chat.say(text)

    await chat.rate(3, "Like")
    await chat.rate(4, "Wrong")
    chat.history = chat.history[2:]
    await chat.rate(3, "Too long")
    await chat.rate(3, "")

    likes = await call(url, "likes")
    assert likes[:3] == [[3, "About b", True], [4, "c", "Wrong"], [3, "About c", "Too long"]]
    assert likes[3][:2] == [3, "About c"]
    assert likes[3][2] in ("", None)


async def test_a_rating_counts_the_entries_that_the_app_sees(
    fresh_gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    url = fresh_gradio_app("blocks_multimodal", version)
    chat = await converse(url)
    await chat.say("see", blobs.media(png(GREEN), "green.png", "image/png"))

    await chat.rate(1, "Dislike")

    ((index, value, liked),) = await call(url, "likes")
    assert (value, liked) == ("**That's cool!** I see 1 files in 2 messages", False)
    assert index in (1, 2)


async def test_a_rating_in_pairs(fresh_gradio_app: StartApp, converse: Converse, version: Version) -> None:
    url = fresh_gradio_app("rated_pairs", version)
    chat = await converse(url)
    await chat.say("a")
    await chat.say("b")

    await chat.rate(3, "Like")

    assert await call(url, "likes") == [[[1, 1] if version == "5" else 3, "B", True]]


async def test_a_rating_while_a_turn_runs(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("slow_stream", version)
    chat = await converse(url)
    chat.history = [Message("user", (Text("a"),)), Message("assistant", (Text("b"),))]

    async with asyncio.TaskGroup() as group:
        turn = group.create_task(chat.say("count"))
        await chat.until("one two")
        await chat.rate(1, "Dislike")
        await call(url, "open")

    assert await call(url, "likes") == [[1, "b", False]]
    assert turn.result().text == "one two three four, after 2"


@pytest.fixture
async def own_handlers(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> tuple[str, Conversation]:
    """An app with handlers of its own, after two turns."""
    url = fresh_gradio_app("chatbot_events", version)
    chat = await converse(url)
    await chat.say("one")
    await chat.say("two")
    return url, chat


async def test_own_handlers_are_named(own_handlers: tuple[str, Conversation]) -> None:
    _, chat = own_handlers

    assert chat.backend.own_handlers == {"retry", "undo", "edit", "clear"}
    assert [message.text for message in chat.history] == [
        "one",
        "one? Let me think, after 0 messages.",
        "two",
        "two? Let me think, after 2 messages.",
    ]


async def test_an_own_retry(own_handlers: tuple[str, Conversation]) -> None:
    url, chat = own_handlers

    reply = await chat.again(Again("retry", 2))

    assert reply.text == "Again: two? Let me think, after 2 messages."
    assert await call(url, "events") == [["retry", 2, "two"]]


async def test_an_own_edit(own_handlers: tuple[str, Conversation]) -> None:
    url, chat = own_handlers

    reply = await chat.again(Again("edit", 0, (Text("eins"),)))

    assert reply.text == "Changed: eins? Let me think, after 0 messages."
    assert await call(url, "events") == [["edit", 0, "eins"]]


async def test_an_own_undo(own_handlers: tuple[str, Conversation]) -> None:
    url, chat = own_handlers

    left = await chat.backend.fire("undo", chat.name, chat.history)

    assert left == tuple(chat.history[:2])
    assert await call(url, "events") == [["undo", 2, "two"]]


async def test_an_own_clear(own_handlers: tuple[str, Conversation]) -> None:
    url, chat = own_handlers

    left = await chat.backend.fire("clear", chat.name, chat.history)

    assert not left
    assert await call(url, "events") == [["clear"]]


async def test_a_chat_interface_has_no_handlers_to_fire(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    backend = await connect(gradio_app("agreeing", version))

    assert backend.own_handlers == frozenset()
    assert (backend.profile.abilities.retry, backend.profile.abilities.undo) == (True, True)


async def test_a_retry_is_the_same_message_with_the_history_before_it(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("agreeing", version))
    await chat.say("tea")
    await chat.say("rain")

    chat.history = chat.history[:2]
    retried = await chat.say("rain")

    assert retried.messages == (Message("assistant", (Text("I don't think so"),)),)
