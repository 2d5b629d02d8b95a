"""What was written while nobody listened."""

from __future__ import annotations

import time
from typing import Any

import pytest
from discord import Client, Intents
from structlog.testing import capture_logs

from fakes.clock import VirtualClock, settle
from fakes.discord.listening import Listener, desk_of, listening
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Permission
from fakes.listening import text_of
from fakes.vault import MemoryVault
from trunkline.bridge import Target
from trunkline.inbound import Place
from trunkline.words import words
from trunkline_bridges.discord.hearing.catching_up import (
    MOST_MESSAGES,
    SLACK_SECONDS,
    CatchingUp,
    Gap,
    gaps_of,
    shard_of,
    snowflake,
)
from trunkline_bridges.discord.hearing.channels import Channels
from trunkline_bridges.discord.hearing.intake import Intake
from trunkline_bridges.discord.limits import timestamp

LONG = "word " * 390 + "and"
AT = 1_700_000_000.0
DM = Place("discord", "demo", channel="7")


@pytest.fixture
def clock() -> VirtualClock:
    """It begins at the real time, to which the ids of messages keep."""
    return VirtualClock(time.time())


# What is read


def test_a_message_begins_the_gap_of_its_channel() -> None:
    first, newest = str(snowflake(AT)), str(snowflake(AT + 2))
    target: Target = {"channel": "7", "asker": "1", "at": AT, "reply_to": first, "newest": newest}
    gaps = gaps_of([(DM, target, first)])
    assert gaps.by_guild == {"": {"7": Gap(int(first), AT + 2, "1", int(newest))}}
    assert gaps.since == AT + 2


def test_a_command_begins_it_a_while_before() -> None:
    gaps = gaps_of([(DM, {"channel": "7", "at": AT}, "")])
    assert gaps.by_guild == {"": {"7": Gap(snowflake(AT - SLACK_SECONDS), AT)}}


def test_of_several_places_of_a_channel_the_newest_counts() -> None:
    places = [Place("discord", "demo", "9", "7", user=user) for user in "ab"]
    targets: list[Target] = [{"channel": "7", "at": AT + number} for number in range(2)]
    heard = [(place, target, "") for place, target in zip(places, targets, strict=True)]
    assert gaps_of(heard).by_guild == gaps_of(reversed(heard)).by_guild
    assert gaps_of(heard).by_guild["9"]["7"].since == AT + 1


def test_a_thread_is_read_with_its_channel() -> None:
    place = Place("discord", "demo", "9", "7", "8")
    target: Target = {"channel": "8", "at": AT, "asker": "1", "reply_to": "55"}
    gaps = gaps_of([(place, target, "55")]).by_guild["9"]
    assert gaps["8"].after == 55
    assert gaps["7"] == Gap(snowflake(AT - SLACK_SECONDS), AT)


def test_ids_and_moments_and_shards() -> None:
    assert timestamp(str(snowflake(AT))) == AT
    assert snowflake(0.0) == 0
    assert [shard_of(str(number << 22), 4) for number in range(5)] == [0, 1, 2, 3, 0]
    assert shard_of("", 4) == 0


# Through the whole client


async def test_what_came_while_nobody_listened_is_heard_in_order_and_once(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} before")
        ada.post(ada.dm, "before too")
        await core.events_heard(2)
    await clock.advance(600)
    ada.post(general, "nobody's business")
    for number in range(120):
        ada.post(general, f"{me} missed {number}")
    ada.post(ada.dm, "missed too")
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} live")
        await ears.core.events_heard(124)
        own = [text_of(event) for event in core.counted if event.place.channel == str(general.id)]
        assert own == ["before", *(f"missed {number}" for number in range(120)), "live"]
        assert "missed too" in core.texts
        assert set(ears.desk.active) == {str(general.id), str(ada.dm.id)}


async def test_a_channel_that_cannot_be_read_just_now_is_read_later(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock):
        ada.post(general, f"{me} before")
        await core.events_heard(1)
    ada.post(general, f"{me} missed")
    discord.faults.rate_limit(f"GET /channels/{general.id}/messages", 5.0, 12)
    discord.faults.error(f"GET /channels/{general.id}/messages", 503, 2)
    async with listening(discord, core, VirtualClock(clock.now(), free=True)):
        ada.post(general, f"{me} live")
        await core.events_heard(3)
        assert core.texts == ["before", "missed", "live"]


