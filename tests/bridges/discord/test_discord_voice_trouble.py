"""What goes wrong in a call: the way there, what nobody foresaw, keys that fit nobody, lost rights."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import discord as library
import pytest

from fakes.discord.calling import Lounge, Taken, Taker, lounge_on
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.voice import sound
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import STAGE, Channel, Guild, Permission
from trunkline.calls import Calls, VoiceTransport
from trunkline_bridges.discord.speaking import line
from trunkline_bridges.discord.speaking.ears import UNREADABLE


@pytest.fixture
def now() -> Callable[[], float]:
    """The library sleeps in real time."""
    return time.time


@pytest.fixture
async def call(
    discord: FakeDiscord, voice: FakeVoice, unlimited: None, home: Guild, lounge: Channel, tmp_path: Path
) -> AsyncIterator[Lounge]:
    async with lounge_on(discord, voice, lounge, tmp_path) as made:
        yield made


async def reads(call: Lounge, person: Person, sentence: str) -> None:
    """It stands in the chat of the call."""
    await call.discord.world.until(lambda: any(sentence in text for text in person.texts(call.channel)))


async def says(taken: Taken, caller: Caller) -> None:
    """They are heard."""
    before = len(taken.heard(caller))
    await caller.say(sound.tone(0.3))
    await taken.until(lambda: len(taken.heard(caller)) >= before + 4_800)


# The way there


async def test_a_lost_discovery_is_asked_again(call: Lounge, ada: Person) -> None:
    call.voice.unanswered = 2
    began = time.monotonic()
    caller, taken = await call.joined(ada)
    assert time.monotonic() - began < 8
    await says(taken, caller)


async def test_the_reader_of_the_socket_may_begin_late(
    call: Lounge, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from discord.voice_state import SocketReader

    run = SocketReader.run
    went = asyncio.Event()

    def late(self: SocketReader) -> None:
        asyncio.run_coroutine_threadsafe(went.wait(), self.state.voice_client.loop).result()
        run(self)

    monkeypatch.setattr(SocketReader, "run", late)
    call.voice.join(ada, call.channel)
    act = ada.slash(call.channel, "join")
    with contextlib.suppress(TimeoutError):
        # As far as it comes without the thread.
        await call.voice.until(lambda: call.voice.sent(0), 0.5)
    went.set()
    assert "I am in" in await call.told(act)


async def test_a_new_socket_has_not_the_number_of_the_one_before(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    state = taken.call.line._connection
    for _ in range(2):
        number = state.socket.fileno()
        call.voice.close(4015)
        await taken.until(lambda: not taken.up)
        await taken.until(lambda: taken.up)
        # Its reader may still wait for the old one, by its number.
        assert state.socket.fileno() != number
    assert "left" in await call.told(ada.slash(call.channel, "leave"))


@pytest.mark.parametrize("senseless", [b"", b"\0nothing that MLS knows"])
async def test_messages_that_make_no_sense_cost_a_connection_and_no_call(
    call: Lounge, ada: Person, senseless: bytes
) -> None:
    caller, taken = await call.joined(ada)
    (await call.voice.connected(call.channel)).write_binary(27, senseless)
    await taken.until(lambda: not taken.up)
    await taken.until(lambda: taken.up)
    await call.voice.connected(call.channel)
    await caller.ready()
    await says(taken, caller)


async def test_a_leave_that_is_told_twice_does_not_end_the_call(call: Lounge, ada: Person) -> None:
    caller, taken = await call.joined(ada)
    dispatch = call.discord.gateway.dispatch

    def twice(kind: str, *rest: Any) -> None:
        dispatch(kind, *rest)
        if kind == "VOICE_STATE_UPDATE":
            dispatch(kind, *rest)

    call.voice.states._gateway = type("Gateway", (), {"dispatch": staticmethod(twice)})()
    call.voice.close(4006)
    await taken.until(lambda: not taken.up)
    await taken.until(lambda: taken.up)
    await call.voice.connected(call.channel)
    await caller.ready()
    await says(taken, caller)
    assert not taken.over


async def test_the_way_is_kept_open(call: Lounge, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "KEEP_ALIVE_S", 0.02)
    _, taken = await call.joined(ada)
    await call.voice.until(lambda: call.voice.kept_alive >= 3)
    assert call.voice.refused == []
    assert not taken.over


# What nobody foresaw


class Breaking(Taker):
    """Its calls break by an error that is nobody's."""

    async def __call__(self, transport: VoiceTransport) -> None:
        self.taken.append(Taken(transport))
        raise ZeroDivisionError


async def test_an_unforeseen_error_ends_the_call_with_a_sentence(
    discord: FakeDiscord, voice: FakeVoice, unlimited: None, ada: Person, lounge: Channel, tmp_path: Path
) -> None:
    calls = Calls()
    calls.take(Breaking())
    async with lounge_on(discord, voice, lounge, tmp_path, calls=calls) as call:
        voice.join(ada, lounge)
        assert "I am in" in await call.told(ada.slash(lounge, "join"))
        await reads(call, ada, "The call broke off: something went wrong here.")
        await voice.until(lambda: (lounge.guild_id, voice.bot.id) not in discord.world.voice_states)


