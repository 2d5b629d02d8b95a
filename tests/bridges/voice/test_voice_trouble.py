"""What goes wrong in a call: people are told in a sentence, and the call goes on or ends cleanly."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from fakes.backend import reply
from fakes.calls import LOUD, FakeCall, Recogniser
from fakes.clock import settle
from fakes.core import FakeCore
from trunkline.audio.codecs import wav
from trunkline.backend import Accepts
from trunkline.errors import AppUnreachable, MediaError, UsageError
from trunkline.inbound import Heard, Say, Stop
from trunkline.messages import AppFile, Media
from trunkline.utterance import Voice
from trunkline.words import words

HEARS = Accepts(files=True, file_types=("audio",))


async def works(phone: Any) -> bool:
    """Whether a question is still answered aloud."""
    before = len(phone.speech.spoken)
    phone.speech.words.clear()
    await phone.say("Still there?")
    await phone.answer("Yes.")
    assert phone.call.state == "listening"
    return [text for text, _ in phone.speech.spoken[before:]] == ["Yes."]


async def test_an_app_that_only_reads_needs_somebody_to_write_down_what_is_said(ring: Any) -> None:
    deaf = Recogniser()
    deaf.hears = False
    phone = await ring(speech=deaf)
    assert phone.call.told == [words("call_deaf")]
    assert phone.call.left
    assert phone.holding.done()


async def test_replies_that_nobody_can_speak_are_written_only(ring: Any) -> None:
    mute = Recogniser()
    mute.speaks = False
    phone = await ring(speech=mute)
    assert phone.call.told == [words("call_mute")]
    await phone.say("What is new?")
    await phone.answer("Nothing.")
    assert phone.call.state == "listening"
    assert not phone.call.pieces
    await phone.say("Hello?")
    assert len(phone.commands(Say)) == 2


async def test_wake_words_need_a_transcript(ring: Any) -> None:
    deaf = Recogniser()
    deaf.hears = False
    phone = await ring(speech=deaf, turn_taking="wake", profile={"accepts": HEARS})
    assert phone.call.told == [words("call_no_wake")]
    await phone.call.speak(0.5)
    await phone.call.wait(1.0)
    assert len(phone.commands(Say)) == 1


async def test_an_app_that_is_down_ends_the_call_with_its_reason(ring: Any) -> None:
    def down(core: FakeCore) -> None:
        core.app_down = AppUnreachable("The app does not answer: try later.")

    phone = await ring(prepare=down)
    assert phone.call.told == ["The app does not answer: try later."]
    assert phone.holding.done()


async def test_what_nobody_understands_is_answered_by_listening(ring: Any) -> None:
    phone = await ring(earcons=True)
    tones = len(phone.call.pieces)
    await phone.say("")
    assert not phone.commands(Say)
    assert phone.call.state == "listening"
    assert len(phone.call.pieces) > tones, "a tone says so"
    assert await works(phone)


@pytest.mark.parametrize(
    ("part", "knob", "value", "sentence"),
    [
        ("speech", "fails", "The recogniser is gone: start it again.", "The recogniser is gone: start it again."),
        ("core", "denies", "You have asked enough for today.", "You have asked enough for today."),
        ("core", "store_down", True, "The database does not answer: try again."),
    ],
    ids=["a recogniser that fails", "what a person may not do", "a question that cannot be stored"],
)
async def test_what_keeps_a_question_from_being_asked_is_told_and_the_call_goes_on(
    ring: Any, part: str, knob: str, value: str | bool, sentence: str
) -> None:
    phone = await ring()
    setattr(getattr(phone, part), knob, value)
    await phone.say("What is new?")
    assert phone.call.told == [sentence]
    assert phone.call.state == "listening"
    setattr(getattr(phone, part), knob, type(value)())
    assert await works(phone)


async def test_a_voice_that_fails_is_told_once_and_the_reply_is_written(ring: Any) -> None:
    phone = await ring()
    await phone.say("What is new?")
    phone.speech.fails = "The voice is gone: start it again."
    await phone.answer("One. Two. Three.")
    assert phone.call.told == ["The voice is gone: start it again."]
    assert phone.call.state == "listening"
    phone.speech.fails = ""
    assert await works(phone)


async def test_an_app_that_fails_says_why_aloud(ring: Any) -> None:
    phone = await ring()
    await phone.say("What is new?")
    await phone.answer(reply(state="failed", error="The model is on fire."))
    assert [text for text, _ in phone.speech.spoken] == ["The model is on fire."]
    assert await works(phone)


async def test_an_app_that_takes_a_minute_is_waited_for_and_people_hear_it(ring: Any) -> None:
    phone = await ring(earcons=True, thinking_after_s=2, thinking_every_s=5)
    await phone.say("Why?")
    before = len(phone.call.pieces)
    await phone.call.wait(60)
    assert len(phone.call.pieces) - before == 12
    assert max(abs(phone.call.pieces[-1].pcm.astype(int)).max(), 1) < 2_000, "softly"
    assert phone.call.state == "thinking"
    await phone.answer("Because.")
    assert phone.call.state == "listening"


async def test_a_turn_that_is_taken_back_is_not_waited_for(ring: Any) -> None:
    phone = await ring()
    await phone.say("Why?")
    phone.core.conversation(phone.turn.conversation).turns.clear()
    await phone.call.wait(3)
    assert phone.call.state == "listening"


@pytest.mark.parametrize(
    "array",
    [
        np.empty(0, np.float32),
        np.empty((0, 2), np.int16),
        np.full(16_000, np.nan, np.float32),
        np.full(16_000, np.inf, np.float64),
        np.full((16_000, 2), -32_768, np.int16),
    ],
    ids=["nothing", "nothing in stereo", "NaN", "infinite", "clipped"],
)
async def test_odd_sound_does_no_harm(ring: Any, array: np.ndarray) -> None:
    phone = await ring()
    await phone.call.hear(array)
    await phone.call.wait(1.0)
    phone.speech.words.clear()
    assert not phone.call.told
    await phone.call.press("interrupt")
    assert await works(phone)


@pytest.mark.parametrize(
    ("array", "rate"),
    [
        (np.ones(100, np.float32), 3),
        (np.ones(100, np.float32), -16_000),
        (np.ones((2, 48_000), np.float32), 48_000),
        (np.ones(100, np.complex64), 16_000),
        (np.float32(1.0).reshape(()), 16_000),
    ],
    ids=["3 Hz", "no rate", "channels first", "complex", "a number"],
)
async def test_what_is_no_sound_is_told_once(ring: Any, array: np.ndarray, rate: int) -> None:
    phone = await ring()
    for _ in range(3):
        await phone.call.hear(array, rate)
    assert len(phone.call.told) == 1
    assert await works(phone)


async def test_ten_million_samples_at_once_let_others_be_heard(ring: Any) -> None:
    phone = await ring(cap_s=30)
    await phone.call.hear(np.zeros(10_000_000, np.int8))
    assert phone.call.state == "listening"
    assert await works(phone)


async def test_an_hour_of_silence_is_nothing(ring: Any) -> None:
    phone = await ring()
    await phone.call.speak(0.1)
    await phone.clock.advance(3_600)
    assert phone.call.states == ["listening"]
    assert not phone.speech.heard
    assert await works(phone)


@pytest.mark.parametrize(("late_s", "hole"), [(0.1, False), (0.18, False), (0.5, True)])
async def test_packets_that_only_come_late_leave_no_hole(ring: Any, late_s: float, hole: bool) -> None:
    phone = await ring()
    packet = np.full(320, LOUD, np.float32)
    await phone.call.speak(1.0)
    await phone.call.wait(late_s)
    for _ in range(round(late_s / 0.02)):
        await phone.call.hear(packet)
    await phone.call.speak(1.0)
    await phone.call.wait(1.5)
    ((sound, _),) = phone.speech.heard
    pcm = np.frombuffer(sound[44:], "<i2")
    said = np.flatnonzero(pcm)
    assert (0 in pcm[said[0] : said[-1]]) is hole
    assert len(said) == pytest.approx((2 + late_s) * 16_000, rel=0.02)


async def test_speech_without_end_is_cut_at_the_cap(ring: Any) -> None:
    phone = await ring(cap_s=2)
    phone.speech.words += ["one", "two"]
    await phone.call.speak(4.5)
    assert len(phone.speech.heard) == 2
    assert phone.call.asked[-1] == ("ann", "one two", None)


@pytest.mark.parametrize("sound", [b"no sound at all" * 100, b"", b"RIFF\x00\x00\x00\x00WAVEfmt "])
async def test_a_reply_of_broken_sound_is_told(ring: Any, sound: bytes) -> None:
    phone = await ring(profile={"accepts": HEARS, "voice": Voice(speaks=("Reply",), live=True)})
    await phone.call.speak(3.0)
    await phone.call.wait(1.0)
    phone.core.app.sounds["/live"] = [sound]
    await phone.answer(reply(Media("audio", AppFile("/live", live=True))))
    assert len(phone.call.told) == 1
    assert phone.call.state == "listening"


async def test_a_sound_that_breaks_off_is_heard_as_far_as_it_goes(ring: Any) -> None:
    phone = await ring()
    await phone.say("Sing.")
    sound = wav(np.full(16_000, 1_000, np.int16), 16_000)
    phone.core.app.sounds["/live"] = [sound, MediaError("The sound breaks off.")]
    await phone.answer(reply(Media("audio", AppFile("/live", live=True))))
    assert phone.call.told == ["The sound breaks off."]
    assert len(phone.call.heard) > 0.8 * phone.call.rate
    assert phone.call.state == "listening"


async def test_a_lost_line_hears_and_plays_nothing_and_then_goes_on(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    phone.turn.show("One two three. Four")
    await phone.call.wait(0.1)
    await phone.call.line(up=False)
    assert phone.call.state == "connecting"
    pieces = len(phone.call.pieces)
    await phone.call.speak(0.5)
    await phone.finish("One two three. Four five six.")
    await phone.call.wait(2.0)
    assert len(phone.call.pieces) == pieces
    assert not phone.call.stops
    await phone.call.line(up=True)
    assert phone.call.state == "speaking"
    await phone.call.wait(1.0)
    assert len(phone.call.heard) == 6 * phone.call.rate // 10
    assert phone.call.state == "listening"


async def test_who_does_not_consent_is_not_listened_to(ring: Any) -> None:
    phone = await ring(joined=False)
    await phone.call.join("ann", consents=False)
    await phone.say("Nobody hears this.")
    assert not phone.speech.heard
    phone.speech.words.clear()
    await phone.call.join("ann")
    await phone.say("What is new?")
    assert len(phone.commands(Say)) == 1


async def test_who_takes_consent_back_in_the_middle_is_forgotten(ring: Any) -> None:
    phone = await ring()
    await phone.call.speak(0.6)
    await phone.call.join("ann", consents=False)
    await phone.call.wait(1.0)
    assert not phone.speech.heard
    assert phone.call.state == "listening"


async def test_who_leaves_in_the_middle_is_not_waited_for(ring: Any) -> None:
    phone = await ring()
    await phone.call.join("bob")
    await phone.call.speak(0.6)
    await phone.call.go("ann")
    assert phone.call.state == "listening"
    await phone.call.hear(np.ones(16_000, np.float32), name="nobody")
    assert phone.call.state == "listening"
    await phone.say("Hello?", name="bob")
    assert phone.commands(Say)[-1].speaker.name == "Bob"


async def test_a_platform_that_refuses_everything_does_not_end_the_call(ring: Any) -> None:
    phone = await ring()
    phone.call.refuses = True
    await phone.say("What is new?")
    await phone.finish("Nothing.")
    await phone.call.wait(0.5)
    phone.call.refuses = False
    assert await works(phone)


async def test_what_is_hung_up_on_was_not_heard(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two three. Four five six.")
    await phone.call.wait(0.4)
    await phone.call.press("leave")
    assert [event.command for event in phone.core.events[-2:]] == [
        Stop(phone.turn.id),
        Heard(phone.turn.id, text="One two three. Four"),
    ]
    assert phone.holding.done()
    assert not phone.bridge.calls


async def test_who_hangs_up_while_the_app_thinks_finds_the_answer_in_the_chat(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.call.press("leave")
    assert not phone.commands(Stop)
    await phone.finish("One.")
    assert phone.turn.state == "delivered"


async def test_an_app_that_does_not_heed_stop_delays_the_next_question_only_so_long(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two three. Four five six.")
    await phone.call.wait(0.2)
    phone.core.hearing = asyncio.Event()
    await phone.say("And now?")
    assert len(phone.commands(Say)) == 1
    await phone.call.wait(5.0)
    assert len(phone.commands(Say)) == 2
    phone.core.hearing.set()


async def test_a_call_is_held_once(ring: Any) -> None:
    phone = await ring()
    with pytest.raises(UsageError, match="already"):
        await phone.calls.hold(FakeCall(phone.clock))


async def test_calls_end_with_the_bridge(ring: Any) -> None:
    phone = await ring()
    assert phone.bridge.calls == ("call-1",)
    phone.running.cancel()
    await settle(100)
    assert phone.call.left
    assert phone.holding.done()
    assert not phone.bridge.calls
    with pytest.raises(UsageError, match="voice bridge"):
        await phone.calls.hold(FakeCall(phone.clock))


async def test_the_reply_of_a_call_that_is_gone_is_posted_and_not_heard(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.call.press("leave")
    before = len(phone.call.pieces)
    await phone.finish("One.")
    assert len(phone.call.pieces) == before
    assert phone.turn.posted == (f"{phone.turn.id}.speech",)
