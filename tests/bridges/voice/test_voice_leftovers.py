"""A detected pause is a received event: neither a lost line, nor the end of a call, nor a crash loses it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fakes.calls import Recogniser
from fakes.clock import settle
from fakes.telephone import Telephone
from trunkline.errors import StoreError
from trunkline.inbound import Say
from trunkline.messages import Media, Text
from trunkline.words import words
from trunkline_bridges.voice.held import CALL, KEPT_S, LEASE_S, UTTERANCE
from trunkline_bridges.voice.leftovers import LOOK_S


class Slow(Recogniser):
    """Understands nothing before it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        await self.let.wait()
        return await super().transcribe(sound, language=language)


def asked(phone: Telephone) -> list[str]:
    """What the core was asked."""
    commands = [event.command for event in phone.commands(Say)]
    return [part.text for one in commands if isinstance(one, Say) for part in one.parts if isinstance(part, Text)]


def held(phone: Telephone, kind: str = UTTERANCE) -> list[str]:
    vault: Any = phone.bridge._wiring.vault
    return [key for of, key in vault.held if of == kind]


async def looks(phone: Telephone) -> None:
    """Leftovers are looked for once more."""
    await phone.call.wait(LOOK_S + 0.1)
    await settle(60)


async def test_what_was_said_when_the_line_is_lost_is_asked(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    await phone.call.line(up=False)
    phone.speech.let.set()
    await settle(60)
    assert asked(phone) == ["What is new?"]


async def test_nothing_is_held_once_it_is_asked(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    assert len(held(phone)) == 1
    phone.speech.let.set()
    await settle(60)
    assert asked(phone) == ["What is new?"]
    assert held(phone) == []


async def test_what_was_said_when_the_call_ends_is_asked_once(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    await phone.call.leave()
    await phone.holding
    assert held(phone, CALL) == []
    assert asked(phone) == []
    phone.speech.let.set()
    await looks(phone)
    await looks(phone)
    assert asked(phone) == ["What is new?"]
    assert held(phone) == []
    event = phone.commands(Say)[0]
    assert event.place == phone.call.place
    assert event.speaker.user_id == "ann"


async def test_a_call_that_is_held_asks_for_itself(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    await phone.call.wait(LEASE_S + 2 * LOOK_S)
    assert held(phone, CALL) == [phone.call.name]
    phone.speech.let.set()
    await settle(60)
    assert asked(phone) == ["What is new?"]


async def test_the_same_key_whoever_asks(ring: Any) -> None:
    """A process that dies between the store and the vault: the core knows the event again."""
    phone = await ring()
    vault: Any = phone.bridge._wiring.vault
    await phone.say("What is new?")
    key = phone.commands(Say)[0].event_key
    other = await ring(speech=Slow())
    await other.say("What is new?")
    (utterance,) = held(other)
    assert key.startswith(f"voice:{phone.call.name}:")
    await other.call.leave()
    await other.holding
    other.speech.let.set()
    await looks(other)
    assert other.commands(Say)[0].event_key == f"voice:{other.call.name}:{utterance}"
    assert (UTTERANCE, key.rpartition(":")[2]) not in vault.held


async def test_what_cannot_be_asked_now_is_asked_later(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    await phone.call.leave()
    await phone.holding
    phone.speech.let.set()
    phone.speech.fails = "The recogniser is gone: start it again."
    await looks(phone)
    assert len(held(phone)) == 1
    phone.speech.fails = ""
    phone.speech.words.append("What is new?")
    await looks(phone)
    assert asked(phone) == ["What is new?"]


async def test_who_goes_or_stops_wants_no_answer(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    await phone.call.go()
    assert held(phone) == []
    await phone.call.join()
    await phone.say("And now?")
    assert len(held(phone)) == 1
    await phone.call.press("stop")
    assert held(phone) == []


async def test_a_store_that_is_down_keeps_nobody_from_talking(ring: Any) -> None:
    phone = await ring()
    vault: Any = phone.bridge._wiring.vault
    vault.down = StoreError("The database is gone.")
    await phone.say("What is new?")
    assert asked(phone) == ["What is new?"]


async def test_what_is_held_goes_with_what_is_stored_of_its_speaker(ring: Any) -> None:
    phone = await ring(speech=Slow())
    await phone.say("What is new?")
    vault: Any = phone.bridge._wiring.vault
    (utterance,) = held(phone)
    assert vault.whose[UTTERANCE, utterance].user_id == "ann"
    assert vault.held[UTTERANCE, utterance][1] == pytest.approx(phone.clock.now() + KEPT_S, abs=1.5)
    assert f"{KEPT_S / 60:g} minutes" in words("discord_voice_consent")


@pytest.mark.parametrize("goes", [True, False])
async def test_who_takes_back_that_they_may_be_heard_is_not_asked_after(ring: Any, goes: bool) -> None:
    phone = await ring(speech=Slow())
    await phone.call.join("ben")
    await phone.say("My secret.")
    await phone.say("What is new?", name="ben")
    if goes:
        await phone.call.go()
    else:
        await phone.call.join(consents=False)
    phone.speech.let.set()
    await settle(80)
    assert asked(phone) == ["What is new?"]
    assert held(phone) == []


@pytest.mark.parametrize("record", [False, True])
async def test_what_is_asked_after_the_call_stands_with_its_transcript(ring: Any, record: bool) -> None:
    phone = await ring(speech=Slow(), record=record)
    await phone.say("What is new?")
    await phone.call.leave()
    await phone.holding
    phone.speech.let.set()
    await looks(phone)
    (event,) = phone.commands(Say)
    assert event.target["said"] == "What is new?"
    assert isinstance(event.command, Say)
    sounds = [part for part in event.command.parts if isinstance(part, Media)]
    assert [one.recording for one in sounds] == [True] * record
    assert ("recording" in event.target) == record
