"""Calls whose speech other Gradio apps recognise and make: of the settings nothing is local but the bridge."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from e2e.discord_room import read
from e2e.voice_channel import lounge_with, question
from fakes.fixtures import StartApp
from fakes.gradio_apps import Version

pytestmark = [pytest.mark.apps]


def speech_of(gradio_app: StartApp, version: Version) -> dict[str, str]:
    return {
        "to_text": gradio_app("hears_speech", version),
        "from_text": gradio_app("speaks_text", version) + "#/speak",
    }


async def test_apps_hear_and_speak_for_one_that_only_reads(
    gradio_app: StartApp, tmp_path: Path, version: Version
) -> None:
    app = gradio_app("typing_echo", version)
    async with lounge_with(app, tmp_path, speech=speech_of(gradio_app, version)) as room:
        await room.calls()
        late = await room.is_answered(await room.says(question()))
        print(f"\ndiscord, speech by apps on Gradio {version}: end of speech to first packet {late * 1000:.0f} ms")
        answer = read(await room.answered("You typed: ", room.lounge))
        assert "hertz in English" in answer
        await room.falls_silent()


async def test_language_and_voice_of_a_call_reach_the_apps(gradio_app: StartApp, tmp_path: Path) -> None:
    async with lounge_with(gradio_app("typing_echo"), tmp_path, speech=speech_of(gradio_app, "6")) as room:
        await room.calls()
        await room.told(room.ada.slash(room.lounge, "voice", language="fr", voice="tenor", speed=2.0))
        await room.says(question())
        await room.answered("hertz in French", room.lounge)
        await room.shows("There is no voice 'tenor'. There are: A low one, A high one.", room.lounge)
        await room.panel("Listening")

        await room.told(room.ada.slash(room.lounge, "voice", voice="high"))
        began = time.time()
        await room.says(question())
        await room.is_answered(began)
        await room.falls_silent()
