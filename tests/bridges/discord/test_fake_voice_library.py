"""The real discord.py voice client on the fake voice servers: join, play, reconnect, move, be kicked, new keys."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import discord as library
import pytest
from discord import opus

from fakes.clock import settle
from fakes.discord.bots import bot_on
from fakes.discord.people import Impossible, Person
from fakes.discord.server import FakeDiscord
from fakes.discord.voice import sound
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.dave import Group
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import STAGE, VOICE, Channel, Guild, Permission

pytestmark = pytest.mark.real_time

FRAMES = sound.encode(sound.tone(0.4))


@asynccontextmanager
async def in_call(
    discord: FakeDiscord, channel: Channel, *, timeout: float = 10.0, states: bool = True
) -> AsyncIterator[library.VoiceClient]:
    """discord.py's own client, in a voice channel."""
    wanted = library.Intents.default()
    wanted.voice_states = states
    async with bot_on(discord, library.Client(intents=wanted, guild_ready_timeout=0.05)) as bot:
        found = bot.get_channel(channel.id)
        assert isinstance(found, library.VoiceChannel | library.StageChannel)
        client: library.VoiceClient = await found.connect(timeout=timeout)
        try:
            yield client
        finally:
            if client.is_connected():
                await client.disconnect()


@pytest.fixture
async def client(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, lounge: Channel
) -> AsyncIterator[library.VoiceClient]:
    """discord.py's own client, in the lounge with Ada."""
    async with in_call(discord, lounge) as made:
        await voice.connected(lounge)
        yield made


class Frames(library.AudioSource):
    """Plays Opus frames."""

    def __init__(self, frames: list[bytes]) -> None:
        self._frames = iter(frames)

    def read(self) -> bytes:
        return next(self._frames, b"")

    def is_opus(self) -> bool:
        return True


async def until(look: Callable[[], object]) -> None:
    """Returns as soon as the library has got so far, of which it tells nobody."""
    async with asyncio.timeout(10):
        while not look():
            await settle(1)


def wake(client: library.VoiceClient) -> socket.socket:
    """Let go of the UDP socket, which the library's reader else looks at for 30 s after there is a new one.

    reference: Receiving Discord voice, "deaf for 30 s unless the old socket gets shutdown".
    """
    old = client._connection.socket
    old.shutdown(socket.SHUT_RDWR)
    return old


async def plays(voice: FakeVoice, client: library.VoiceClient, channel: Channel) -> None:
    """What it plays is heard in a channel, bit for bit and encrypted, and nothing of it is refused."""
    heard = voice.heard(channel)
    before = len(heard.loud)
    client.play(Frames(FRAMES))
    frames = await heard.frames(before + len(FRAMES))
    assert frames[before:] == FRAMES
    assert all(packet.sealed for packet in heard.loud)
    assert voice.refused == []


