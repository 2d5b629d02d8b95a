"""Sound and groups of the fake voice servers, by clients that keep no rule of either."""

from __future__ import annotations

import time

import pytest

from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.voice import sound
from fakes.discord.voice.dave import Group
from fakes.discord.voice.raw import Call, described, in_group
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import Channel, Guild

pytestmark = pytest.mark.real_time

FRAMES = sound.encode(sound.tone(0.1))


async def test_a_sound_client_is_heard(call: Call, voice: FakeVoice, ada: Person, lounge: Channel) -> None:
    voice.join(ada, lounge)
    async with in_group(call, voice, lounge) as client:
        assert client.session is not None
        await client.send(5, {"speaking": 1, "delay": 0, "ssrc": client.ready["ssrc"]})
        heard = voice.heard(lounge)
        await heard.until(lambda heard: heard.speaking)
        before = time.time()
        for number, frame in enumerate(FRAMES):
            client.emit(client.sound(number, client.session.encrypt_opus(frame)))
        assert await heard.frames(len(FRAMES)) == FRAMES
        assert heard.since(before) == heard.loud
        assert before < heard.packets[-1].at < time.time()
        assert heard.gaps() == []
        assert heard.pcm().shape == (len(FRAMES) * 960, 2)
        assert voice.refused == []


async def test_sound_that_breaks_a_rule_is_not_heard(
    call: Call, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    voice.join(ada, lounge)
    async with in_group(call, voice, lounge) as client:
        assert client.session is not None
        sealed = client.session.encrypt_opus(FRAMES[0])

        async def refused(data: bytes) -> str:
            count = len(voice.refused)
            client.emit(data)
            await voice.until(lambda: len(voice.refused) > count)
            return voice.refused[-1]

        assert "opcode 5" in await refused(client.sound(1, sealed))
        await client.send(5, {"speaking": 1, "delay": 0, "ssrc": client.ready["ssrc"]})
        heard = voice.heard(lounge)
        await heard.until(lambda heard: heard.speaking)
        good = client.sound(2, sealed)
        assert "end-to-end" in await refused(client.sound(3, FRAMES[0]))
        assert "not encrypted with" in await refused(client.sound(4, sealed, key=b"1" * 32))
        assert "not encrypted with" in await refused(good[:-1] + bytes([good[-1] ^ 1])), "a wrong nonce"
        assert "not encrypted with" in await refused(good[:2] + b"\xff\xff" + good[4:]), "another header"
        assert "twice" in await refused(client.sound(5, sealed, nonce=1))
        assert "not a sound" in await refused(b"\x80\xc9" + good[2:])
        assert "unknown source" in await refused(good[:8] + b"\0\0\0\0" + good[12:])
        assert heard.packets == []
        client.emit(good)
        assert await heard.frames(1) == FRAMES[:1]


async def test_who_is_not_in_the_group_is_not_heard(
    call: Call, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    voice.join(ada, lounge)
    async with described(call) as client:
        await client.send(5, {"speaking": 1, "delay": 0, "ssrc": client.ready["ssrc"]})
        await voice.heard(lounge).until(lambda heard: heard.speaking)
        client.emit(client.sound(1, FRAMES[0]))
        await voice.until(lambda: voice.refused)
        assert voice.refused == ["a frame of one who is not in the group"]


async def test_datagrams_that_are_nothing_are_passed_over(call: Call, voice: FakeVoice) -> None:
    async with described(call) as client:
        for data in (b"", b"\x80", b"\0" * 8, (1).to_bytes(2, "big") + bytes(72)):
            client.emit(data)
        client.emit(client.sound(1, FRAMES[0]))
        await voice.until(lambda: voice.refused)
        assert voice.refused == ["of an unknown source", "no opcode 5 was sent before"]


async def test_a_transition_does_not_wait_for_ever(
    discord: FakeDiscord, call: Call, voice: FakeVoice, group: Group, home: Guild, lounge: Channel
) -> None:
    group.ready_seconds = 0.05
    async with in_group(call, voice, lounge) as client:
        bob = voice.join(discord.person("bob", home), lounge)
        assert group.in_transition, "the bot is asked, and says nothing"
        assert (await client.until(29))[:2] == (2).to_bytes(2, "big")
        await bob.ready()


async def test_who_never_commits_loses_its_turn_as_it_leaves(
    discord: FakeDiscord, call: Call, voice: FakeVoice, group: Group, ada: Person, home: Guild, lounge: Channel
) -> None:
    async with in_group(call, voice, lounge) as client:
        group.committer = voice.bot.id
        bob = voice.join(discord.person("bob", home), lounge)
        await client.until(27)
        assert not group.settled
        await client.socket.close()
        await bob.ready()
        assert group.members == [ada.id, bob.id]


async def test_a_bot_alone_that_goes_leaves_no_group(
    call: Call, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    async with described(call) as client:
        await client.offer(lounge)
        await voice.connected(lounge)
        caller = voice.join(ada, lounge)
        await client.until(27)
        await client.socket.close()
        await caller.ready()
        group = voice.room(lounge).group
        assert group is not None
        assert group.members == [ada.id]
    async with in_group(call, voice, lounge):
        assert group.members == [ada.id, voice.bot.id]
