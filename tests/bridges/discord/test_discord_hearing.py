"""What is heard of people: from Discord's gateway, through discord.py, to the core."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from fakes.clock import VirtualClock
from fakes.discord.listening import Ears, Listener, desk_of, listening, rest_of
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import CATEGORY, MESSAGE_CONTENT, PUBLIC_THREAD, Channel, Guild, Message, Permission
from fakes.listening import media_of, text_of
from trunkline.messages import Blob
from trunkline.words import words
from trunkline_bridges.discord.hearing.client import Hearing, point_library, receive


def thread_in(discord: FakeDiscord, parent: Channel, owner: int) -> Channel:
    """A thread that somebody opened by its id."""
    thread = Channel(discord.world.new_id(), PUBLIC_THREAD, "a thread", parent.guild_id, parent.id, owner_id=owner)
    discord.world.channels[thread.id] = thread
    discord.events.channel("THREAD_CREATE", thread)
    return thread


# Where it talks


async def test_a_mention_is_heard_and_talk_is_not(ears: Ears, ada: Person, general: Channel, me: str) -> None:
    ada.post(general, "nothing to do with it")
    asked = ada.post(general, f"{me} what is up?")
    (event,) = await ears.hears("what is up?")
    assert event.event_key == f"discord:{general.id}:{asked.id}"
    assert (event.place.team, event.place.channel) == (str(general.guild_id), str(general.id))
    assert (event.speaker.user_id, event.speaker.name) == (str(ada.id), "Ada")
    assert event.message_id == event.target["reply_to"] == str(asked.id)
    assert set(ears.desk.active) == {str(general.id)}


async def test_a_reply_to_its_message_is_heard_also_without_a_ping(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    said = await ears.desk.rest.call("POST", f"/channels/{general.id}/messages", json={"content": "Hello."})
    theirs = ada.post(general, "mine")
    ada.post(general, "to myself", reply_to=theirs)
    ada.post(general, "and why?", reply_to=discord.world.messages[int(said["id"])], ping=False)
    await ears.hears("and why?")


async def test_direct_messages_are_heard_where_they_are_wanted(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(ada.dm, "hello")
        (event,) = await ears.hears("hello")
        assert (event.place.team, event.place.channel) == ("", str(ada.dm.id))


async def test_direct_messages_are_left_alone_where_they_are_not(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person, general: Channel, me: str
) -> None:
    async with listening(discord, core, clock, direct_messages=False) as ears:
        ada.post(ada.dm, "hello")
        ada.post(general, f"{me} in public")
        await ears.hears("in public")
        assert ada.texts(ada.dm) == ["hello"]


async def test_every_message_of_a_named_channel_and_its_threads_is_heard(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person, general: Channel, home: Guild
) -> None:
    named = discord.channel(home, "help")
    async with listening(discord, core, clock, channels=[str(named.id)]) as ears:
        thread = thread_in(discord, named, ada.id)
        ada.post(general, "not here")
        ada.post(named, "in the channel")
        await ears.hears("in the channel")
        ada.post(thread, "in the thread")
        first, second = await ears.hears("in the channel", "in the thread")
        assert (first.place.channel, first.place.thread) == (str(named.id), "")
        assert (second.place.channel, second.place.thread) == (str(named.id), str(thread.id))


async def test_its_own_threads_need_no_mention_and_others_do(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    ours = thread_in(discord, general, discord.world.bot.id)
    theirs = thread_in(discord, general, ada.id)
    ada.post(theirs, "among people")
    ada.post(ours, "to the bot")
    await ears.hears("to the bot")
    ada.post(theirs, f"{me} now to you")
    await ears.hears("to the bot", "now to you")


async def test_a_thread_that_was_archived_is_looked_up(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    old = thread_in(discord, general, discord.world.bot.id)
    old.archived = True
    async with listening(discord, core, clock) as ears:
        ada.post(old, "are you still there?")
        (event,) = await ears.hears("are you still there?")
        assert (event.place.channel, event.place.thread) == (str(general.id), str(old.id))


async def test_other_bots_are_heard_only_if_they_are_listed(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    listed, unknown = (discord.person(name, home, bot=True) for name in ("relay", "spam"))
    async with listening(discord, core, clock, bots=[str(listed.id)]) as ears:
        unknown.post(general, f"{me} talk to me")
        listed.post(general, f"{me} somebody asks")
        await ears.hears("somebody asks")


async def test_notices_of_discord_and_webhooks_are_not_heard(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    for change in ("type", "webhook"):
        message = Message(discord.world.new_id(), general.id, ada.id, content=f"{me} hello")
        message.mentions = [discord.world.bot.id]
        if change == "type":
            message.type = 7
        else:
            message.webhook = True
        ada._publish(general, message)
    assert await rest_of(ears, general, ada) == []


async def test_nothing_crosses_channels_of_two_servers(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    away = discord.guild("Away", ada)
    bob = discord.person("bob", away)
    channels = [general, *(discord.channel(away, f"room {number}") for number in range(3)), ada.dm, bob.dm]
    said: list[tuple[str, str, str]] = []
    for number in range(10):
        for channel in channels:
            person = bob if channel is bob.dm or (channel.guild_id == away.id and number % 2) else ada
            text = f"{number} in {channel.id}"
            said.append((str(channel.id), str(person.id), text))
            person.post(channel, f"{me} {text}")
    events = await ears.core.events_heard(len(said))
    heard = [(event.place.channel, event.speaker.user_id, text_of(event)) for event in events]
    assert sorted(heard) == sorted(said)
    for channel in channels:
        own = [one for one in heard if one[0] == str(channel.id)]
        assert own == [one for one in said if one[0] == str(channel.id)], "in order"
    assert all(event.target["channel"] == event.place.channel for event in events)


# Who may


async def test_who_may_not_talk_hears_it_once_and_only_if_they_spoke_to_the_bot(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    bob = discord.person("bob", home)
    discord.role(home, "friends", ada)
    (friends,) = (role for role in home.roles.values() if role.name == "friends")
    options: dict[str, Any] = {"allow_roles": [str(friends.id)], "channels": [str(general.id)]}
    async with listening(discord, core, clock, **options) as ears:
        bob.post(general, "just talking")
        bob.post(general, f"{me} hello")
        bob.post(general, f"{me} hello?")
        assert await rest_of(ears, general, ada) == []
        assert ada.texts(general).count(words("not_allowed")) == 1


@pytest.mark.parametrize(("lists", "allowed"), [("block_roles", False), ("allow_roles", True)])
async def test_roles_decide(
    discord: FakeDiscord,
    core: Listener,
    clock: VirtualClock,
    home: Guild,
    general: Channel,
    me: str,
    lists: str,
    allowed: bool,
) -> None:
    bob = discord.person("bob", home)
    role = discord.role(home, "some", bob)
    options: dict[str, Any] = {lists: [str(role.id)]}
    async with listening(discord, core, clock, **options):
        bob.post(general, f"{me} hello")
        if allowed:
            assert text_of((await core.events_heard(1))[0]) == "hello"
        else:
            await bob.waits_for(general, words("not_allowed"))
            assert core.events == []


async def test_categories_decide_also_for_threads(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    category = discord.channel(home, "open", kind=CATEGORY)
    inside = discord.channel(home, "inside", parent=category)
    async with listening(discord, core, clock, allow_categories=[str(category.id)]) as ears:
        thread = thread_in(discord, inside, discord.world.bot.id)
        ada.post(general, f"{me} outside")
        await ada.waits_for(general, words("not_allowed"))
        ada.post(inside, f"{me} inside")
        await ears.hears("inside")
        ada.post(thread, "in its thread")
        await ears.hears("inside", "in its thread")


async def test_what_the_core_refuses_is_said_in_reply(ears: Ears, ada: Person, general: Channel, me: str) -> None:
    ears.core.denies = "That is enough for today."
    asked = ada.post(general, f"{me} one more")
    told = await ada.waits_for(general, "That is enough for today.")
    assert (told.reply_to, told.mentions) == (asked.id, [])


async def test_only_a_mention_is_greeted(ears: Ears, ada: Person, general: Channel, me: str) -> None:
    ada.post(general, me)
    greeted = await ada.waits_for(general, "Demo")
    assert greeted.author_id == ears.discord.world.bot.id
    assert ears.core.events == []


# Without the intent to read


async def test_without_the_intent_it_says_once_that_it_must_be_mentioned(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    discord.world.allowed_intents = 0
    with capture_logs() as logs:
        async with listening(discord, core, clock, channels=[str(general.id)]) as ears:
            ada.post(general, "can you read this?")
            await ada.waits_for(general, words("discord_mention_me", bot=me))
            ada.post(general, "and this?")
            ada.post(general, f"{me} then so")
            ada.post(ada.dm, "and here it can")
            events = await ears.core.events_heard(2)
            assert {text_of(event) for event in events} == {"then so", "and here it can"}
            assert sum("begin yours with" in text for text in ada.texts(general)) == 1
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["discord refused an intent"]
    assert [frame["d"]["intents"] & MESSAGE_CONTENT for frame in discord.gateway.sent(2)] == [0]


async def test_an_intent_that_is_refused_after_all_is_done_without(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    refused = discord.gateway._check_intents
    discord.gateway._check_intents = lambda data: refused(data | {"intents": data["intents"] | 1 << 1})  # type: ignore[method-assign]
    discord.world.allowed_intents = MESSAGE_CONTENT
    desk = desk_of(discord, core, clock)
    running = asyncio.create_task(receive(desk, discord.token))
    await discord.world.until(lambda: len(discord.gateway.sent(2)) == 1)
    discord.gateway._check_intents = refused  # type: ignore[method-assign]
    await discord.gateway.connected()
    ada.post(general, f"{me} hello")
    await core.events_heard(1)
    first, second = (frame["d"]["intents"] for frame in discord.gateway.sent(2))
    assert (first & MESSAGE_CONTENT, second & MESSAGE_CONTENT) == (MESSAGE_CONTENT, 0)
    running.cancel()
    await asyncio.wait({running})
    await desk.rest.close()


# What a message holds


async def test_files_are_fetched_and_kept(ears: Ears, ada: Person, general: Channel, me: str) -> None:
    files = [("a.png", b"\x89PNG\r\n\x1a\n1"), ("b.txt", b"text"), ("c.mp3", b"ID3")]
    ada.post(general, f"{me} look", files=files)
    (event,) = await ears.hears("look")
    kept = media_of(event)
    assert [(one.kind, one.name, one.mime) for one in kept] == [
        ("image", "a.png", "image/png"),
        ("file", "b.txt", "text/plain"),
        ("audio", "c.mp3", "audio/mpeg"),
    ]
    source = kept[1].source
    assert isinstance(source, Blob)
    assert await ears.core.media.read(source.sha256) == b"text"


async def test_a_file_alone_is_a_message(ears: Ears, ada: Person) -> None:
    ada.post(ada.dm, files=[("a.png", b"\x89PNG\r\n\x1a\n1")])
    (event,) = await ears.core.events_heard(1)
    assert [one.name for one in media_of(event)] == ["a.png"]


async def test_a_file_that_is_too_large_or_gone_is_named_and_the_rest_goes_on(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(discord, core, clock, file_bytes=10) as ears:
        with_gone = ada.post(ada.dm, "look", files=[("big.txt", b"x" * 11), ("small.txt", b"small")])
        (event,) = await ears.hears("look")
        assert [one.name for one in media_of(event)] == ["small.txt"]
        told = await ada.waits_for(ada.dm, words("file_too_large", name="big.txt", size="10 bytes"))
        assert told.reply_to == with_gone.id
        discord.cdn.fetch = lambda *_: None  # type: ignore[method-assign]
        ada.post(ada.dm, files=[("lost.txt", b"lost")])
        await ada.waits_for(ada.dm, words("discord_file_gone", name="lost.txt"))
        ada.post(ada.dm, "go on")
        await ears.hears("look", "go on")


async def test_stickers_are_pictures_or_named(ears: Ears, ada: Person) -> None:
    ada.post(ada.dm, stickers=["Wave"])
    (first,) = await ears.core.events_heard(1)
    assert [(one.kind, one.name, one.alt) for one in media_of(first)] == [("image", "Wave.png", "Wave")]
    ada.post(ada.dm, stickers=["Dance"], sticker_format=3)
    _, second = await ears.core.events_heard(2)
    assert (text_of(second), media_of(second)) == (words("discord_sticker", name="Dance"), [])


async def test_a_voice_message_is_a_sound_with_its_length(ears: Ears, ada: Person) -> None:
    ada.speak(ada.dm, b"OggS sound", 7.2)
    (event,) = await ears.core.events_heard(1)
    (sound,) = media_of(event)
    assert (sound.kind, sound.alt) == ("audio", words("discord_voice_message", seconds=7))


async def test_a_forwarded_message_is_quoted_with_its_files(
    ears: Ears, ada: Person, home: Guild, general: Channel
) -> None:
    original = ada.post(general, "first line\nsecond line", files=[("a.txt", b"text")])
    ada.post(ada.dm, forward=original)
    (event,) = await ears.core.events_heard(1)
    assert text_of(event) == "> first line\n> second line"
    assert [one.name for one in media_of(event)] == ["a.txt"]


# Servers that add the bot


async def test_a_server_that_adds_the_bot_is_greeted_once_and_others_are_not(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    desk = desk_of(discord, core, clock)
    point_library(desk.options)
    hearing = Hearing(desk)
    running = asyncio.create_task(hearing.run(discord.token))
    await discord.gateway.connected()
    assert hearing.channels.client is not None
    await hearing.channels.client.wait_until_ready()
    new = discord.world.add_guild("New", ada.user)
    locked, lobby = (discord.world.add_channel(new, name) for name in ("locked", "lobby"))
    discord.forbid(locked, Permission.SEND_MESSAGES)
    discord.events.guild_joined(new)
    await ada.waits_for(lobby, "Demo")
    discord.events.guild_joined(new)
    await discord.world.until(lambda: discord.count("POST /channels/{channel_id}/messages") == 2)
    assert (len(ada.texts(lobby)), ada.texts(locked), ada.texts(general)) == (1, [], [])
    running.cancel()
    await asyncio.wait({running})
    await hearing.intake.lanes.close()
    await desk.rest.close()
