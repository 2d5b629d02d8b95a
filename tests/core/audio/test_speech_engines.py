"""Engines in processes of their own: real ones where they come with the tests, and a small one that misbehaves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import numpy as np
import pytest

from fakes.clock import settle
from fakes.samples import wav
from trunkline.audio.codecs import wav as wav_of
from trunkline.audio.engines.espeak import Espeak
from trunkline.audio.engines.process import EngineProcess, LocalSpeechToText, LocalTextToSpeech, worker
from trunkline.audio.speech import Transcript
from trunkline.errors import SpeechError, UsageError

SPHINX = Path("/usr/share/pocketsphinx/test/data")
FAKE = Path(__file__).parents[2] / "fakes" / "speech_engine.py"

Start = Callable[..., EngineProcess]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts the engine that misbehaves as it is told."""
    async with AsyncExitStack() as stack:

        def make(*how: str, load_seconds: float = 30.0, answer_seconds: float = 30.0) -> EngineProcess:
            engine = EngineProcess(
                "fake",
                (sys.executable, str(FAKE), *how),
                load_seconds=load_seconds,
                answer_seconds=answer_seconds,
            )
            stack.push_async_callback(engine.close)
            return engine

        yield make


@pytest.fixture
async def sphinx() -> AsyncIterator[Callable[[str], LocalSpeechToText]]:
    async with AsyncExitStack() as stack:

        def make(grammar: str) -> LocalSpeechToText:
            engine = LocalSpeechToText(EngineProcess("pocketsphinx", worker("pocketsphinx", grammar)))
            stack.push_async_callback(engine.close)
            return engine

        yield make


def alive(engine: EngineProcess) -> bool:
    return engine._process is not None and engine._process.returncode is None


async def test_people_s_speech_is_recognised(sphinx: Callable[[str], LocalSpeechToText]) -> None:
    engine = sphinx("")
    pcm = np.frombuffer((SPHINX / "goforward.raw").read_bytes(), np.int16)

    assert await engine.transcribe(wav_of(pcm, 16_000)) == Transcript("go forward ten meters", "en")
    assert await engine.transcribe(wav_of(pcm[:0], 16_000)) == Transcript("", "en")
    with pytest.raises(SpeechError, match="English only"):
        await engine.transcribe(wav_of(pcm, 16_000), language="fr-CA")
    with pytest.raises(SpeechError, match="16 kHz"):
        await engine.transcribe(wav(rate=8_000))
    with pytest.raises(SpeechError, match="no WAV"):
        await engine.transcribe(b"RIFF")
    assert await engine.transcribe(wav_of(pcm, 16_000), language="en-GB") == Transcript(
        "go forward ten meters", "en"
    )


async def test_a_grammar_says_what_may_be_said(sphinx: Callable[[str], LocalSpeechToText]) -> None:
    engine = sphinx(str(SPHINX / "cards" / "cards.gram"))

    first = await engine.transcribe((SPHINX / "cards" / "001.wav").read_bytes())
    last = await engine.transcribe((SPHINX / "cards" / "005.wav").read_bytes())

    assert (first.text, last.text) == ("ten of clubs", "eight of spades four of clubs seven of hearts")


async def test_a_grammar_that_is_not_there(sphinx: Callable[[str], LocalSpeechToText]) -> None:
    with pytest.raises(SpeechError, match=r"no grammar /nowhere\.gram"):
        await sphinx("/nowhere.gram").transcribe(wav())


async def test_an_engine_is_started_once_and_asked_in_turn(start: Start) -> None:
    process = start()
    engine = LocalSpeechToText(process)

    asked = (engine.transcribe(bytes(n), language="it") for n in range(1, 6))
    answers = await asyncio.gather(*asked)

    # It answers with the bytes that it got and how many questions it had before.
    assert answers == [Transcript(f"{n} bytes, question {n}", "it") for n in range(1, 6)]
    assert alive(process)
    await engine.close()
    assert not alive(process)
    with pytest.raises(SpeechError, match="was closed"):
        await engine.transcribe(b"")


async def test_sound_comes_piece_by_piece(start: Start) -> None:
    engine = LocalTextToSpeech(start())

    chunks = [chunk async for chunk in engine.speak("two words")]

    assert [(rate, pcm.tolist()) for rate, pcm in chunks] == [(8_000, [3, 3]), (8_000, [5, 5])]
    assert [chunk async for chunk in engine.speak(" ")] == []


async def test_what_the_engine_refuses_does_not_end_it(start: Start) -> None:
    process = start("refuse")

    for _ in range(2):
        with pytest.raises(SpeechError, match="no such voice"):
            await LocalSpeechToText(process).transcribe(b"")
        assert alive(process)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("unloadable", "did not start: OSError: no model here"),
        ("refuse-to-load", "the model is too old"),
        ("die", "broke off"),
        ("babble", "broke off"),
    ],
)
async def test_an_engine_that_breaks_off(start: Start, how: str, sentence: str) -> None:
    process = start(how)

    for _ in range(2):
        with pytest.raises(SpeechError, match=sentence):
            await LocalSpeechToText(process).transcribe(b"word")
        assert not alive(process)


