"""Calls over the WebSocket: what is said and heard, to the sample."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from fakes.taker import FakeTaker
from fakes.web_calling import HEADER, INPUT, OUTPUT, frames, heard, ramp, read, spoken, start, tell_played
from fakes.web_server import Served
from trunkline.calls import Joined, Pressed, Sound


async def test_what_a_visitor_says_is_heard_in_their_chat(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await tab.say("hello")
    await (await web.core.begun()).finish("Hi.")
    await tab.until(lambda: tab.replied() == "Hi.")
    call = await start(tab, language="fr", voice="siwis", speed=1.5)
    voice = await taker.call()
    sound = (1000 * np.sin(np.arange(640) / 7)).astype(np.int16)
    await tab.binary(spoken(call, sound[:320]))
    await tab.binary(spoken(call, sound[320:], 320))

    pieces = await taker.told(2, Sound)
    joined = taker.events[0]
    assert isinstance(joined, Joined)
    assert joined.talker.consents
    assert joined.talker.speaker.user_id == web.core.events[-1].speaker.user_id
    assert [piece.chunk[0] for piece in pieces if isinstance(piece, Sound)] == [INPUT, INPUT]
    got = np.concatenate([piece.chunk[1] for piece in pieces if isinstance(piece, Sound)])
    assert np.array_equal(got, sound)
    assert (voice.conversation, voice.bridge, voice.echoes) == (tab.conversation, "web", True)
    assert voice.place == web.core.events[0].place
    assert (voice.tuning.language, voice.tuning.voice, voice.tuning.speed) == ("fr", "siwis", 1.5)


async def test_what_is_answered_aloud_reaches_the_page_whole_and_in_order(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    voice = await taker.call()
    await voice.show("speaking", "One, two.")
    await voice.play(ramp(5000).reshape(-1, 1))
    await voice.play(ramp(77))
    await voice.ended()
    await voice.play(ramp(10))
    await tab.until(lambda: 2 in heard(tab) and len(heard(tab)[2]) == 10)

    assert heard(tab)[1] == [*ramp(5000).tolist(), *ramp(77).tolist()]
    flags = [HEADER.unpack_from(data)[3] for data in tab.sounds if HEADER.unpack_from(data)[5] == 1]
    assert flags == [0] * (len(flags) - 1) + [1]
    assert max(len(data) for data in tab.sounds) <= HEADER.size + 2 * OUTPUT // 5
    assert frames(tab, "call.caption")[-1] | {"call": 0} == {
        "type": "call.caption",
        "call": 0,
        "role": "assistant",
        "text": "One, two.",
        "final": True,
    }


async def test_a_reply_is_never_more_than_three_seconds_ahead_of_the_ear(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    playing = asyncio.create_task(voice.play(np.zeros(OUTPUT * 10, np.int16)))
    await tab.until(lambda: len(heard(tab).get(1, ())) >= 3 * OUTPUT)
    await read(tab)
    assert len(heard(tab)[1]) <= 3.1 * OUTPUT
    assert not playing.done()

    await tell_played(tab, call, 1, 2 * OUTPUT)
    await tab.until(lambda: len(heard(tab)[1]) >= 5 * OUTPUT)
    assert len(heard(tab)[1]) <= 5.1 * OUTPUT
    assert voice.played == 2 * OUTPUT
    for second in range(3, 9):
        await tell_played(tab, call, 1, second * OUTPUT)
        least = min(10, second + 3) * OUTPUT
        await tab.until(lambda least=least: len(heard(tab)[1]) >= least)  # type: ignore[misc]
    async with asyncio.timeout(15):
        await playing
    await voice.ended()
    draining = asyncio.create_task(voice.drained())
    await read(tab)
    assert voice.played == 8 * OUTPUT
    assert not draining.done()
    await tell_played(tab, call, 1, 10 * OUTPUT, done=True)
    async with asyncio.timeout(15):
        await draining
    assert voice.played == 10 * OUTPUT


async def test_an_interrupted_reply_counts_as_far_as_it_was_heard(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    await voice.play(np.zeros(OUTPUT, np.int16))
    stuck = asyncio.create_task(voice.play(np.zeros(10 * OUTPUT, np.int16)))
    await tab.until(lambda: len(heard(tab).get(1, ())) >= 3 * OUTPUT)
    await tell_played(tab, call, 1, 1000)
    stopping = asyncio.create_task(voice.stop_playing())
    await tab.until(lambda: bool(frames(tab, "call.flush")))
    assert frames(tab, "call.flush")[-1]["track"] == 1
    await tell_played(tab, call, 1, 1234, done=True)
    async with asyncio.timeout(15):
        await asyncio.gather(stopping, stuck, voice.drained())
    sent = len(heard(tab)[1])

    assert voice.played == 1234
    await voice.play(ramp(5))
    await tab.until(lambda: heard(tab).get(2) == ramp(5).tolist())
    assert len(heard(tab)[1]) == sent, "nothing more of the old one comes"


async def test_what_a_page_reports_is_believed_as_far_as_it_can_be(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    await voice.play(np.zeros(1000, np.int16))
    await tell_played(tab, call, 1, 10**9)
    await tell_played(tab, call, 1, 3)
    await tell_played(tab, call, 7, 10**9, done=True)
    await tell_played(tab, call + 1, 1, 0, done=True)
    await read(tab)
    assert voice.played == 1000


async def test_a_page_that_plays_nothing_loses_what_it_was_sent(
    web: Served, taker: FakeTaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline_bridges.web.voice.transport.STALL_SECONDS", 0.05)
    tab = await web.visit()
    await start(tab)
    voice = await taker.call()
    await voice.play(np.zeros(OUTPUT, np.int16))
    async with asyncio.timeout(15):
        await voice.drained()
    assert voice.played == 0
    await tab.until(lambda: bool(frames(tab, "call.flush")))


async def test_nothing_is_heard_of_who_is_muted(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    await taker.call()
    await tab.give({"type": "call.mute", "call": call, "on": True})
    await tab.binary(spoken(call, ramp(320)))
    await tab.give({"type": "call.mute", "call": call, "on": False})
    await tab.binary(spoken(call, ramp(160)))
    (sound,) = await taker.told(1, Sound)
    assert isinstance(sound, Sound)
    assert len(sound.chunk[1]) == 160


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x01",
        spoken(1, ramp(0)),
        spoken(1, ramp(320), version=2),
        spoken(1, ramp(320), kind=2),
        spoken(1, ramp(320), codec=1),
        spoken(1, ramp(320)) + b"\x00",
        spoken(1, ramp(INPUT // 5 + 1)),
        spoken(99, ramp(320)),
    ],
    ids=["empty", "short", "silent", "version", "kind", "codec", "odd", "long", "another call"],
)
async def test_frames_that_are_none_are_dropped(bad: bytes, web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    assert await start(tab) == 1
    await taker.call()
    await tab.binary(bad)
    await tab.binary(spoken(1, ramp(17)))
    (sound,) = await taker.told(1, Sound)
    assert isinstance(sound, Sound)
    assert len(sound.chunk[1]) == 17
    assert not tab.errors


async def test_sound_that_comes_faster_than_it_is_heard_is_dropped(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    await taker.call()
    for _ in range(100):
        await tab.binary(spoken(call, ramp(INPUT // 5)))
    await read(tab)
    await tab.give({"type": "call.press", "call": call, "control": "stop"})
    await taker.told(1, Pressed)

    seconds = sum(len(event.chunk[1]) for event in taker.events if isinstance(event, Sound)) / INPUT
    assert 4.5 <= seconds <= 10
