"""discord.py's objects as plain values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import discord as library
import pytest

from fakes.discord.bots import bot_on
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import CATEGORY, MIB, Channel, Guild, Message, Permission
from trunkline.words import words
from trunkline_bridges.discord.facts import Spot, Written
from trunkline_bridges.discord.hearing.reading import (
    is_spoken,
    member_of,
    message_from,
    spot_from,
    spot_of,
    written,
)


class Reader(library.Client):
    def __init__(self) -> None:
        intents = library.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0.05)


@pytest.fixture
async def client(discord: FakeDiscord, unlimited: None, general: Channel) -> AsyncIterator[library.Client]:
    async with bot_on(discord, Reader()) as made:
        yield made


@pytest.fixture
def bot(discord: FakeDiscord) -> str:
    return str(discord.world.bot.id)


def library_message(
    client: library.Client, discord: FakeDiscord, message: Message, **changes: Any
) -> library.Message:
    payload = discord.payloads.message(message, gateway=True) | changes
    channel = client.get_channel(message.channel_id) or client.get_partial_messageable(message.channel_id)
    read = message_from(client, channel, payload)
    assert read is not None
    return read


def read(client: library.Client, discord: FakeDiscord, message: Message, **options: bool) -> Written:
    return written(library_message(client, discord, message), str(discord.world.bot.id), **options)


@pytest.mark.parametrize(
    ("text", "read_as", "mentioned"),
    [
        ("{me} hello", "hello", True),
        ("{me}, hello", "hello", True),
        ("hello {me}", "hello", True),
        ("what do you think, {me}?", "what do you think,?", True),
        ("{nick}hello", "hello", True),
        ("{role} hello", "hello", True),
        ("{me}", "", True),
        ("`{me}` is how it is written", "`{me}` is how it is written", False),
        ("```\n{me}\n```", "```\n{me}\n```", False),
        ("ask {bob} and {friends} in {general}", "ask @Bob and @friends in #general", False),
        ("{me} ask {bob}\n{me} twice", "ask @Bob\ntwice", True),
        ("<:wave:123456789012345678> </help:123456789012345678>", ":wave: /help", False),
        ("<#111111111111111111> <@&111111111111111111>", "#unknown-channel @unknown-role", False),
        ("a < b and c > d, <t:1700000000:R>", "a < b and c > d, <t:1700000000:R>", False),
        ("\0{me}\0", "", True),
    ],
)
async def test_mentions_become_names_and_its_own_goes(
    client: library.Client,
    discord: FakeDiscord,
    home: Guild,
    general: Channel,
    ada: Person,
    bot: str,
    text: str,
    read_as: str,
    mentioned: bool,
) -> None:
    bob = discord.person("bob", home)
    friends = discord.role(home, "friends")
    own_role = discord.role(home, "Trunkline")
    guild = client.get_guild(home.id)
    assert guild is not None
    for role, tags in ((friends, {}), (own_role, {"tags": {"bot_id": bot}})):
        payload: Any = discord.payloads.role(role) | tags
        guild._add_role(library.Role(guild=guild, state=client._connection, data=payload))
    names = {
        "me": f"<@{bot}>",
        "nick": f"<@!{bot}>",
        "role": f"<@&{own_role.id}>",
        "bob": bob.mention,
        "friends": f"<@&{friends.id}>",
        "general": f"<#{general.id}>",
    }
    one = read(client, discord, ada.post(general, text.format(**names)))
    assert (one.text, one.mentions_bot) == (read_as.format(**names), mentioned)
    assert one.length == len(text.format(**names))


async def test_a_reply_to_the_bot_is_known(
    client: library.Client, discord: FakeDiscord, general: Channel, ada: Person
) -> None:
    theirs = ada.post(general, "mine")
    ours = Message(discord.world.new_id(), general.id, discord.world.bot.id, content="ours")
    ada._publish(general, ours)
    assert read(client, discord, ada.post(general, "x", reply_to=ours)).replies_to_bot
    assert not read(client, discord, ada.post(general, "x", reply_to=theirs)).replies_to_bot
    assert not read(client, discord, ada.post(general, "x", reply_to=ours)).mentions_bot, "a ping is no mention"
    lost = ada.post(general, "x", reply_to=ours)
    del discord.world.messages[ours.id]
    assert not read(client, discord, lost).replies_to_bot


@pytest.mark.parametrize(
    ("changes", "spoken"),
    [({}, True), ({"type": 19}, True), ({"type": 7}, False), ({"type": 21}, False), ({"webhook_id": "5"}, False)],
)
async def test_what_people_write_and_what_not(
    client: library.Client,
    discord: FakeDiscord,
    general: Channel,
    ada: Person,
    changes: dict[str, Any],
    spoken: bool,
) -> None:
    assert is_spoken(library_message(client, discord, ada.post(general, "x"), **changes)) is spoken


async def test_withheld_text_is_told_from_none(
    client: library.Client, discord: FakeDiscord, general: Channel, ada: Person
) -> None:
    empty = Message(discord.world.new_id(), general.id, ada.id)
    ada._publish(general, empty)
    assert read(client, discord, empty).readable
    assert not read(client, discord, empty, readable=False).readable
    assert read(client, discord, ada.post(general, "x"), readable=False).readable
    assert read(client, discord, ada.post(ada.dm, "x"), readable=False).readable


async def test_files_keep_what_is_known_of_them(
    client: library.Client, discord: FakeDiscord, general: Channel, ada: Person
) -> None:
    message = ada.post(general, files=[("a.txt", b"text")])
    message.attachments[0].description = "what it is"
    message.attachments[0].content_type = "text/plain; charset=utf-8"
    (file,) = read(client, discord, message).files
    assert (file.name, file.mime, file.size, file.alt, file.voice) == (
        "a.txt",
        "text/plain",
        4,
        "what it is",
        False,
    )
    (sound,) = read(client, discord, ada.speak(general, b"OggS", 2.5)).files
    assert (sound.voice, sound.seconds) == (True, 2.5)


async def test_a_forward_of_a_forward_keeps_stickers_and_text(
    client: library.Client, discord: FakeDiscord, general: Channel, ada: Person
) -> None:
    one = read(client, discord, ada.post(general, forward=ada.post(general, "look\n\nhere", stickers=["Wave"])))
    assert one.text == "> look\n>\n> here"
    assert [file.name for file in one.files] == ["Wave.png"]
    drawn = ada.post(general, forward=ada.post(general, stickers=["Dance"], sticker_format=3))
    assert read(client, discord, drawn).text == words("discord_sticker", name="Dance")


async def test_where_and_who(
    discord: FakeDiscord, unlimited: None, home: Guild, general: Channel, ada: Person, bot: str
) -> None:
    home.tier = 2
    category = discord.channel(home, "things", kind=CATEGORY)
    inside = discord.channel(home, "inside", parent=category)
    thread = ada.open_thread(inside, "talk")
    bob = discord.person("bob", home)
    role = discord.role(home, "mods", bob, permissions=Permission.MANAGE_MESSAGES)
    async with bot_on(discord, Reader()) as client:
        guild = client.get_guild(home.id)
        assert guild is not None
        channel, talk = guild.get_channel(inside.id), guild.get_thread(thread.id)
        expected = Spot(str(inside.id), guild=str(home.id), category=str(category.id), upload_limit=50 * MIB)
        assert spot_of(channel, guild, bot) == expected
        in_thread = replace(expected, channel=str(thread.id), parent=str(inside.id))
        assert spot_of(talk, guild, bot) == in_thread
        assert spot_of(talk, guild, str(ada.id)).own_thread
        assert spot_from(discord.payloads.channel(thread), channel, guild, bot) == in_thread
        assert spot_from(discord.payloads.channel(inside), None, guild, bot) == expected
        assert spot_from(discord.payloads.channel(ada.dm), None, None, bot) == Spot(str(ada.dm.id), private=True)
        moderator = library_message(client, discord, bob.post(inside, "x")).author
        for place in (channel, talk):
            assert member_of(moderator, place).moderator
        assert str(role.id) in member_of(moderator, channel).roles
        plain = library_message(client, discord, discord.person("eve", home).post(inside, "x")).author
        assert not member_of(plain, channel).moderator
        user = library_message(client, discord, bob.post(bob.dm, "x")).author
        assert (member_of(user, None).name, member_of(user, None).roles) == ("Bob", frozenset())