@pytest.mark.parametrize("how", ["slow-to-load", "hang"])
async def test_an_engine_that_hangs(start: Start, how: str) -> None:
    process = start(how, load_seconds=0.01 if how == "slow-to-load" else 30, answer_seconds=0.01)

    with pytest.raises(SpeechError, match=r"did not answer within 0\.01 seconds"):
        await LocalSpeechToText(process).transcribe(b"word")

    assert not alive(process)


async def test_an_engine_that_takes_nothing_more(start: Start) -> None:
    process = start("deaf", answer_seconds=0.01)
    with pytest.raises(SpeechError, match="does not take what is said to it"):
        await LocalSpeechToText(process).transcribe(bytes(1 << 20))
    assert not alive(process)


async def test_a_call_that_is_cancelled_ends_its_engine(start: Start) -> None:
    process = start("stall")
    chunks = LocalTextToSpeech(process).speak("two words")
    await anext(chunks)
    first = process._process
    more = asyncio.ensure_future(anext(chunks))
    waiting = asyncio.create_task(LocalSpeechToText(process).transcribe(b"words"))

    more.cancel()
    answer = await waiting

    assert more.cancelled()
    assert first is not None
    assert first.returncode not in (None, 0)
    # Who waited is answered by a new one.
    assert answer.text == "5 bytes, question 1"


async def test_speech_that_nobody_hears_ends_its_engine(start: Start) -> None:
    process = start()

    async with aclosing(LocalTextToSpeech(process).speak("many words " * 100)) as chunks:
        await anext(chunks)
        assert alive(process)

    assert not alive(process)


async def test_a_program_that_is_not_there() -> None:
    engine = LocalSpeechToText(EngineProcess("fake", ("/nowhere/engine",)))

    with pytest.raises(SpeechError, match="cannot be started"):
        await engine.transcribe(b"")


# ---------------------------------------------------------------- espeak-ng


async def spoken(
    text: str, voice: str = "", language: str = "", speed: float = 1.0
) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    parts = []
    async for rate, pcm in Espeak().speak(text, voice=voice, language=language, speed=speed):
        assert rate == 22_050
        assert pcm.dtype == np.int16
        parts.append(pcm)
    return np.concatenate(parts) if parts else np.empty(0, np.int16)


async def test_espeak_speaks() -> None:
    sound = await spoken("Hello there, how are you?")

    assert 0.8 < len(sound) / 22_050 < 3.0
    assert np.abs(sound.astype(int)).max() > 5_000


async def test_language_voice_and_speed_change_what_is_heard() -> None:
    said = {
        key: await spoken("Paris, 1984", **how)  # type: ignore[arg-type]
        for key, how in {
            "en": {}, "fr": {"language": "fr"}, "fr-CA": {"language": "fr-CA"}, "ru": {"language": "ru"},
            "high": {"voice": "en+f3"}, "fast": {"speed": 2.0},
            "fastest": {"speed": 99.0}, "slow": {"speed": 0.01},
        }.items()
    }  # fmt: skip

    assert np.array_equal(said["fr"], said["fr-CA"])
    assert len({sound.tobytes() for sound in said.values()}) == 7
    assert len(said["fastest"]) < len(said["fast"]) < len(said["en"]) < len(said["slow"])


@pytest.mark.parametrize("voice", ["xx-none", "../en", "-w/tmp/file", "", "en us"])
async def test_a_voice_that_there_is_not(voice: str) -> None:
    with pytest.raises(SpeechError, match="voices lists them"):
        await spoken("Hello", voice=voice, language="" if voice else "no!")


async def test_nothing_and_strange_signs_can_be_spoken() -> None:
    assert len(await spoken(" \n")) == 0
    assert len(await spoken("[[h@l'oU]] \ud800 <b>bold</b> \x00 -- $(id)")) > 0


async def test_a_long_text_comes_before_it_is_whole_and_can_be_left() -> None:
    count = 0
    async with aclosing(Espeak().speak("A long sentence that goes on. " * 2_000)) as chunks:
        async for _, pcm in chunks:
            count += len(pcm)
            assert len(pcm) <= 4_096
            if count > 22_050:
                break

    assert count < 30 * 22_050


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_espeak_leaves_no_pipe_of_what_was_given_up() -> None:
    before = open_files()
    async with aclosing(Espeak().speak("A long sentence that goes on. " * 200)) as chunks:
        await anext(chunks)
        # More than a reader holds has come meanwhile.
        for _ in range(2_000):
            await asyncio.sleep(0)
    await settle(10)
    assert open_files() == before


def test_without_the_program() -> None:
    with pytest.raises(UsageError, match="install the system's package"):
        Espeak("espeak-nowhere")
