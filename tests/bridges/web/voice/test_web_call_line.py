"""Calls over the WebSocket when it breaks off, or the server stops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from fakes.taker import Ears, FakeTaker
from fakes.web_calling import OUTPUT, PatientClock, heard, ramp, read, spoken, start, state, tell_played
from fakes.web_server import Served, serving
from trunkline.calls import Calls, Line, Sound, VoiceTransport
from trunkline_bridges.web.voice.calling import RESUME_SECONDS


async def test_a_call_goes_on_after_the_connection_was_lost(
    web: Served, taker: FakeTaker, clock: PatientClock
) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    await voice.show("speaking")
    await voice.play(ramp(OUTPUT))
    await tell_played(tab, call, 1, 600)
    await read(tab)
    assert voice.played == 600
    waiting = asyncio.create_task(voice.play(np.zeros(3 * OUTPUT, np.int16)))
    await tab.until(lambda: len(heard(tab)[1]) >= 3 * OUTPUT)
    await tab.drop()
    assert await taker.told(1, Line) == [Line(up=False)]
    assert not waiting.done()
    tab.sounds.clear()

    await tab.connect()
    ack = await tab.ask("call.start", codec="pcm_s16le", resume=call)
    assert ack["outcome"] == "done"
    assert await taker.told(2, Line) == [Line(up=False), Line(up=True)]
    assert state(tab) == "speaking"
    await tab.until(lambda: len(heard(tab).get(2, ())) >= 3 * OUTPUT)
    assert heard(tab)[2][: OUTPUT - 600] == ramp(OUTPUT)[600:].tolist(), "it goes on where it was heard last"
    await tell_played(tab, call, 2, 2 * OUTPUT)
    async with asyncio.timeout(15):
        await waiting
    await voice.ended()
    await tell_played(tab, call, 2, 4 * OUTPUT - 600, done=True)
    async with asyncio.timeout(15):
        await voice.drained()
    assert voice.played == 4 * OUTPUT
    clock.wake(RESUME_SECONDS)
    await tab.binary(spoken(call, ramp(320)))
    await taker.told(1, Sound)
    assert not taker.over


async def test_a_call_that_nobody_comes_back_to_ends(web: Served, taker: FakeTaker, clock: PatientClock) -> None:
    tab = await web.visit()
    call = await start(tab)
    await taker.call()
    await tab.drop()
    await taker.told(1, Line)
    clock.wake(RESUME_SECONDS)
    await taker.ended()

    await tab.connect()
    ack = await tab.ask("call.start", codec="pcm_s16le", resume=call)
    assert ack["outcome"] == "denied"
    assert "start it again" in ack["text"]


async def test_a_call_without_its_page_makes_way_for_a_new_one(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    await taker.call()
    await tab.drop()
    await taker.told(1, Line)
    other = await web.visit(token=tab.token)
    assert await start(other) == 2
    await taker.ended()
    await taker.call(2)


async def test_nobody_waits_for_a_page_while_the_server_stops(tmp_path: Path) -> None:
    calls = Calls()
    lost = asyncio.Event()

    async def take(transport: VoiceTransport) -> None:
        await transport.play(np.zeros(OUTPUT, np.int16))
        try:
            async for event in transport.events():
                if isinstance(event, Line):
                    lost.set()
        finally:
            await transport.drained()

    calls.take(take)
    async with serving(tmp_path, calls=calls, speech=Ears()) as web:
        tab = await web.visit()
        await start(tab)
        await tab.until(lambda: len(heard(tab).get(1, ())) == OUTPUT)
        await tab.drop()
        async with asyncio.timeout(15):
            await lost.wait()
            await web.stop()


async def test_calls_end_when_the_server_stops(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    await taker.call()
    await web.stop()
    assert await tab.closed() == 1012
