"""What real apps hear of sessions: they are open while somebody talks, and closed when nobody does any more."""

from __future__ import annotations

import asyncio

import pytest

from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import Version, call
from trunkline.gradio import conversations

pytestmark = pytest.mark.apps


async def test_an_app_that_cleans_up_hears_that_a_conversation_is_over(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("unloading", version)
    chat = await converse(url)
    await chat.say("one")
    await chat.say("two")
    during = await call(url, "closings")

    await chat.backend.forget(chat.name)

    assert during == 0
    assert await call(url, "left")
    assert (await chat.say("three")).text == "three after 4"


async def test_a_conversation_that_rests_for_long_is_over_for_the_app(
    fresh_gradio_app: StartApp, converse: Converse, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "HEARTBEAT_IDLE_SECONDS", 0.01)
    url = fresh_gradio_app("unloading", version)
    chat = await converse(url)
    await chat.say("one")

    async with asyncio.timeout(30):
        assert await call(url, "left")

    assert (await chat.say("two")).text == "two after 2"


async def test_a_memory_of_the_app_s_outlives_a_rest(
    fresh_gradio_app: StartApp, converse: Converse, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "HEARTBEAT_IDLE_SECONDS", 0.0)
    chat = await converse(fresh_gradio_app("own_state", version))

    replies = [(await chat.say(text)).text for text in ("a", "b", "c")]

    assert replies[-1] == "known: a, b, c; shown: 4"
