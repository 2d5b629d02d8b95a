"""What goes wrong between Discord, the bot and the store: nothing is lost, and what ends it is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fakes.clock import VirtualClock
from fakes.discord.listening import Ears, Listener, desk_of, listening
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild
from trunkline.errors import SettingsError
from trunkline_bridges.discord.hearing.client import receive

# Going wrong


async def test_a_store_that_is_down_loses_nothing_and_keeps_the_order(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} warm up")
        await ears.hears("warm up")
        core.store_down = True
        for number in range(5):
            ada.post(general, f"{me} {number}")
        await clock.somebody_sleeps()
        core.store_down = False
        while len(core.texts) < 6:
            await clock.advance(1)
        await ears.hears("warm up", *"01234")


async def test_what_is_told_twice_is_one_event(ears: Ears, discord: FakeDiscord, ada: Person) -> None:
    discord.gateway.duplicates = 2
    ada.post(ada.dm, "one")
    ada.post(ada.dm, "two")
    ada.post(ada.dm, "three")
    await ears.hears("one", "two", "three")


async def test_an_interrupted_connection_is_resumed(ears: Ears, discord: FakeDiscord, ada: Person) -> None:
    ada.post(ada.dm, "before")
    await ears.hears("before")
    for resumed, code in enumerate((4000, None, None)):
        if resumed < 2:
            discord.gateway.disconnect(code)
        else:
            discord.gateway.reconnect()
        ada.post(ada.dm, f"while away {resumed}")
        await discord.world.until(lambda: len(discord.gateway.sent(6)) > resumed)  # noqa: B023 - awaited at once
        await discord.gateway.connected()
    ada.post(ada.dm, "after")
    await ears.hears("before", "while away 0", "while away 1", "while away 2", "after")
    assert len(discord.gateway.sent(2)) == 1


async def restarted(ears: Ears, sessions: int = 2) -> None:
    """Returns once the client has identified so often; time passes meanwhile."""
    while len(ears.discord.gateway.sent(2)) < sessions:
        await ears.clock.advance(1)
        await asyncio.get_running_loop().run_in_executor(None, int)
    await ears.discord.gateway.connected()


async def test_an_event_that_cannot_be_read_ends_nothing_but_the_client(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    ada.post(general, f"{me} before")
    await ears.hears("before")
    with capture_logs() as logs:
        await ears.clock.advance(10)
        discord.gateway.malformed()
        ada.post(general, f"{me} lost with it")
        await restarted(ears)
        ada.post(general, f"{me} after")
        await ears.hears("before", "lost with it", "after")
    assert [line["errors"] for line in logs if line["event"] == "discord connection ended"]
    assert not ears.running.done()


async def test_an_invalid_session_is_begun_anew_and_nothing_is_lost(
    ears: Ears, discord: FakeDiscord, ada: Person, home: Guild, general: Channel, me: str
) -> None:
    ada.post(general, f"{me} before")
    await ears.hears("before")
    unused = discord.channel(home, "never used")
    await ears.clock.advance(10)
    discord.gateway.invalidate()
    ada.post(general, f"{me} while away")
    ada.post(unused, f"{me} also away")
    await restarted(ears)
    await ears.core.events_heard(3)
    assert sorted(ears.core.texts) == ["also away", "before", "while away"]


async def test_what_this_process_heard_is_not_looked_at_again(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    """Nothing was stored of it: what was refused stays refused, and what came before was heard."""
    ears.core.denies = "Not now."
    ada.post(general, f"{me} refused")
    await ada.waits_for(general, "Not now.")
    ears.core.denies = ""
    await ears.clock.advance(10)
    discord.gateway.invalidate()
    ada.post(general, f"{me} while away")
    await restarted(ears)
    await ears.core.until(lambda: "while away" in ears.core.texts)
    assert ears.core.texts == ["refused", "while away"]


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token_ends_with_what_to_do(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, token: str
) -> None:
    desk = desk_of(discord, core, clock, token=token)
    async with desk.rest:
        with pytest.raises(SettingsError, match="DISCORD_TOKEN"):
            await asyncio.wait_for(receive(desk, token), 10)


async def test_a_token_that_is_reset_ends_with_what_to_do(ears: Ears, discord: FakeDiscord, ada: Person) -> None:
    discord.token = "reset"
    discord.gateway.disconnect(4004)
    with pytest.raises(SettingsError, match="DISCORD_TOKEN"):
        await asyncio.wait_for(asyncio.shield(ears.running), 10)


async def test_shards_that_do_not_exist_end_with_what_to_do(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel
) -> None:
    discord.gateway.guilds_per_shard = 0
    desk = desk_of(discord, core, clock, shards="0/1")
    async with desk.rest:
        with pytest.raises(SettingsError, match=r"discord\.shards"):
            await asyncio.wait_for(receive(desk, discord.token), 10)


async def test_a_process_has_its_range_of_shards(
    discord: FakeDiscord, core: Listener, tmp_path: Path, ada: Person, me: str
) -> None:
    clock = VirtualClock(discord.world.now(), free=True)
    guilds = [discord.guild(f"guild {number}", ada) for number in range(8)]
    channels = [discord.channel(guild, "general") for guild in guilds]
    own = [one for one in channels if ((one.guild_id or 0) >> 22) % 4 in {1, 2}]
    async with listening(discord, core, clock, sessions=2, shards="1-2/4"):
        for channel in channels:
            ada.post(channel, f"{me} {channel.id}")
        ada.post(ada.dm, "to shard 0")
        await core.events_heard(len(own))
        assert sorted(core.texts) == sorted(str(channel.id) for channel in own)
        assert sorted(frame["d"]["shard"] for frame in discord.gateway.sent(2)) == [[1, 4], [2, 4]]
