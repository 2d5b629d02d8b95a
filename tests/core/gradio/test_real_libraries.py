"""The model libraries of Gradio's guide, and `gr.load_chat`: each turns the history into its own messages."""

from __future__ import annotations

import pytest

from fakes.blobs import MemoryBlobs
from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import Version
from fakes.openai_server import OpenAIServer
from fakes.samples import png

pytestmark = pytest.mark.apps


@pytest.mark.parametrize(
    ("app", "first", "second"),
    [
        ("lib_langchain", "1 messages (h), the last: one", "3 messages (hah), the last: two"),
        ("lib_openai", "1 messages (u), the last: one", "3 messages (uau), the last: two"),
        ("lib_transformers", "1 turns, the last: one", "3 turns, the last: two"),
        ("lib_sambanova", "[0.5] 1 messages (u), the last: one", "[0.5] 3 messages (uau), the last: two"),
        ("lib_hyperbolic", "1 messages (u), the last: one", "3 messages (uau), the last: two"),
        ("lib_claude", "No. 19 questions left", "No. 18 questions left"),
    ],
)
async def test_the_history_reaches_the_model(
    gradio_app: StartApp, converse: Converse, version: Version, app: str, first: str, second: str
) -> None:
    chat = await converse(gradio_app(app, version))

    assert [(await chat.say(text)).text for text in ("one", "two")] == [first, second]


async def test_a_game_is_won(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("lib_claude", version))
    await chat.say("Is it large?")

    assert (await chat.say("Is it an elephant?")).text == "You got it in 2"


async def test_documents_are_searched(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("lib_llamaindex", version))

    assert (await chat.say("do fish blink")).text == "Fish never blink"


async def test_a_chat_loaded_from_an_openai_server(
    fresh_gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    async with OpenAIServer() as server:
        chat = await converse(fresh_gradio_app("remote_model", version, base_url=server.base_url))
        first = await chat.say("hello there")
        second = await chat.say("look", blobs.media(png(), "red.png", "image/png"))

    start = ["system"] if version == "5" else []
    assert first.text == f"{len(start) + 1} messages ({','.join([*start, 'user'])}): hello there"
    assert len({snapshot.text for snapshot in chat.snapshots}) > 1
    assert second.text.endswith("look")
    assert any(
        part["type"] == "image_url" and part["image_url"]["url"].startswith("data:image/png;base64,")
        for message in server.requests[-1]["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
    )
    assert [request["stream"] for request in server.requests] == [True, True]


async def test_a_loaded_chat_whose_server_refuses(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    async with OpenAIServer(key="another") as server:
        chat = await converse(fresh_gradio_app("remote_model", version, base_url=server.base_url))
        reply = await chat.say("hello there")

    assert reply.state == "failed"
    assert reply.error
    assert server.requests == []
