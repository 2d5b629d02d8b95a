"""Real apps that restart, come back changed, or forget a session: the history is ours, so the chat goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from fakes.blobs import MemoryBlobs
from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import LoneApp, Version
from fakes.samples import RED, png
from trunkline.errors import AppUnreachable

pytestmark = pytest.mark.apps

StartAlone = Callable[[str, Version], LoneApp]


async def test_an_app_restarted_between_two_turns_sees_the_whole_history(
    lone_gradio_app: StartAlone, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    app = lone_gradio_app("memory", version)
    chat = await converse(app.url)
    await chat.say("look", blobs.media(png(RED), "red.png", "image/png"))
    await chat.say("two")

    await asyncio.to_thread(app.restart)
    reply = await chat.say("three")

    assert reply.text == (
        "user: <file red.png> | user: look | assistant: now: look"
        " | user: two | assistant: user: <file red.png> | user: look | assistant: now: look | now: two"
        " | now: three"
    )


async def test_an_app_that_comes_back_changed_is_read_again(
    lone_gradio_app: StartAlone, converse: Converse, version: Version
) -> None:
    app = lone_gradio_app("memory", version)
    chat = await converse(app.url)
    before = chat.backend.profile
    await chat.say("one")

    await asyncio.to_thread(app.restart, "memory_changed")
    reply = await chat.say("two")

    assert reply.text == "new | user: one | assistant: now: one | now: two"
    after = chat.backend.profile
    assert after.fingerprint != before.fingerprint
    assert [given.name for given in after.inputs] == ["manner"]


async def test_an_app_that_is_down_and_comes_back(
    lone_gradio_app: StartAlone, converse: Converse, version: Version
) -> None:
    app = lone_gradio_app("memory", version)
    chat = await converse(app.url)
    await chat.say("one")

    app.kill()
    with pytest.raises(AppUnreachable) as down:
        await chat.say("two")
    await asyncio.to_thread(app.start)
    reply = await chat.say("three")

    assert down.value.retryable
    assert reply.text == "user: one | assistant: now: one | now: three"


async def test_an_app_killed_in_the_middle_of_a_turn(
    lone_gradio_app: StartAlone, converse: Converse, version: Version
) -> None:
    app = lone_gradio_app("slow_stream", version)
    chat = await converse(app.url)
    turn = asyncio.create_task(chat.say("count"))
    await chat.until("one two")

    app.kill()

    (outcome,) = await asyncio.gather(turn, return_exceptions=True)
    if isinstance(outcome, BaseException):
        assert isinstance(outcome, AppUnreachable)
    else:
        assert outcome.state == "failed"
        assert outcome.error
    assert chat.history == []


async def test_load_events_run_again_after_a_restart(
    lone_gradio_app: StartAlone, converse: Converse, version: Version
) -> None:
    app = lone_gradio_app("greeting_load", version)
    chat = await converse(app.url)
    await chat.say("one")

    await asyncio.to_thread(app.restart)
    reply = await chat.say("two")

    assert reply.text.startswith("ready: assistant: Good day. Ask me. | user: one | assistant: ready: ")


async def test_a_forgotten_session_is_filled_again(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("memory", version))
    await chat.say("one")

    await chat.backend.forget(chat.name)

    assert (await chat.say("two")).text == "user: one | assistant: now: one | now: two"


async def test_conversations_at_the_same_time(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    url = gradio_app("memory", version)
    chats = [await converse(url) for _ in range(4)]
    for round_number in range(2):
        await asyncio.gather(*(chat.say(f"{chat.name} {round_number}") for chat in chats))

    for chat in chats:
        assert chat.history[-1].text == (
            f"user: {chat.name} 0 | assistant: now: {chat.name} 0 | now: {chat.name} 1"
        )
