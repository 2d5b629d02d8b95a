"""Speech as the settings want it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from trunkline.app import open_service
from trunkline.audio.codecs import wav
from trunkline.audio.speech import Engines, Transcript
from trunkline.calls import Tuning
from trunkline.errors import SettingsError, SpeechError
from trunkline.settings import SpeechTable, load
from trunkline.speaking import TunedSpeech, speech_of

if TYPE_CHECKING:
    from trunkline.audio.pcm import Chunk


class Told:
    """Both kinds of engine; keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, float]] = []
        self.fails = False

    async def transcribe(self, wav: bytes, *, language: str = "") -> Transcript:
        self.asked.append(("", "", language, 0.0))
        if self.fails:
            raise SpeechError("It broke.")
        return Transcript("words")

    async def speak(
        self, text: str, *, voice: str = "", language: str = "", speed: float = 1.0
    ) -> AsyncGenerator[Chunk, None]:
        self.asked.append((text, voice, language, speed))
        yield 16_000, np.zeros(160, np.int16)

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("wanted", "heard"),
    [
        (Tuning(), ("hi", "anna", "de", 1.5)),
        (Tuning(speed=2.0), ("hi", "anna", "de", 2.0)),
        (Tuning(voice="karl"), ("hi", "karl", "de", 1.5)),
        (Tuning(language="fr"), ("hi", "", "fr", 1.5)),
        (Tuning(language="de"), ("hi", "anna", "de", 1.5)),
    ],
)
async def test_what_a_call_leaves_open_is_as_the_settings_say(
    wanted: Tuning, heard: tuple[str, str, str, float]
) -> None:
    engine = Told()
    speech = TunedSpeech(Engines(engine, engine), Tuning("de", "anna", 1.5))
    chunks = [chunk async for chunk in speech.speak("hi", wanted)]
    assert len(chunks) == 1
    assert engine.asked == [heard]


async def test_an_engine_that_answered_last_is_not_woken_again() -> None:
    engine = Told()
    speech = TunedSpeech(Engines(engine, engine), Tuning("de"))
    await speech.wake()
    await speech.wake()
    assert engine.asked == [("", "", "de", 0.0)]
    engine.fails = True
    with pytest.raises(SpeechError):
        await speech.transcribe(wav(np.zeros(160, np.int16), 16_000))
    engine.fails = False
    await speech.wake()
    assert len(engine.asked) == 3
    await TunedSpeech(Engines(), Tuning()).wake()


def test_without_a_name_nothing_is_opened() -> None:
    assert speech_of(SpeechTable(), None) is None


async def test_the_service_has_the_engines_of_its_settings(tmp_path: Path) -> None:
    overrides = {
        "apps": {"default": {"url": "http://127.0.0.1:9"}},
        "store": {"url": str(tmp_path / "a.db")},
        "speech": {"from_text": "espeak", "to_text": "http://127.0.0.1:9/#/hear"},
    }
    async with open_service(load((), overrides=overrides, environment={}), process="p") as service:
        assert service.services.speech.speaks
        assert service.services.speech.hears
    with pytest.raises(SettingsError, match=r"speech\.from_text cannot be 'parrot'"):
        async with open_service(
            load((), overrides={**overrides, "speech": {"from_text": "parrot"}}, environment={}), process="p"
        ):
            pass
