"""Voices of another Gradio app, as a conversation's settings ask for them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from fakes.fixtures import StartApp
from fakes.gradio_apps import Version
from trunkline.audio.speech import RATE
from trunkline.calls import Tuning
from trunkline.errors import SpeechError
from trunkline.settings import SpeechTable
from trunkline.speaking import TunedSpeech, speech_of

pytestmark = pytest.mark.apps


@pytest.fixture
async def speech(gradio_app: StartApp, version: Version) -> AsyncIterator[TunedSpeech]:
    app = gradio_app("speaks_text", version)
    made = speech_of(SpeechTable(from_text=f"{app}#/speak", voice="low", speed=2.0), None)
    assert made is not None
    yield made
    await made.close()


async def seconds_and_hertz(speech: TunedSpeech, tuning: Tuning) -> tuple[float, float]:
    pcm = np.concatenate([pcm async for _, pcm in speech.speak("two words", tuning)])
    crossings = np.count_nonzero(np.diff(np.signbit(pcm)))
    return len(pcm) / RATE, crossings * RATE / len(pcm) / 2


async def test_what_a_conversation_does_not_set_is_as_the_settings_have_it(speech: TunedSpeech) -> None:
    seconds, hertz = await seconds_and_hertz(speech, Tuning())
    assert seconds == pytest.approx(0.2, abs=0.05)
    assert hertz == pytest.approx(220, abs=15)
    seconds, hertz = await seconds_and_hertz(speech, Tuning(voice="high", speed=1.0))
    assert seconds == pytest.approx(0.4, abs=0.05)
    assert hertz == pytest.approx(880, abs=15)


async def test_a_voice_that_there_is_not_is_told_with_those_that_there_are(speech: TunedSpeech) -> None:
    with pytest.raises(SpeechError, match=r"^There is no voice 'tenor'. There are: A low one, A high one\.$"):
        await seconds_and_hertz(speech, Tuning(voice="tenor"))
    assert (await seconds_and_hertz(speech, Tuning(voice="High")))[1] > 800, "and it goes on"
