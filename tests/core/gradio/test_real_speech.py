"""Speech recognised and made by other Gradio apps, joined with what decodes their sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.fixtures import StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import wav
from trunkline.audio.pcm import Chunk
from trunkline.audio.speech import RATE, AppSpeechToText, AppTextToSpeech, Transcript
from trunkline.errors import AppFailed, AppUnreachable, MediaError, UnsupportedApp
from trunkline.gradio.speech import GradioSpeechToText, GradioTextToSpeech

pytestmark = pytest.mark.apps

PIECES: dict[Version, int] = {"6": 20, "5": 5}
"""Of a stream: Gradio 6 serves of a piece what its encoder has by then, Gradio 5 takes long for each."""

Engine = TypeVar("Engine", AppSpeechToText, AppTextToSpeech)
Hearing = Callable[[str], AppSpeechToText]
Speaking = Callable[[str], AppTextToSpeech]


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def closing(opened: AsyncExitStack, connect: Callable[[str], Engine]) -> Callable[[str], Engine]:
    """What connects to the app of a setting; it is closed with the test."""

    def make(setting: str) -> Engine:
        engine = connect(setting)
        opened.push_async_callback(engine.close)
        return engine

    return make


@pytest.fixture
def hearing(opened: AsyncExitStack) -> Hearing:
    return closing(opened, lambda setting: AppSpeechToText(GradioSpeechToText(setting)))


@pytest.fixture
def speaking(opened: AsyncExitStack) -> Speaking:
    return closing(opened, lambda setting: AppTextToSpeech(GradioTextToSpeech(setting)))


async def sound_of(speech: AppTextToSpeech, text: str, voice: str = "", speed: float = 1.0) -> NDArray[np.int16]:
    parts = [pcm async for _, pcm in speech.speak(text, voice=voice, speed=speed)]
    return np.concatenate(parts)


def pitch(pcm: NDArray[np.int16]) -> float:
    """Hz of a tone, to the next ten."""
    return round(np.count_nonzero(np.diff(np.signbit(pcm))) * RATE / len(pcm) / 2, -1)


@pytest.mark.parametrize("endpoint", ["", "#/predict"])
async def test_speech_is_recognised_by_an_app(
    gradio_app: StartApp, hearing: Hearing, version: Version, endpoint: str
) -> None:
    app = hearing(gradio_app("hears_speech", version) + endpoint)

    assert await app.transcribe(wav(500, 440.0)) == Transcript("440 hertz in English")
    assert await app.transcribe(bytes(wav(500, 0.0))) == Transcript("")


@pytest.mark.parametrize(
    ("language", "chosen"), [("fr", "French"), ("fr-CA", "French"), ("French", "French"), ("xx", "English")]
)
async def test_the_language_is_chosen_among_the_app_s_own(
    gradio_app: StartApp, hearing: Hearing, language: str, chosen: str
) -> None:
    app = hearing(gradio_app("hears_speech"))

    heard = await app.transcribe(wav(500, 440.0), language=language)

    assert heard == Transcript(f"440 hertz in {chosen}", language)


async def test_an_app_that_cannot_recognise(gradio_app: StartApp, hearing: Hearing) -> None:
    app = hearing(gradio_app("hears_speech"))

    with pytest.raises(AppFailed, match="Too short"):
        await app.transcribe(wav(10))

    assert (await app.transcribe(wav(500, 440.0))).text


async def test_an_endpoint_that_does_not_fit(gradio_app: StartApp, hearing: Hearing, speaking: Speaking) -> None:
    with pytest.raises(UnsupportedApp, match="#/predict"):
        await hearing(gradio_app("hears_speech") + "#/other").transcribe(wav())
    with pytest.raises(UnsupportedApp, match=r"has several endpoints .* #/speak, #/stream, #/fail, #/nothing"):
        await sound_of(speaking(gradio_app("speaks_text")), "word")
    with pytest.raises(UnsupportedApp, match="no such endpoint"):
        await sound_of(speaking(gradio_app("speaks_text") + "#/write"), "word")


async def test_speech_is_made_by_an_app(gradio_app: StartApp, speaking: Speaking, version: Version) -> None:
    app = speaking(gradio_app("speaks_text", version) + "#/speak")

    pcm = await sound_of(app, "three short words")

    assert pcm.dtype == np.int16
    assert len(pcm) / RATE == pytest.approx(0.6, abs=0.05)
    assert pitch(pcm) == 220
    assert [chunk async for chunk in app.speak(" \n")] == []


@pytest.mark.parametrize(
    ("voice", "speed", "seconds", "hertz"),
    [("high", 1.0, 0.4, 880), ("A high one", 2.0, 0.2, 880), ("", 9.0, 0.2, 220)],
)
async def test_voice_and_speed_are_what_the_app_has(
    gradio_app: StartApp, speaking: Speaking, voice: str, speed: float, seconds: float, hertz: float
) -> None:
    app = speaking(gradio_app("speaks_text") + "#/speak")

    pcm = await sound_of(app, "two words", voice, speed)

    assert len(pcm) / RATE == pytest.approx(seconds, abs=0.05)
    assert pitch(pcm) == pytest.approx(hertz, abs=10)


async def first_of(chunks: AsyncGenerator[Chunk, None], url: str, pieces: int) -> tuple[Chunk, int]:
    """The first chunk of the stream, and how many of its pieces were over by then."""
    first = asyncio.ensure_future(anext(chunks))
    opened = 0
    while not first.done() and opened < pieces:
        assert await call(url, "reached")
        await call(url, "open")
        opened += 1
    return await first, opened


async def let_go(url: str, opened: int, pieces: int) -> None:
    for _ in range(opened, pieces):
        await call(url, "open")


async def test_speech_is_heard_while_it_is_made(
    fresh_gradio_app: StartApp, speaking: Speaking, version: Version
) -> None:
    url = fresh_gradio_app("speaks_text", version)
    pieces = PIECES[version]

    async with aclosing(speaking(f"{url}#/stream").speak("word " * pieces)) as chunks:
        (rate, pcm), opened = await first_of(chunks, url, pieces)
        # The app is in the middle of its work.
        assert opened < pieces
        await let_go(url, opened, pieces)
        rest = [part async for _, part in chunks]

    assert rate == RATE
    assert (len(pcm) + sum(map(len, rest))) / RATE == pytest.approx(pieces / 4, rel=0.5)


async def test_an_app_that_makes_no_speech(gradio_app: StartApp, speaking: Speaking) -> None:
    url = gradio_app("speaks_text")

    with pytest.raises(AppFailed, match="No voice today"):
        await sound_of(speaking(f"{url}#/fail"), "word")
    with pytest.raises(AppFailed, match="gave no sound"):
        await sound_of(speaking(f"{url}#/nothing"), "word")


async def test_who_stops_listening_ends_the_call(fresh_gradio_app: StartApp, speaking: Speaking) -> None:
    url = fresh_gradio_app("speaks_text")
    app = speaking(f"{url}#/stream")
    pieces = PIECES["6"]

    async with aclosing(app.speak("word " * pieces)) as chunks:
        _, opened = await first_of(chunks, url, pieces)

    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "gradio speech"] == []
    await let_go(url, opened, pieces)


async def test_what_is_sent_as_sound_and_is_none() -> None:
    class Broken:
        async def speak(self, text: str, voice: str, language: str, speed: float) -> AsyncGenerator[bytes, None]:
            for _ in range(3):
                yield b"no sound at all " * 500

        async def close(self) -> None:
            pass

    with pytest.raises(MediaError):
        await sound_of(AppTextToSpeech(Broken()), "word")


async def test_an_app_that_is_not_there(hearing: Hearing) -> None:
    with pytest.raises(AppUnreachable):
        await hearing("http://127.0.0.1:1#/predict").transcribe(wav())
