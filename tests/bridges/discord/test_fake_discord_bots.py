"""The real discord.py client against the fake: what it looks up and keeps, and many turns under faults at once."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import discord as library
import pytest

from fakes.discord.bots import bot_on
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Permission

pytestmark = pytest.mark.real_time


TURNS = 10


def client_with_content() -> library.Client:
    wanted = library.Intents.default()
    wanted.message_content = True
    return library.Client(intents=wanted, guild_ready_timeout=0.05)


async def test_a_bot_looks_up_what_it_needs(
    discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    async with bot_on(discord, client_with_content()) as client:
        info = await client.application_info()
        assert info.flags.gateway_message_content_limited
        assert info.interactions_endpoint_url is None
        assert (await client.fetch_guild(home.id)).name == "Home"
        user = await client.fetch_user(ada.id)
        await user.send("in private")
        assert ada.texts(ada.dm) == ["in private"]
        channel = await client.fetch_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        posted = await channel.send("x")
        assert (await channel.fetch_message(posted.id)).content == "x"
        assert [role.name for role in await channel.guild.fetch_roles()] == ["@everyone"]
        assert (await channel.guild.fetch_member(ada.id)).name == "ada"
        thread = await channel.create_thread(name="private")
        assert thread.type is library.ChannelType.private_thread
        await thread.add_user(library.Object(ada.id))
        with pytest.raises(library.NotFound) as unknown:
            await client.fetch_user(1)
        assert unknown.value.code == 10013


async def test_a_bot_keeps_up_with_what_changes(
    discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    async with bot_on(discord, client_with_content()) as client:

        async def heard(event: str) -> asyncio.Task[object]:
            waiting: asyncio.Task[object] = asyncio.create_task(client.wait_for(event, timeout=10))
            await asyncio.sleep(0)
            return waiting

        known = client.get_channel(general.id)
        assert isinstance(known, library.TextChannel)
        assert known.permissions_for(known.guild.me).send_messages
        event = await heard("guild_channel_update")
        discord.forbid(general, Permission.SEND_MESSAGES)
        await event
        assert not known.permissions_for(known.guild.me).send_messages
        event = await heard("thread_create")
        thread = ada.open_thread(general, "theirs")
        await event
        assert client.get_channel(thread.id) is not None
        event = await heard("guild_channel_delete")
        discord.remove(general)
        await event
        assert client.get_channel(general.id) is None
        event = await heard("guild_join")
        away = discord.guild("Away", ada)
        await event
        assert {guild.name for guild in client.guilds} == {"Home", "Away"}
        event = await heard("guild_remove")
        discord.expel(away)
        await event
        assert [guild.name for guild in client.guilds] == ["Home"]


async def test_many_messages_under_faults_are_answered_once(
    discord: FakeDiscord, ada: Person, home: Guild
) -> None:
    """With a nonce of its own for each answer a bot may try again whatever happened to the call."""
    discord.limits.enabled = False
    places = [discord.channel(home, f"channel {number}") for number in range(20)]
    client = client_with_content()
    answering: set[int] = set()

    @client.event
    async def on_message(message: library.Message) -> None:
        if message.author == client.user or message.id in answering:
            return
        answering.add(message.id)
        for _ in range(6):
            try:
                await message.channel.send(f"re {message.content}", nonce=str(message.id))
                return
            except aiohttp.ClientError:
                continue

    def all_answered() -> bool:
        return all(len([text for text in ada.texts(place) if text.startswith("re ")]) >= TURNS for place in places)

    dice = random.Random(7)
    async with bot_on(discord, client):
        for turn in range(TURNS):
            for place in places:
                strike(discord, dice.random())
                ada.post(place, str(turn))
            if turn in (3, 6):
                discord.gateway.disconnect(4000 if turn == 3 else None)
        await discord.world.until(all_answered, 60)
        for place in places:
            answers = sorted(text for text in ada.texts(place) if text.startswith("re "))
            assert answers == [f"re {turn}" for turn in range(TURNS)]
    assert discord.count("POST /channels/{channel_id}/messages") > TURNS * len(places)


def strike(discord: FakeDiscord, chance: float) -> None:
    if chance < 0.1:
        discord.faults.lose("create")
    elif chance < 0.2:
        discord.faults.drop("create")
    elif chance < 0.3:
        discord.faults.rate_limit("create", 0.01)
    elif chance < 0.35:
        discord.gateway.duplicates += 1
