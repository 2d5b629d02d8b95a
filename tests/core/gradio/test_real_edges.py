"""Rarer things that real apps do: words of the system, endless changes, streamed sound, whole components."""

from __future__ import annotations

import pytest

from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import Version, call
from trunkline.gradio.chain import MAX_DEPTH
from trunkline.messages import AppFile, Message, Text

pytestmark = pytest.mark.apps


async def test_what_the_system_says_reaches_the_app_and_nobody_else(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("system_greeting", version))

    first = await chat.say("one")
    await chat.backend.forget(chat.name)
    second = await chat.say("two")

    assert chat.backend.profile.greeting == (Message("assistant", (Text("Good day."),)),)
    assert first.messages == (
        Message("assistant", (Text("system: Speak in rhymes. | assistant: Good day. | one"),)),
    )
    assert second.text.startswith("system: Speak in rhymes. | assistant: Good day. | user: one | ")


async def test_what_the_app_says_as_the_system_stays_in_its_history(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("system_added", version))

    first = await chat.say("one")
    second = await chat.say("two")
    chat.history = []
    anew = await chat.say("three")
    after = await chat.say("four")

    assert first.messages == (Message("assistant", (Text("system: Be brief. | one"),)),)
    assert second.messages == (
        Message("assistant", (Text(f"system: Be brief. | user: one | assistant: {first.text} | two"),)),
    )
    assert anew.text == "system: Be brief. | three"
    assert after.text == f"system: Be brief. | user: three | assistant: {anew.text} | four"


async def test_changes_without_an_end_are_left_at_a_depth(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("endless_changes", version)
    chat = await converse(url)

    reply = await chat.say("go")

    assert (reply.state, reply.text) == ("final", "Counting")
    assert await call(url, "counted") == MAX_DEPTH


async def test_a_sound_that_streams_is_one_file_in_the_end(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("live_sound", version))

    reply = await chat.say("speak")

    (voice,) = reply.artifacts
    assert reply.text == "One two"
    assert voice.media is not None
    assert voice.media.kind == "audio"
    assert isinstance(voice.media.source, AppFile)
    assert len((await chat.backend.fetch(voice.media.source, 10**6)).data) > 1000


async def test_a_component_that_a_function_takes_whole(gradio_app: StartApp, converse: Converse) -> None:
    chat = await converse(gradio_app("whole_component", "6"))

    assert (await chat.say("so")).text == "so: 3 of 9"
    chat.settings = {"level": 7}
    assert (await chat.say("so")).text.endswith("so: 7 of 9")


async def test_more_than_platforms_take_comes_whole(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("too_much", version))

    assert len((await chat.say("words")).text) > 100_000
    assert [option.value for option in (await chat.say("options")).options][::299] == ["number 0", "number 299"]
    assert len([media for message in (await chat.say("files")).messages for media in message.media]) == 11
