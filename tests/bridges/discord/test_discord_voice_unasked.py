"""Voice channels that are joined unasked: many at once, again after a failure, and not against somebody's will."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.discord.calling import Lounge, Taken, Taker, lounge_on
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import VOICE, Channel, Guild
from trunkline.calls import Calls, VoiceTransport
from trunkline.errors import AppUnreachable
from trunkline_bridges.discord.speaking import connection, rooms, unasked


@pytest.fixture
def now() -> Callable[[], float]:
    """The library sleeps in real time."""
    return time.time


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again soon; the first attempt gives up soon."""
    monkeypatch.setattr(unasked, "WAITS_S", (0.05,))


class Fickle(Taker):
    """Some calls end by themselves: by an error, or as by a bridge that does not take them."""

    def __init__(self, *ends: str) -> None:
        super().__init__()
        self._ends = list(ends)

    async def __call__(self, transport: VoiceTransport) -> None:
        end = self._ends.pop(0) if self._ends else ""
        if not end:
            await super().__call__(transport)
            return
        self.taken.append(Taken(transport))
        self._news.set()
        if end == "error":
            raise ZeroDivisionError
        await transport.leave()


def options(channel: Channel) -> dict[str, Any]:
    return {"voice_channels": [str(channel.id)]}


async def test_many_channels_are_joined_at_once(
    discord: FakeDiscord, voice: FakeVoice, unlimited: None, ada: Person, lounge: Channel, tmp_path: Path
) -> None:
    channels = [lounge]
    for number in range(7):
        guild = discord.guild(f"Home {number}", ada)
        channels.append(discord.channel(guild, "Lounge", kind=VOICE))
    for channel in channels:
        voice.join(ada, channel)
    began = time.monotonic()
    wanted = [str(one.id) for one in channels]
    async with lounge_on(discord, voice, lounge, tmp_path, voice_channels=wanted) as call:
        for number in range(len(channels)):
            await call.taker.call(number)
        for channel in channels:
            await voice.connected(channel)
        print(f"{len(channels)} channels within {time.monotonic() - began:.1f} s")
        assert len({taken.call.here.spot.channel for taken in call.taker.taken}) == len(channels)


async def test_a_channel_that_could_not_be_joined_is_tried_again(
    discord: FakeDiscord,
    voice: FakeVoice,
    unlimited: None,
    ada: Person,
    lounge: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rooms, "CONNECT_S", 0.3)
    voice.refuses = True
    async with lounge_on(discord, voice, lounge, tmp_path, **options(lounge)) as call:
        voice.join(ada, lounge)
        await voice.until(lambda: len(voice.asks) >= 3)
        voice.refuses = False
        monkeypatch.setattr(rooms, "CONNECT_S", 10.0)
        await (await call.taker.call()).until(lambda: call.taker.taken[0].up)


async def fickle(call: Lounge, ada: Person, count: int) -> Taken:
    """The call after so many that ended."""
    call.voice.join(ada, call.channel)
    taken = await call.taker.call(count)
    await call.voice.connected(call.channel)
    await taken.until(lambda: taken.call.present(str(ada.id)))
    return taken


async def test_a_call_that_breaks_off_is_taken_up_again(
    discord: FakeDiscord, voice: FakeVoice, unlimited: None, ada: Person, lounge: Channel, tmp_path: Path
) -> None:
    calls, taker = Calls(), Fickle("error", "error", "error", "error")
    calls.take(taker)
    async with lounge_on(discord, voice, lounge, tmp_path, calls=calls, **options(lounge)) as call:
        call.taker = taker
        taken = await fickle(call, ada, 4)
        assert not taken.over


async def test_an_app_that_was_down_is_waited_for(
    discord: FakeDiscord, voice: FakeVoice, unlimited: None, ada: Person, lounge: Channel, tmp_path: Path
) -> None:
    calls, taker = Calls(), Fickle("refused")
    calls.take(taker)
    async with lounge_on(discord, voice, lounge, tmp_path, calls=calls, **options(lounge)) as call:
        call.taker = taker
        call.core.app_down = AppUnreachable("The app does not answer.")
        voice.join(ada, lounge)
        await taker.call()
        await voice.until(lambda: (lounge.guild_id, voice.bot.id) not in discord.world.voice_states)
        call.core.app_down = None
        taken = await taker.call(1)
        await taken.until(lambda: taken.call.present(str(ada.id)))


async def test_a_call_that_is_never_taken_is_not_offered_for_ever(
    discord: FakeDiscord, voice: FakeVoice, unlimited: None, ada: Person, lounge: Channel, tmp_path: Path
) -> None:
    calls, taker = Calls(), Fickle(*["refused"] * (unasked.DISMISSALS + 1))
    calls.take(taker)
    async with lounge_on(discord, voice, lounge, tmp_path, calls=calls, **options(lounge)) as call:
        call.taker = taker
        caller = voice.join(ada, lounge)
        await taker.call(unasked.DISMISSALS)
        await voice.until(lambda: (lounge.guild_id, voice.bot.id) not in discord.world.voice_states)
        await call.bridge._desk.rooms._workers.idle()  # type: ignore[union-attr]
        assert len(taker.taken) == unasked.DISMISSALS + 1
        caller.leave()
        await fickle(call, ada, unasked.DISMISSALS + 1)


async def test_who_comes_meanwhile_is_not_kept_waiting(
    discord: FakeDiscord,
    voice: FakeVoice,
    unlimited: None,
    ada: Person,
    home: Guild,
    lounge: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unasked, "WAITS_S", (3_600.0,))
    calls, taker = Calls(), Fickle("error")
    calls.take(taker)
    async with lounge_on(discord, voice, lounge, tmp_path, calls=calls, **options(lounge)) as call:
        call.taker = taker
        voice.join(ada, lounge)
        await taker.call()
        await voice.until(lambda: any("has ended" in text_of(one) for one in ada.sees(lounge)))
        voice.join(discord.person("bob", home), lounge)
        await taker.call(1)


@pytest.mark.parametrize("how", ["kicked", "left"])
async def test_who_is_put_out_stays_out(
    discord: FakeDiscord,
    voice: FakeVoice,
    unlimited: None,
    ada: Person,
    home: Guild,
    lounge: Channel,
    tmp_path: Path,
    how: str,
) -> None:
    async with lounge_on(discord, voice, lounge, tmp_path, **options(lounge)) as call:
        voice.join(ada, lounge)
        taken = await call.taker.call()
        await voice.connected(lounge)
        if how == "kicked":
            voice.kick_bot(home)
        else:
            assert "left" in await call.told(ada.slash(lounge, "leave"))
        await taken.until(lambda: taken.over)
        await call.bridge._desk.rooms._workers.idle()  # type: ignore[union-attr]
        assert len(call.taker.taken) == 1
        assert (lounge.guild_id, voice.bot.id) not in discord.world.voice_states


async def test_a_call_outlives_the_session_of_the_gateway(
    discord: FakeDiscord,
    voice: FakeVoice,
    unlimited: None,
    ada: Person,
    home: Guild,
    lounge: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "AGAIN_S", 1.0)
    async with lounge_on(discord, voice, lounge, tmp_path, **options(lounge)) as call:
        voice.join(ada, lounge)
        taken = await call.taker.call()
        await voice.connected(lounge)
        discord.gateway.invalidate()
        # With its session the bot is out of the channel, and nobody tells it.
        voice.kick_bot(home)
        await taken.until(lambda: not taken.up)
        await taken.until(lambda: taken.up, 20)
        await voice.connected(lounge)
        assert not taken.over