async def test_of_very_many_messages_the_newest_are_read(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} before")
        await ears.hears("before")
    await clock.advance(600)
    for number in range(MOST_MESSAGES + 150):
        ada.post(general, f"{me} missed" if number % 100 == 0 else "small talk")
    ada.post(general, f"{me} at last")
    async with listening(discord, core, clock) as ears:
        await ears.core.until(lambda: "at last" in core.texts)
        # Of seven that were meant for the bot two are beyond what is read.
        assert core.texts == ["before", *["missed"] * 5, "at last"]


async def test_what_comes_while_the_store_does_not_answer_waits_behind_the_gap(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} before")
        await ears.hears("before")
    await clock.advance(600)
    ada.post(general, f"{me} missed")
    core.store_down = True
    async with listening(discord, core, clock) as ears:
        await clock.somebody_sleeps()
        ada.post(general, f"{me} live")
        core.store_down = False
        while len(core.texts) < 3:
            await clock.advance(1)
        await ears.hears("before", "missed", "live")


async def test_a_channel_where_nobody_spoke_to_it_before_is_read_too(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    quiet = discord.channel(home, "quiet")
    hidden = discord.channel(home, "hidden")
    discord.forbid(hidden, Permission.READ_MESSAGE_HISTORY)
    ada.post(quiet, f"{me} long before anything was heard")
    await clock.advance(3600)
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} before")
        await ears.hears("before")
    await clock.advance(3600)
    ada.post(quiet, f"{me} in a new place")
    ada.post(hidden, f"{me} unreadable")
    async with listening(discord, core, clock) as ears:
        await ears.hears("before", "in a new place")
        assert not any(call.path == f"/channels/{hidden.id}/messages" for call in discord.calls)


async def test_a_first_start_answers_nothing_old(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    ada.post(general, f"{me} from long ago")
    ada.post(ada.dm, "from long ago")
    await clock.advance(5)
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} now")
        ada.post(ada.dm, "now too")
        await core.events_heard(2)
        assert sorted(ears.core.texts) == ["now", "now too"]


async def test_the_first_messages_of_all_outlive_a_crash(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    vault = MemoryVault(clock.now)
    ada.post(general, f"{me} before it ever ran")
    await clock.advance(5)
    async with listening(discord, core, clock, vault=vault):
        pass
    for text in ("first", "second"):
        await clock.advance(5)
        ada.post(general, f"{me} {text}")
    async with listening(discord, core, clock, vault=vault) as ears:
        await ears.hears("first", "second")
    await clock.advance(2 * 3600)
    async with listening(discord, core, clock, vault=vault):
        pass
    assert await vault.get("listened", "0/1") == clock.now()


async def test_a_text_that_was_split_over_the_break_is_put_together(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(ada.dm, LONG)
        ada.post(ada.dm, "the end")
        await ears.hears(f"{LONG} the end")
    await clock.advance(60)
    ada.post(ada.dm, f"again {LONG}")
    await clock.advance(1)
    ada.post(ada.dm, "another end")
    async with listening(discord, core, clock) as ears:
        await ears.hears(f"{LONG} the end", f"again {LONG} another end")


async def test_an_empty_mention_of_old_is_greeted_and_one_that_was_is_not(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, me)
        await ada.waits_for(general, "Demo")
        await clock.advance(1)
        ada.post(general, f"{me} hello")
        await ears.hears("hello")
    await clock.advance(1)
    ada.post(general, me)
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} last")
        await ears.hears("hello", "last")
        assert sum("Demo" in text for text in ada.texts(general)) == 2


async def test_what_was_greeted_before_anything_else_was_heard_is_not_again(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, me)
        await ada.waits_for(general, "Demo")
        await clock.advance(5)
        ada.post(ada.dm, "hello")
        await ears.hears("hello")
    await clock.advance(400)
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} last")
        await ears.hears("hello", "last")
        assert sum("Demo" in text for text in ada.texts(general)) == 1


