"""Calls beside all else that goes on: what takes long, what outlasts a call, and who must not wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from structlog.testing import capture_logs

from fakes.backend import reply
from fakes.calls import FakeCall, Recogniser
from fakes.clock import settle
from trunkline.audio.codecs import wav
from trunkline.backend import Accepts
from trunkline.calls import Left, Pressed
from trunkline.errors import Denied
from trunkline.inbound import Heard, Say, Stop
from trunkline.messages import AppFile, Media
from trunkline.utterance import Voice

HEARS = Accepts(files=True, file_types=("audio",), speech=True)


async def works(phone: Any) -> bool:
    """Whether a question is still answered aloud."""
    before = len(phone.speech.spoken)
    phone.speech.words.clear()
    await phone.say("Still there?")
    await phone.answer("Yes.")
    return [text for text, _ in phone.speech.spoken[before:]] == ["Yes."]


async def test_engines_are_woken_when_a_call_begins_and_may_fail_at_it(ring: Any) -> None:
    broken = Recogniser()
    broken.fails = "The model is missing."
    phone = await ring(speech=broken)
    assert phone.speech.woken == 1
    assert phone.call.told == []
    broken.fails = ""
    assert await works(phone)


async def test_who_interrupts_and_hangs_up_at_once_has_still_stopped_the_app(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two three. Four five six.")
    await phone.call.wait(0.4)
    phone.call._events.put_nowait(Pressed("interrupt"))
    await phone.call.press("leave")
    assert [event.command for event in phone.core.events[-2:]] == [
        Stop(phone.turn.id),
        Heard(phone.turn.id, text="One two three. Four"),
    ]
    assert phone.holding.done()


async def test_a_call_ends_though_the_core_keeps_the_end_of_a_turn_waiting(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two three. Four five six.")
    await phone.call.wait(0.4)
    phone.core.hearing = asyncio.Event()
    await phone.call.press("interrupt")
    await phone.call.press("leave")
    assert not phone.holding.done()
    await phone.call.wait(6)
    assert phone.holding.done()


async def test_a_long_sound_in_one_piece_is_heard_from_its_beginning(ring: Any) -> None:
    """Decoded as a whole it would be more than is decoded at once."""
    phone = await ring()
    await phone.say("Read me the book.")
    phone.core.app.sounds["/book"] = [wav(np.full(11 * 60 * 4_000, 1_000, np.int16), 4_000)]
    await phone.finish(reply(Media("audio", AppFile("/book", live=True))))
    await phone.call.wait(1.0)
    assert phone.call.told == []
    assert phone.call.state == "speaking"
    await phone.call.press("interrupt")
    assert len(phone.call.heard) > 0.9 * phone.call.rate


async def test_while_a_long_chunk_is_looked_at_others_go_on(ring: Any) -> None:
    phone = await ring()
    sound = np.zeros(16_000 * 300, np.int8)
    hearing = asyncio.create_task(phone.call.hear(sound))
    # Each step of the loop hears a second at most, so that many are to come yet.
    await settle(30)
    phone.call._events.put_nowait(Left("ann"))
    await settle(30)
    assert phone.call._events.qsize() == 1
    await hearing
    await settle(400)
    assert phone.call._events.qsize() == 0


class Tongueless(FakeCall):
    """Its platform takes no message for as long as the test wants."""

    async def say(self, text: str) -> None:
        await super().say(text)
        await asyncio.Event().wait()


async def test_a_message_that_does_not_get_through_keeps_nobody_from_being_heard(ring: Any) -> None:
    phone = await ring(transport=Tongueless)
    await phone.call.hear(np.ones(100, np.complex64))
    phone.speech.fails = "The recogniser is gone."
    await phone.say("What is new?")
    assert len(phone.call.told) == 2
    phone.speech.fails = ""
    assert await works(phone)


async def test_an_app_that_may_not_be_listened_to_ends_no_call(ring: Any) -> None:
    phone = await ring(
        profile={
            "accepts": Accepts(files=True, file_types=("audio",), speech=True),
            "voice": Voice(stream_every=0.5),
        }
    )
    phone.core.unheard = Denied("Not here.")
    await phone.call.speak(1.0)
    await phone.call.wait(1.0)
    assert not phone.holding.done()
    assert len(phone.commands(Say)) == 1


async def test_nothing_that_anybody_says_is_logged(ring: Any) -> None:
    secret = "xyzzy"
    with capture_logs() as logged:
        phone = await ring(record=True)
        await phone.say(f"The word is {secret}.")
        await phone.answer(f"I keep {secret} to myself.")
        phone.speech.fails = f"The voice cannot say {secret}."
        await phone.say(f"Say {secret}.")
        phone.speech.fails = ""
        await phone.say(f"{secret}?")
        phone.core.store_down = True
        await phone.say(f"{secret}!")
        await phone.call.press("leave")
    assert any(one["event"] == "spoken answer begins" for one in logged)
    assert secret not in repr(logged)
    assert "Ann" not in repr(logged)
