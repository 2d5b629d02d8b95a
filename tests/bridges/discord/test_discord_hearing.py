"""What is heard of people: from Discord's gateway, through discord.py, to the core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fakes.clock import VirtualClock
from fakes.discord.listening import Ears, Listener, desk_of, listening, media_of, text_of
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import CATEGORY, MESSAGE_CONTENT, PUBLIC_THREAD, Channel, Guild, Message, Permission
from trunkline.backend import Feedback
from trunkline.errors import SettingsError
from trunkline.inbound import Edit, Inbound, MessageDeleted, Rate
from trunkline.messages import Blob
from trunkline.words import words
from trunkline_bridges.discord.hearing.client import Hearing, point_library, receive


@pytest.fixture
async def core(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> AsyncIterator[Listener]:
    made = Listener(discord, tmp_path, clock)
    yield made
    await made.end()


@pytest.fixture
def me(discord: FakeDiscord) -> str:
    """The bot's mention."""
    return f"<@{discord.world.bot.id}>"


@pytest.fixture
async def ears(discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel) -> AsyncIterator[Ears]:
    async with listening(discord, core, clock) as made:
        yield made


def thread_in(discord: FakeDiscord, parent: Channel, owner: int) -> Channel:
    """A thread that somebody opened by its id."""
    thread = Channel(discord.world.new_id(), PUBLIC_THREAD, "a thread", parent.guild_id, parent.id, owner_id=owner)
    discord.world.channels[thread.id] = thread
    discord.events.channel("THREAD_CREATE", thread)
    return thread


async def rest_of(ears: Ears, channel: Channel, person: Person) -> list[Inbound]:
    """All that was heard until a last word in a channel, without that word."""
    person.post(channel, f"<@{ears.discord.world.bot.id}> that is all")
    await ears.core.until(lambda: "that is all" in ears.core.texts)
    return [event for event in ears.core.counted if text_of(event) != "that is all"]


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


# Changes


async def test_an_edited_message_is_an_edit_and_a_preview_is_not(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    asked = ada.post(general, f"{me} first")
    await ears.hears("first")
    discord.events.message("MESSAGE_UPDATE", asked)
    await ears.clock.advance(1)
    ada.edit(asked, f"{me} second")
    discord.events.message("MESSAGE_UPDATE", asked)
    said, edit, again = await ears.core.events_heard(2) + [await anything(ears, general, ada)]
    assert again is not None
    assert isinstance(edit.command, Edit)
    assert (edit.command.turn, edit.command.message_id, text_of(edit)) == (-1, str(asked.id), "second")
    assert (edit.place, edit.conversation) == (said.place, ears.core.answers_given[0][1].conversation)
    assert edit.target["reply_to"] == str(asked.id)
    assert edit.event_key.startswith(f"{said.event_key}:edit:")
    assert sum(isinstance(event.command, Edit) for event in ears.core.counted) == 1


async def anything(ears: Ears, channel: Channel, person: Person) -> Inbound:
    """The event of a last word in a channel: all that came before it is done then."""
    await rest_of(ears, channel, person)
    return ears.core.counted[-1]


async def test_an_edit_of_small_talk_is_nothing(ears: Ears, ada: Person, general: Channel, me: str) -> None:
    talk = ada.post(general, "small talk")
    ada.edit(talk, f"{me} now to you")
    assert await rest_of(ears, general, ada) == []


async def test_deleted_messages_leave_where_anything_was_said(
    ears: Ears, discord: FakeDiscord, ada: Person, home: Guild, general: Channel, me: str
) -> None:
    quiet = discord.channel(home, "quiet")
    ada.delete(ada.post(quiet, "unheard"))
    await rest_of(ears, quiet, ada)
    assert ears.core.looked_up == []
    asked = [ada.post(general, f"{me} {number}") for number in range(3)]
    await ears.hears("that is all", "0", "1", "2")
    ada.delete(asked[0])
    discord.purge(general, *asked[1:])
    events = (await ears.core.events_heard(7))[4:]
    assert [event.command for event in events] == [MessageDeleted(str(message.id)) for message in asked]
    assert {event.place.channel for event in events} == {str(general.id)}


async def answered(ears: Ears, person: Person, channel: Channel, me: str) -> Message:
    """A reply of the bot's that stands."""
    person.post(channel, f"{me} hello")
    turn = await ears.core.begun()
    await turn.finish("An answer.")
    return ears.discord.world.messages[int(turn.posted[-1])]


async def test_thumbs_on_a_reply_are_feedback(
    ears: Ears, ada: Person, home: Guild, general: Channel, me: str
) -> None:
    reply = await answered(ears, ada, general, me)
    bob = ears.discord.person("bob", home)
    bob.react(ada.sees(general)[0], "👍")
    bob.react(reply, "🎉")
    bob.react(reply, "👍🏽")
    rating = (await ears.core.events_heard(2))[-1]
    (turn,) = ears.core.turns
    assert (rating.command, rating.speaker.user_id) == (Rate("Like", turn), str(bob.id))
    bob.unreact(reply, "🎉")
    bob.unreact(reply, "👍🏽")
    assert (await ears.core.events_heard(3))[-1].command == Rate("", turn)
    ada.react(reply, "👍")
    ada.react(reply, "👎")
    assert (await ears.core.events_heard(5))[-1].command == Rate("Dislike", turn)
    ada.unreact(reply, "👍")
    question = ada.sees(general)[0]
    bob.react(question, "👎")
    bob.unreact(question, "👎")
    assert len(await rest_of(ears, general, ada)) == 5, "that of another emoji, or message, takes nothing back"


async def test_thumbs_are_nothing_where_the_app_takes_no_feedback(
    ears: Ears, ada: Person, general: Channel, me: str
) -> None:
    ears.core.profiles["demo"] = replace(ears.core.profiles["demo"], feedback=Feedback(like=True))
    reply = await answered(ears, ada, general, me)
    ada.react(reply, "👎")
    ada.react(reply, "👍")
    (turn,) = ears.core.turns
    assert [event.command for event in (await ears.core.events_heard(2))[1:]] == [Rate("Like", turn)]


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