async def test_roles_are_asked_for_where_they_decide(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    bob = discord.person("bob", home)
    role = discord.role(home, "friends", ada)
    options: dict[str, Any] = {"allow_roles": [str(role.id)]}
    async with listening(discord, core, clock, **options) as ears:
        ada.post(general, f"{me} before")
        await ears.hears("before")
    await clock.advance(60)
    ada.post(general, f"{me} allowed")
    bob.post(general, f"{me} not allowed")
    async with listening(discord, core, clock, **options) as ears:
        await bob.waits_for(general, words("not_allowed"))
        await ears.hears("before", "allowed")


async def test_a_thread_and_its_channel_are_read(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock, thread="per_mention") as ears:
        asked = ada.post(general, f"{me} before")
        await ears.hears("before")
    await clock.advance(60)
    thread = discord.world.channels[asked.id]
    ada.post(thread, "in the thread")
    other = ada.post(general, f"{me} a new one")
    async with listening(discord, core, clock, thread="per_mention") as ears:
        events = {text_of(event): event for event in await core.events_heard(3)}
        assert events["in the thread"].place.thread == str(asked.id)
        assert events["a new one"].place.thread == str(other.id)


async def test_channels_that_are_gone_are_passed_over(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    doomed = discord.channel(home, "doomed")
    thread = ada.open_thread(general, "doomed too")
    async with listening(discord, core, clock, channels=[str(thread.id)]) as ears:
        ada.post(doomed, f"{me} one")
        ada.post(thread, f"{me} two")
        ada.post(general, f"{me} three")
        await core.events_heard(3)
    for channel in (doomed, thread):
        discord.remove(channel)
    ada.post(general, f"{me} four")
    async with listening(discord, core, clock) as ears:
        await ears.core.until(lambda: "four" in core.texts)
        assert len(core.texts) == 4


async def test_only_the_own_shards_are_read(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person, me: str
) -> None:
    guilds = [discord.guild(f"guild {number}", ada) for number in range(4)]
    channels = [discord.channel(guild, "general") for guild in guilds]
    async with listening(discord, core, clock) as ears:
        for channel in channels:
            ada.post(channel, f"{me} before")
        ada.post(ada.dm, "before")
        await core.events_heard(5)
    await clock.advance(60)
    for channel in channels:
        ada.post(channel, f"{me} missed {channel.id}")
    ada.post(ada.dm, "missed")
    own = [one for one in channels if ((one.guild_id or 0) >> 22) % 2 == 1]
    async with listening(discord, core, clock, shards="1/2") as ears:
        await ears.core.events_heard(5 + len(own))
        assert sorted(core.texts[5:]) == sorted(f"missed {channel.id}" for channel in own)


async def test_a_message_that_cannot_be_read_is_passed_over(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(general, f"{me} before")
        await ears.hears("before")
    broken = ada.post(general, f"{me} broken")
    ada.post(general, f"{me} whole")
    broken.snapshots = [{"message": {"type": None}}]
    broken.forwarded_from = (general.id, broken.id)
    with capture_logs() as logs:
        async with listening(discord, core, clock) as ears:
            await ears.hears("before", "whole")
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["discord message not understood"]


async def test_servers_are_held_until_it_is_known_what_was_missed(
    discord: FakeDiscord, core: Listener, clock: VirtualClock
) -> None:
    desk = desk_of(discord, core, clock)
    channels = Channels(desk)
    intake = Intake(desk, channels)
    catching_up, lanes = CatchingUp(desk, intake, channels), intake.lanes
    core.store_down = True
    catching_up.begin(0, 1, ["5", "6"])
    await clock.somebody_sleeps()
    catching_up.available(0, "5", {})
    catching_up.ready(0, 1)
    await settle()
    assert set(lanes.held) == {"", "5", "6"}, "also when no more servers are to come"
    catching_up.begin(0, 1, ["5", "7"])
    core.store_down = False
    while "" in lanes.held:
        await clock.advance(1)
    assert set(lanes.held) == {"5", "6", "7"}, "an earlier session lets go of nothing"
    catching_up.available(0, "5", {})
    catching_up.ready(0, 1)
    await lanes.idle()
    assert lanes.held == ()
    await lanes.close()
    await desk.rest.close()


async def test_what_is_first_heard_of_a_session_hides_nothing_of_what_was_missed(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel
) -> None:
    desk = desk_of(discord, core, clock)
    channels = Channels(desk)
    channels.client = Client(intents=Intents.none())
    intake = Intake(desk, channels)
    catching_up = CatchingUp(desk, intake, channels)
    catching_up.heard(0, AT)
    catching_up.begin(0, 1, [str(home.id)])
    # In the same breath, before the gaps are looked up.
    catching_up.heard(0, AT + 600)
    catching_up.available(0, str(home.id), {str(general.id): snowflake(AT + 600)})
    await intake.lanes.idle()
    (read,) = [call for call in discord.calls if call.template == "/channels/{channel_id}/messages"]
    assert int(read.query["after"]) == snowflake(AT - SLACK_SECONDS)
    await intake.lanes.close()
    await desk.rest.close()
