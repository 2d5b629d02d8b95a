"""Calls over the WebSocket: real connections, and a fake of whoever runs calls."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.core import AdjustableClock
from fakes.taker import FakeTaker
from fakes.web_client import WebClient
from fakes.web_server import Served, serving
from trunkline.calls import Calls, Joined, Line, NoSpeech, Pressed, Sound, Tuning, VoiceTransport
from trunkline.errors import AppUnreachable
from trunkline.words import words
from trunkline_bridges.web.voice.calling import RESUME_SECONDS

HEADER = struct.Struct("<BBBBIII")
INPUT, OUTPUT = 16_000, 24_000


class Ears(NoSpeech):
    """Engines that hear and speak."""

    hears = True
    speaks = True


class PatientClock(AdjustableClock):
    """Who sleeps on it wakes when a test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self.sleepers.append((seconds, waiting))
        await waiting

    def wake(self, seconds: float) -> None:
        for asked, waiting in self.sleepers:
            if asked == seconds and not waiting.done():
                waiting.set_result(None)


@pytest.fixture
async def taker() -> FakeTaker:
    return FakeTaker()


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
async def web(tmp_path: Path, taker: FakeTaker, clock: PatientClock) -> AsyncIterator[Served]:
    async with serving(tmp_path, calls=taker.calls, speech=Ears(), clock=clock) as served:
        yield served


def frames(tab: WebClient, kind: str) -> list[dict[str, Any]]:
    return [frame for frame in tab.frames if frame["type"] == kind]


def state(tab: WebClient) -> str:
    told = frames(tab, "call")
    return str(told[-1]["state"]) if told else ""


async def start(tab: WebClient, **members: Any) -> int:
    """Begin a call; its number."""
    ack = await tab.ask("call.start", **{"codec": "pcm_s16le", "input_rate": INPUT, **members})
    assert ack["outcome"] == "done", ack
    await tab.until(lambda: bool(frames(tab, "call")))
    return int(frames(tab, "call")[-1]["call"])


def spoken(call: int, samples: NDArray[np.int16], position: int = 0, **header: int) -> bytes:
    head = {"version": 1, "kind": 1, "codec": 0, "flags": 0, **header}
    return HEADER.pack(*head.values(), call, 0, position) + samples.astype("<i2").tobytes()


def ramp(count: int) -> NDArray[np.int16]:
    return np.arange(count, dtype=np.int16)


def heard(tab: WebClient) -> dict[int, list[int]]:
    """The samples that came, by track."""
    tracks: dict[int, list[int]] = {}
    for data in tab.sounds:
        version, kind, codec, _, _, track, position = HEADER.unpack_from(data)
        assert (version, kind, codec) == (1, 2, 0)
        samples = tracks.setdefault(track, [])
        assert position == len(samples), "nothing is missing, nothing comes twice"
        samples.extend(np.frombuffer(data, "<i2", offset=HEADER.size).tolist())
    return tracks


async def tell_played(tab: WebClient, call: int, track: int, samples: int, *, done: bool = False) -> None:
    await tab.give(
        {
            "type": "call.played",
            "call": call,
            "track": track,
            "position_ms": samples * 1000 // OUTPUT,
            "samples": samples,
            "done": done,
        }
    )


async def read(tab: WebClient) -> None:
    """Returns once the server has read all that the tab gave."""
    before = len(frames(tab, "pong"))
    await tab.give({"type": "ping", "t": 0})
    await tab.until(lambda: len(frames(tab, "pong")) > before)


async def test_voice_is_offered_where_calls_are_run_and_the_app_can_be_talked_to(
    tmp_path: Path, taker: FakeTaker
) -> None:
    async with serving(tmp_path, calls=taker.calls, speech=Ears()) as web:
        offered = (await web.visit()).welcome["voice"]
    assert offered == {
        "input": True,
        "output": True,
        "input_rate": INPUT,
        "output_rate": OUTPUT,
        "codecs": ["pcm_s16le"],
    }

    async with serving(tmp_path, calls=taker.calls) as web:
        assert (await web.visit()).welcome["voice"] == {"input": False, "output": False}
        accepts = replace(web.core.profiles["demo"].accepts, microphone=True)
        web.core.profiles["demo"] = replace(web.core.profiles["demo"], accepts=accepts)
        assert (await web.visit()).welcome["voice"]["input"] is True
        taker.leave()
        assert (await web.visit()).welcome["voice"]["input"] is False

    async with serving(tmp_path, calls=FakeTaker().calls, speech=Ears(), voice="off") as web:
        tab = await web.visit()
        assert tab.welcome["voice"]["input"] is False
        assert (await tab.ask("call.start", codec="pcm_s16le"))["outcome"] == "denied"


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


async def test_a_target_of_a_call_is_answered_aloud_and_in_the_visitors_chat(
    web: Served, taker: FakeTaker
) -> None:
    tab = await web.visit()
    await start(tab)
    voice = await taker.call()
    (joined,) = await taker.told(1)
    assert isinstance(joined, Joined)
    target = voice.target(joined.talker, "hello", None)

    assert target["call"] == voice.name
    assert list(web.bridge.companions(target)) == [("voice", {"call": voice.name})]
    written = web.core.events[-1].target
    assert list(web.bridge.companions(written)) == []
    assert {name: target[name] for name in ("app", "visitor")} == {
        "app": "demo",
        "visitor": joined.talker.speaker.user_id,
    }


