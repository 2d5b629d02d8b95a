"""Voice messages to an app that only reads: who sent one sees what was heard, and what fails loses nothing."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace

import av
import numpy as np
import pytest

from contract.harness import FakeHarness
from fakes.backend import said
from fakes.engines import FakeSpeech
from fakes.platform import TRAITS
from trunkline.audio.codecs import wav
from trunkline.audio.speech import Engines, Transcript
from trunkline.inbound import Retry, Stop
from trunkline.messages import Media, Text
from trunkline.words import words

HEARD = words("clip_heard", text="What is new?")


class Deaf:
    """Hears a word in whatever sounds."""

    async def transcribe(self, wav: bytes, *, language: str = "") -> Transcript:
        return Transcript("word" if any(wav[44:]) else "")

    async def close(self) -> None: ...


async def clip(harness: FakeHarness, data: bytes = b"clip", name: str = "clip.ogg") -> Media:
    blob = await harness._services.shelf.put(data, mime="audio/ogg", name=name, limit=10**8)
    return Media("audio", blob, name, "audio/ogg")


@pytest.fixture
def speech(harness: FakeHarness) -> FakeSpeech:
    made = FakeSpeech({b"clip": "What is new?"})
    harness._services.speech = made
    return made


def shown(harness: FakeHarness) -> str:
    return "\n".join(one.text for one in harness.posts())


@pytest.mark.usefixtures("speech")
async def test_what_was_heard_stands_with_the_answer(harness: FakeHarness) -> None:
    await harness.say("", media=[await clip(harness)])
    await harness.settled()
    assert HEARD in shown(harness)
    await harness.say("typed")
    await harness.settled()
    assert shown(harness).count("I heard") == 1, "what is written needs no transcript"


@pytest.mark.usefixtures("speech")
async def test_where_the_message_itself_shows_it_nothing_is_said_twice(harness: FakeHarness) -> None:
    harness.platform.traits = replace(TRAITS[0], capabilities=replace(TRAITS[0].capabilities, transcripts=True))
    await harness.say("", media=[await clip(harness)])
    await harness.settled()
    assert said(harness.backend.requests[-1]) == "What is new?"
    assert "I heard" not in shown(harness)


@pytest.mark.usefixtures("speech")
async def test_a_long_transcript_is_cut_where_it_is_shown(harness: FakeHarness) -> None:
    harness._services.speech = FakeSpeech({b"clip": "many words " * 1_000})
    await harness.say("", media=[await clip(harness)])
    await harness.settled()
    assert len(said(harness.backend.requests[-1])) > 10_000
    (turn,) = await harness.turns()
    assert turn.reply is not None
    assert len(turn.reply.notices[0].text) < 1_100


async def test_what_was_not_understood_can_be_tried_again(harness: FakeHarness, speech: FakeSpeech) -> None:
    speech.fails = "The engine is gone: start it again."
    await harness.say("", media=[await clip(harness)])
    await harness.settled()
    assert speech.fails in shown(harness)
    assert not harness.backend.requests
    speech.fails = ""
    await harness.do(Retry())
    await harness.settled()
    assert said(harness.backend.requests[-1]) == "What is new?"
    message = next(one for one in await harness.history() if one.role == "user")
    assert message.text == "What is new?"
    assert [one.recording for one in message.media] == [True], "the sound is there too"


def silent_film() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10, width=32, height=32, pix_fmt="yuv420p")
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        output.mux(stream.encode(None))
    return file.getvalue()


async def test_who_stops_does_not_wait_for_what_is_being_heard(harness: FakeHarness) -> None:
    class Asleep(FakeSpeech):
        asked, given_up = asyncio.Event(), False

        async def transcribe(self, sound: bytes, *, language: str = "") -> str:
            self.asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up = True
            return ""

    harness._services.speech = speech = Asleep()
    answer = await harness.say("", media=[await clip(harness)])
    await asyncio.wait_for(speech.asked.wait(), 10)
    await harness.do(Stop(answer.turn))
    await harness.settled()
    assert speech.given_up
    assert not harness.backend.requests
    assert words("stopped") in shown(harness)


BAD = {
    "broken": b"This is no sound at all. " * 400,
    "empty": b"\0",
    "a film without a sound": silent_film(),
    "half an hour": wav(np.ones(1_801 * 8_000, np.int16), 8_000),
    "silent": wav(np.zeros(16_000, np.int16), 16_000),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_clip_that_cannot_be_heard_is_told_in_a_sentence(harness: FakeHarness, name: str) -> None:
    harness._services.speech = Engines(Deaf())
    await harness.say("", media=[await clip(harness, BAD[name], "clip")])
    await harness.settled()
    (turn,) = await harness.turns()
    assert turn.reply is not None
    assert turn.reply.state == "failed"
    assert 10 < len(turn.reply.error) < 200
    assert not harness.backend.requests
    await harness.say("", media=[await clip(harness, wav(np.full(16_000, 99, np.int16), 16_000))])
    await harness.settled()
    assert said(harness.backend.requests[-1]) == "word"
    assert (await harness.history())[0].parts[0] == Text("word")