async def test_a_reply_that_cannot_be_sent_does_not_hold_the_call(
    call: Lounge, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, taken = await call.joined(ada)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the socket is not what it was")

    with monkeypatch.context() as broken:
        broken.setattr(library.VoiceClient, "send_audio_packet", fails)
        await taken.transport.play(sound.tone(1))
        await taken.transport.ended()
        await asyncio.wait_for(taken.transport.drained(), 5)
        await reads(call, ada, "could not be played")
    await says(taken, caller)
    await taken.transport.play(sound.tone(0.2))
    await taken.transport.ended()
    await call.voice.heard(call.channel).frames(8)


async def test_a_panel_that_could_not_be_changed_is_changed_later(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    await call.panel(ada, "I hear: Ada")
    call.discord.faults.error("edit", 503)
    await taken.transport.show("thinking")
    await call.panel(ada, "Thinking")


# Keys that fit nobody


async def test_when_nobody_can_be_decrypted_the_keys_are_agreed_on_anew(call: Lounge, ada: Person) -> None:
    caller, taken = await call.joined(ada)
    await says(taken, caller)
    call.voice.network.garbled = True
    await caller.say(sound.tone((UNREADABLE + 5) / 50), pace=0.1)
    await reads(call, ada, "cannot decrypt what is said here")
    await taken.until(lambda: not taken.up)
    call.voice.network.garbled = False
    await taken.until(lambda: taken.up)
    await call.voice.connected(call.channel)
    await caller.ready()
    await says(taken, caller)
    assert not taken.over


async def test_a_call_in_which_nobody_can_be_decrypted_ends(call: Lounge, ada: Person) -> None:
    caller, taken = await call.joined(ada)
    call.voice.network.garbled = True
    await caller.say(sound.tone((UNREADABLE + 5) / 50), pace=0.1)
    await taken.until(lambda: not taken.up)
    await taken.until(lambda: taken.up)
    await call.voice.connected(call.channel)
    await caller.ready()
    await caller.say(sound.tone((UNREADABLE + 5) / 50), pace=0.1)
    await taken.until(lambda: taken.over)
    await reads(call, ada, "still cannot decrypt")


# What people do


async def test_leaving_amid_a_reply_ends_it(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    await taken.transport.play(sound.tone(2.5))
    await call.voice.heard(call.channel).frames(5)
    assert "left" in await call.told(ada.slash(call.channel, "leave"))
    await taken.until(lambda: taken.over)
    await asyncio.wait_for(taken.transport.drained(), 1)
    await taken.transport.play(sound.tone(0.1))


async def test_a_channel_is_deleted(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    call.voice.delete(call.channel)
    await taken.until(lambda: taken.over)
    await call.voice.until(lambda: call.bridge._desk.rooms.call_in(str(call.channel.guild_id)) is None)  # type: ignore[union-attr]


async def test_who_may_not_speak_any_more_says_so_once(call: Lounge, ada: Person) -> None:
    caller, taken = await call.joined(ada)
    call.voice.states.change(call.voice.bot.id, call.channel, suppress=True)
    await reads(call, ada, "I am muted here")
    call.voice.states.change(call.voice.bot.id, call.channel, self_deaf=False)
    await says(taken, caller)
    assert sum("I am muted here" in text for text in ada.texts(call.channel)) == 1


# Stages


@pytest.fixture
def stage(discord: FakeDiscord, home: Guild) -> Channel:
    return discord.channel(home, "Stage", kind=STAGE)


async def test_on_a_stage_it_makes_itself_a_speaker(call: Lounge, ada: Person, stage: Channel) -> None:
    call.channel = stage
    caller, taken = await call.joined(ada)
    await call.voice.until(lambda: not call.voice.states.of(call.voice.bot.id, stage).suppress)
    await says(taken, caller)
    await taken.transport.play(sound.tone(0.2))
    await taken.transport.ended()
    await call.voice.heard(stage).frames(8)


async def test_on_a_stage_it_asks_where_it_may(call: Lounge, ada: Person, stage: Channel) -> None:
    call.channel = stage
    call.discord.forbid(stage, Permission.MUTE_MEMBERS)
    await call.joined(ada)
    await reads(call, ada, "I asked to speak")
    assert len(call.discord.stages.requests) == 1


async def test_on_a_stage_it_says_what_it_needs(call: Lounge, ada: Person, stage: Channel) -> None:
    call.channel = stage
    call.discord.forbid(stage, Permission.MUTE_MEMBERS | Permission.REQUEST_TO_SPEAK)
    await call.joined(ada)
    await reads(call, ada, "Mute Members or Request to Speak")
    assert call.discord.stages.requests == []
