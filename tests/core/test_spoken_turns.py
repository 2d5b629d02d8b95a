"""What is said aloud: voice clips for apps that only read, and replies that were not heard to their end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from contract.harness import ANN, FakeHarness
from fakes.backend import reply, said
from fakes.engines import FakeSpeech
from trunkline.backend import Accepts, SendMessage
from trunkline.inbound import Heard, Retry, Say, Stop
from trunkline.messages import Blob, Media, Message, Speaker, Text
from trunkline.utterance import SendUtterance, Voice
from trunkline.words import words


async def kept(harness: FakeHarness, data: bytes = b"clip") -> Media:
    blob = await harness._services.shelf.put(data, mime="audio/ogg", name="clip.ogg", limit=99)
    return Media("audio", blob, "clip.ogg", "audio/ogg")


@pytest.fixture
def speech(harness: FakeHarness) -> FakeSpeech:
    made = FakeSpeech({b"clip": "What is new?"})
    harness._services.speech = made
    return made


async def last_said(harness: FakeHarness) -> Message:
    return next(one for one in reversed(await harness.history()) if one.role == "user")


async def test_a_clip_is_written_down_for_an_app_that_only_reads(harness: FakeHarness, speech: FakeSpeech) -> None:
    await harness.say("", media=[await kept(harness)])
    await harness.settled()
    assert said(harness.backend.requests[-1]) == "What is new?"
    assert not Message("user", harness.backend.requests[-1].input.parts).media  # type: ignore[union-attr]
    message = await last_said(harness)
    assert message.text == "What is new?"
    (recording,) = message.media
    assert recording.recording
    assert isinstance(recording.source, Blob)
    await harness.do(Retry())
    await harness.settled()
    assert said(harness.backend.requests[-1]) == "What is new?"
    assert (await last_said(harness)).media == (recording,)
    assert len(speech.heard) == 1


async def test_an_app_that_hears_is_sent_the_clip_itself(harness: FakeHarness, speech: FakeSpeech) -> None:
    harness.backend.change(accepts=Accepts(microphone=True))
    await harness.say("", media=[await kept(harness)])
    await harness.settled()
    assert not speech.heard
    assert [one.recording for one in (await last_said(harness)).media] == [False]


@pytest.mark.parametrize("broken", ["The engine is gone: start it again.", ""])
async def test_what_is_not_understood_is_told(harness: FakeHarness, speech: FakeSpeech, broken: str) -> None:
    speech.fails, speech.said = broken, {}
    await harness.say("", media=[await kept(harness)])
    await harness.settled()
    assert not harness.backend.requests
    (turn,) = await harness.turns()
    assert turn.reply is not None
    assert turn.reply.error == (broken or words("nothing_understood"))
    assert await harness.history() == ()


async def test_a_clip_without_words_beside_a_text_is_no_reason_to_fail(
    harness: FakeHarness, speech: FakeSpeech
) -> None:
    speech.said = {}
    await harness.say("listen", media=[await kept(harness)])
    await harness.settled()
    assert said(harness.backend.requests[-1]) == "listen"


async def test_an_interrupted_reply_is_kept_as_far_as_it_was_heard(harness: FakeHarness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["One. Two.", gate, "One. Two. Three."]
    answer = await harness.say("count")
    await harness.until(lambda: any("Two" in one.text for one in harness.posts()))
    stopping = asyncio.create_task(harness.do(Stop(answer.turn)))
    recording = await kept(harness, b"spoken")
    heard = await harness.do(Heard(answer.turn, text="One.", recording=recording))
    await stopping
    gate.set()
    await harness.settled()
    assert heard.outcome == "done"
    assert (await harness.history())[-1].parts == (Text("One. …"), replace(recording, recording=True))
    (turn,) = await harness.turns()
    assert turn.status == "stopped"
    shown = harness.posts()
    assert [bool(one.file) for one in shown] == [False, True]
    assert "One. …" in shown[0].text
    harness.backend.script = lambda request, number: [reply("ok")]
    await harness.say("go on")
    await harness.settled()
    assert harness.backend.requests[-1].history[-1].text == "One. …"


async def test_what_was_heard_of_another_places_turn_changes_nothing(harness: FakeHarness) -> None:
    answer = await harness.say("one")
    await harness.settled()
    assert (await harness.do(Heard(answer.turn, text=""), channel="other")).outcome == "ignored"
    assert (await harness.history())[-1].text == "Turn 1 heard: one"


async def test_an_app_that_listens_hears_somebody_speak(harness: FakeHarness) -> None:
    harness.backend.change(accepts=Accepts(speech=True), voice=Voice(stream_every=0.5))
    place = harness.place("general")
    stream = await harness.router.listen(place, Speaker("fake", "ann", ANN))
    await stream.send(b"abcd")
    await stream.finish()
    sound = await kept(harness)
    answer = await harness.do(Say((sound,), stream.id))
    await harness.settled()
    (heard,) = harness.backend.utterances
    assert (bytes(heard.pcm), heard.conversation) == (b"abcd", str(answer.conversation))
    assert harness.backend.requests[-1].input == SendUtterance(sound, stream.id)
    assert (await last_said(harness)).parts == (sound,)
    await harness.do(Retry())
    await harness.settled()
    assert harness.backend.requests[-1].input == SendUtterance(sound)


async def test_a_written_message_to_an_app_that_listens_is_one(harness: FakeHarness) -> None:
    harness.backend.change(accepts=Accepts(speech=True))
    await harness.say("hello")
    await harness.settled()
    assert harness.backend.requests[-1].input == SendMessage((Text("hello"),))