async def test_a_bot_joins_is_heard_bit_for_bit_and_leaves(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    caller = voice.join(ada, lounge)
    async with in_call(discord, lounge) as client:
        await voice.connected(lounge)
        await plays(voice, client, lounge)
        heard = voice.heard(lounge)
        assert [flags for _, flags in heard.speaking][:2] == [0, 1]
        stamps = [(packet.sequence, packet.timestamp) for packet in heard.loud]
        assert stamps == [(stamps[0][0] + n, stamps[0][1] + 960 * n) for n in range(len(FRAMES))]
        assert client.voice_privacy_code == caller.privacy_code
        assert set(discord.world.voice_states) == {(lounge.guild_id, ada.id), (lounge.guild_id, voice.bot.id)}
    assert set(discord.world.voice_states) == {(lounge.guild_id, ada.id)}
    await caller.ready()
    group = voice.room(lounge).group
    assert group is not None
    assert group.members == [ada.id]


async def test_pcm_is_encoded_sent_and_decoded(
    voice: FakeVoice, client: library.VoiceClient, lounge: Channel
) -> None:
    pcm = sound.tone(0.2)
    client.play(library.PCMAudio(io.BytesIO(pcm.tobytes())))
    heard = voice.heard(lounge)
    assert await heard.frames(10) == sound.encode(pcm, opus.Encoder())
    assert heard.pcm()[: len(pcm)].shape == pcm.shape, "behind it there may be silence"


async def test_a_bot_alone_is_not_encrypted_until_somebody_comes(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    async with in_call(discord, lounge) as client:
        await voice.connected(lounge)
        client.play(Frames(FRAMES[:3]))
        heard = voice.heard(lounge)
        assert await heard.frames(3) == FRAMES[:3]
        assert not any(packet.sealed for packet in heard.loud)
        client.stop()
        await voice.join(ada, lounge).ready()
        assert len(voice.sent(28)) == 1, "only the bot could commit"
        client.play(Frames(FRAMES))
        assert (await heard.frames(3 + len(FRAMES)))[3:] == FRAMES
        assert all(packet.sealed for packet in heard.loud[3:])


@pytest.mark.parametrize("bot_commits", [True, False])
async def test_keys_change_while_the_bot_plays(
    discord: FakeDiscord,
    voice: FakeVoice,
    group: Group,
    ada: Person,
    home: Guild,
    lounge: Channel,
    bot_commits: bool,
) -> None:
    group.committer = voice.bot.id if bot_commits else None
    async with in_call(discord, lounge) as client:
        await voice.connected(lounge)
        client.play(Frames(FRAMES))
        heard = voice.heard(lounge)
        await heard.frames(4)
        epoch = group.epoch
        bob = voice.join(discord.person("bob", home), lounge)
        await bob.ready()
        await heard.frames(9)
        bob.leave()
        assert await heard.frames(len(FRAMES)) == FRAMES
        await voice.connected(lounge)
        assert group.epoch == epoch + 2
        assert group.members == [ada.id, voice.bot.id]
    assert voice.refused == []


async def test_a_welcome_that_cannot_be_read_is_given_anew(
    discord: FakeDiscord, voice: FakeVoice, group: Group, lounge: Channel
) -> None:
    group.spoils_welcomes = 1
    async with in_call(discord, lounge) as client:
        await voice.until(lambda: voice.sent(31))
        await voice.connected(lounge)
        await plays(voice, client, lounge)


async def test_everybody_makes_a_new_group(
    voice: FakeVoice, group: Group, client: library.VoiceClient, lounge: Channel
) -> None:
    code = client.voice_privacy_code
    group.restart()
    assert not group.settled
    await voice.connected(lounge)
    assert client.voice_privacy_code != code
    await plays(voice, client, lounge)


async def test_encryption_ends_and_begins_again(
    voice: FakeVoice, group: Group, client: library.VoiceClient, lounge: Channel
) -> None:
    group.downgrade()
    await voice.until(lambda: not group.encrypting)
    heard = voice.heard(lounge)
    await until(lambda: client._connection.dave_protocol_version == 0)
    client.play(Frames(FRAMES))
    assert await heard.frames(len(FRAMES)) == FRAMES
    assert not any(packet.sealed for packet in heard.packets)
    client.stop()
    heard.packets.clear()
    group.restart()
    await voice.connected(lounge)
    await voice.until(lambda: group.encrypting)
    await plays(voice, client, lounge)


async def test_a_cut_connection_is_made_anew(
    voice: FakeVoice, client: library.VoiceClient, lounge: Channel
) -> None:
    first = await voice.connected(lounge)
    wake(client)
    voice.drop()
    await voice.until(lambda: first.line is None)
    second = await voice.connected(lounge)
    assert first is not second
    await plays(voice, client, lounge)


async def test_the_server_changes(
    discord: FakeDiscord, voice: FakeVoice, client: library.VoiceClient, lounge: Channel
) -> None:
    first = await voice.connected(lounge)
    assert lounge.guild_id is not None
    voice.change_server(discord.world.guilds[lounge.guild_id])
    second = await voice.connected(lounge)
    assert first.udp is not second.udp
    await until(client.is_connected)
    await plays(voice, client, lounge)


async def test_somebody_moves_the_bot(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, home: Guild, lounge: Channel
) -> None:
    library_room = discord.channel(home, "Library", kind=VOICE)
    async with in_call(discord, lounge) as client:
        await voice.connected(lounge)
        voice.move_bot(library_room)
        caller.move(library_room)
        await voice.connected(library_room)
        await caller.ready()
        await until(client.is_connected)
        assert client.channel.id == library_room.id
        await plays(voice, client, library_room)
        assert voice.heard(lounge).packets == []


async def test_the_bot_moves(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel
) -> None:
    library_room = discord.channel(home, "Library", kind=VOICE)
    voice.join(ada, lounge)
    voice.join(discord.person("bob", home), library_room)
    async with in_call(discord, lounge) as client:
        await voice.connected(lounge)
        old = wake(client)
        await client.move_to(library.Object(library_room.id))
        old.close()
        await voice.connected(library_room)
        await plays(voice, client, library_room)
        assert voice.room(lounge).sessions == {}


async def test_the_bot_is_kicked(discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel) -> None:
    voice.join(ada, lounge)
    async with in_call(discord, lounge) as client:
        session = await voice.connected(lounge)
        assert lounge.guild_id is not None
        voice.kick_bot(discord.world.guilds[lounge.guild_id])
        await until(lambda: client.guild.voice_client is None)
        assert session.line is None
    assert len(voice.sent(0)) == 1, "it did not come back"


async def test_the_channel_is_deleted(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    caller = voice.join(ada, lounge)
    async with in_call(discord, lounge) as client:
        session = await voice.connected(lounge)
        voice.delete(lounge)
        await until(lambda: client.guild.voice_client is None)
        assert session.line is None
    assert caller.room is None
    assert discord.world.voice_states == {}


async def test_a_muted_bot_is_not_heard(
    voice: FakeVoice, client: library.VoiceClient, home: Guild, lounge: Channel
) -> None:
    voice.mute_bot(home)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    client.play(Frames(FRAMES[:3]), after=lambda _: loop.call_soon_threadsafe(done.set))
    await asyncio.wait_for(done.wait(), 10)
    voice.mute_bot(home, False)
    client.play(Frames(FRAMES))
    assert await voice.heard(lounge).frames(len(FRAMES)) == FRAMES


async def test_events_come_in_either_order_and_a_server_may_come_late(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel
) -> None:
    voice.join(ada, lounge)
    voice.server_first = True
    async with in_call(discord, lounge):
        await voice.connected(lounge)
    voice.without_server = True
    joining = in_call(discord, lounge)
    entered = asyncio.create_task(joining.__aenter__())
    await voice.until(lambda: voice.states.in_guild(voice.bot.id, home))
    voice.change_server(home)
    await entered
    await voice.connected(lounge)
    await joining.__aexit__(None, None, None)


async def test_a_stage_is_not_encrypted(discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild) -> None:
    stage = discord.channel(home, "Stage", kind=STAGE)
    voice.join(ada, stage)
    async with in_call(discord, stage) as client:
        await voice.connected(stage)
        # Somebody lets it speak.
        voice.states.change(voice.bot.id, stage, suppress=False)
        client.play(Frames(FRAMES))
        heard = voice.heard(stage)
        assert await heard.frames(len(FRAMES)) == FRAMES
        assert not any(packet.sealed for packet in heard.loud)


async def test_who_may_not_connect_gets_no_answer(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel
) -> None:
    bob = discord.person("bob", home)
    for who in (discord.world.bot.id, bob.id):
        discord.forbid(lounge, Permission.CONNECT, who)
    with pytest.raises(Impossible):
        voice.join(bob, lounge)
    with pytest.raises(TimeoutError):
        async with in_call(discord, lounge, timeout=0.3):
            pass
    assert voice.frames == []


async def test_without_the_intent_a_bot_never_hears_that_it_joined(
    discord: FakeDiscord, voice: FakeVoice, lounge: Channel
) -> None:
    with pytest.raises(TimeoutError):
        async with in_call(discord, lounge, timeout=0.3, states=False):
            pass
    assert voice.frames == []


async def test_the_library_knows_who_is_where(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel
) -> None:
    intents = library.Intents.default()
    intents.members = True
    library_room = discord.channel(home, "Library", kind=VOICE)
    bob = voice.join(discord.person("bob", home), lounge)
    client = library.Client(intents=intents, guild_ready_timeout=0.05)
    seen: asyncio.Queue[tuple[str, str | None, bool]] = asyncio.Queue()

    @client.event
    async def on_voice_state_update(
        member: library.Member, _: library.VoiceState, after: library.VoiceState
    ) -> None:
        seen.put_nowait((member.name, after.channel.name if after.channel else None, after.self_mute))

    async with bot_on(discord, client):
        place = client.get_channel(lounge.id)
        assert isinstance(place, library.VoiceChannel)
        assert [member.name for member in place.members] == ["bob"], "GUILD_CREATE lists who was there before"
        caller = voice.join(ada, lounge)
        assert await asyncio.wait_for(seen.get(), 10) == ("ada", "Lounge", False)
        caller.mute()
        assert await asyncio.wait_for(seen.get(), 10) == ("ada", "Lounge", True)
        caller.move(library_room)
        assert await asyncio.wait_for(seen.get(), 10) == ("ada", "Library", True)
        bob.leave()
        assert await asyncio.wait_for(seen.get(), 10) == ("bob", None, False)