async def test_what_is_written_during_a_call_is_answered_aloud_too(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await tab.say("before")
    await (await web.core.begun()).finish("Hi.")
    before = web.core.events[-1].target
    await start(tab)
    voice = await taker.call()
    await tab.say("during")
    during = (await web.core.begun()).event.target

    assert [list(web.bridge.companions(target)) for target in (before, during)] == [
        [],
        [("voice", {"call": voice.name})],
    ]


async def test_a_call_is_tuned_while_it_goes_on(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab, language="fr")
    voice = await taker.call()
    ack = await tab.ask("call.start", codec="pcm_s16le", resume=call, language="de", voice="low", speed=2)

    assert ack["outcome"] == "done"
    assert voice.tuning == Tuning("de", "low", 2.0)
    assert len(taker.held) == 1
    await tab.binary(spoken(call, ramp(320)))
    await taker.told(1, Sound)
    assert not await taker.told(0, Line)


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


async def test_controls(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    for control in ("stop", "start", "interrupt"):
        await tab.give({"type": "call.press", "call": call, "control": control})
    for on in (True, True, False):
        await tab.give({"type": "call.mute", "call": call, "on": on})
    pressed = await taker.told(5, Pressed)
    assert [event.control for event in pressed if isinstance(event, Pressed)] == [
        "stop",
        "start",
        "interrupt",
        "mute",
        "unmute",
    ]

    await voice.show("stopped")
    await tab.until(lambda: state(tab) == "stopped")
    await voice.say("The app failed.")
    await tab.until(lambda: bool(frames(tab, "call.notice")))
    await tab.give({"type": "call.press", "call": call, "control": "leave"})
    await tab.until(lambda: bool(tab.errors))
    assert "control" in tab.errors[0]["message"]


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


async def test_hanging_up(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    await tab.give({"type": "call.end", "call": call})
    await taker.ended()
    await tab.until(lambda: state(tab) == "ended")
    assert taker.events[-1] == Pressed("leave", "visitor")
    await voice.play(ramp(10))
    await tab.binary(spoken(call, ramp(320)))
    await read(tab)
    assert tab.sounds == []

    assert await start(tab) == call + 1
    await (await taker.call(2)).leave()
    await tab.until(lambda: state(tab) == "ended")


async def test_a_call_that_cannot_be_run_ends_with_the_reason(web: Served, taker: FakeTaker) -> None:
    taker.failure = AppUnreachable("The app is away.")
    tab = await web.visit()
    await start(tab)
    await tab.until(lambda: state(tab) == "ended")
    assert frames(tab, "call")[-1]["reason"] == "The app is away."
    await tab.until(lambda: tab.conversation == 0)
    taker.failure = None
    await start(tab)
    await taker.call()


async def test_what_nobody_foresaw_ends_one_call_alone(web: Served, taker: FakeTaker) -> None:
    others = await web.visit()
    await start(others)
    await taker.call()
    taker.failure = ZeroDivisionError()
    tab = await web.visit()
    await start(tab)
    await tab.until(lambda: state(tab) == "ended")
    assert frames(tab, "call")[-1]["reason"] == words("call_broke_off")
    taker.failure = None
    await start(tab)
    await taker.call(2)
    assert state(others) != "ended"


async def test_a_visitor_has_one_call(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    other = await web.visit(token=tab.token)
    ack = await other.ask("call.start", codec="pcm_s16le")
    assert ack["outcome"] == "denied"
    assert "another window" in ack["text"]
    assert len(taker.held) == 1

    stranger = await web.visit()
    await start(stranger)
    await taker.call(2)


async def test_a_call_in_a_new_chat_begins_it_and_takes_it_back_when_nothing_was_said(
    web: Served, taker: FakeTaker
) -> None:
    tab = await web.visit()
    assert tab.conversation == 0
    call = await start(tab)
    voice = await taker.call()
    assert voice.conversation == tab.conversation != 0
    await tab.give({"type": "call.end", "call": call})
    await tab.until(lambda: tab.conversation == 0)
    assert web.core.conversations_held == {}

    call = await start(tab)
    await taker.call(2)
    await tab.say("hello")
    await (await web.core.begun()).finish("Hi.")
    await tab.until(lambda: tab.replied() == "Hi.")
    await tab.give({"type": "call.end", "call": call})
    await taker.ended(2)
    await read(tab)
    assert tab.conversation != 0


async def test_somebody_elses_chat_cannot_be_called(web: Served, taker: FakeTaker) -> None:
    owner = await web.visit()
    await start(owner)
    await taker.call()
    stranger = await web.visit()
    ack = await stranger.ask("call.start", codec="pcm_s16le", conversation=owner.conversation)
    assert ack["outcome"] == "denied"
    assert (await stranger.ask("call.start", codec="pcm_s16le", resume=1))["outcome"] == "denied"
    assert len(taker.held) == 1


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


async def test_a_call_ends_with_its_chat_and_with_its_visitor(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    await taker.call()
    await tab.ask("conversation.delete", conversation=tab.conversation)
    await taker.ended()
    await start(tab)
    await taker.call(2)
    await tab.ask("forget_me")
    await taker.ended(2)


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
