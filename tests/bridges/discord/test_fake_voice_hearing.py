"""What people say reaches a bot bit for bit, through loss, disorder, padding and new keys.

The bot is discord.py's voice client with the least that hears: a hook for JSON and a listener for datagrams.
reference: Receiving Discord voice, "What works" and "Order per datagram".
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import davey
import discord as library
import nacl.secret
import pytest
from discord.gateway import DiscordVoiceWebSocket
from discord.voice_state import VoiceConnectionState
from nacl.exceptions import CryptoError

from fakes.discord.bots import bot_on
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.voice import sound
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.dave import Group
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import STAGE, Channel, Guild

pytestmark = pytest.mark.real_time

SILENCE = b"\xf8\xff\xfe"


class Ear(library.VoiceClient):
    """Keeps the frames of each speaker by sequence number."""

    def __init__(self, client: library.Client, channel: library.abc.Connectable) -> None:
        super().__init__(client, channel)
        self.frames: dict[int, dict[int, bytes]] = {}
        self.speakers: dict[int, int] = {}
        self.order: list[int] = []
        self.seen: set[tuple[int, int]] = set()
        self.silences = 0
        self.undecryptable = 0
        self.passed_over = 0
        self.told: list[tuple[int, Any]] = []
        self.changed = asyncio.Event()
        self._connection.add_socket_listener(self._received)

    def create_connection_state(self) -> VoiceConnectionState:
        return VoiceConnectionState(self, hook=self._hook)

    async def _hook(self, _: DiscordVoiceWebSocket, message: dict[str, Any]) -> None:
        self.told.append((message["op"], message["d"]))
        if message["op"] == 5:
            self.speakers[message["d"]["ssrc"]] = int(message["d"]["user_id"])
        self.changed.set()

    def _received(self, data: bytes) -> None:
        self.loop.call_soon_threadsafe(self._take, data)

    def _take(self, data: bytes) -> None:
        if len(data) < 28 or data[0] >> 6 != 2 or data[1] != 0x78:
            self.passed_over += 1
            return
        extended = bool(data[0] & 0x10)
        length = 12 + 4 * (data[0] & 0x0F) + 4 * extended
        box = nacl.secret.Aead(bytes(self._connection.secret_key))
        try:
            plain = box.decrypt(data[length:-4], data[:length], data[-4:] + bytes(20))
        except CryptoError:
            self.passed_over += 1
            return
        if extended:
            plain = plain[4 * struct.unpack_from(">H", data, length - 2)[0] :]
        if data[0] & 0x20:
            plain = plain[: -plain[-1]]
        sequence, _, ssrc = struct.unpack_from(">HII", data, 2)
        if (ssrc, sequence) not in self.seen:
            # What comes twice can be decrypted only once.
            self.seen.add((ssrc, sequence))
            self._keep(ssrc, sequence, plain)
        self.changed.set()

    def _keep(self, ssrc: int, sequence: int, plain: bytes) -> None:
        if plain == SILENCE:
            self.silences += 1
            return
        user, opus = self._opened(ssrc, plain)
        if opus is None:
            self.undecryptable += 1
            return
        self.order.append(sequence)
        self.frames.setdefault(user, {})[sequence] = opus

    def _opened(self, ssrc: int, plain: bytes) -> tuple[int, bytes | None]:
        """Who said it and what: a speaker of whom nobody told is found by whose key fits."""
        session = self._connection.dave_session
        if session is None:
            return self.speakers[ssrc], plain
        known = [self.speakers[ssrc]] if ssrc in self.speakers else [int(each) for each in session.get_user_ids()]
        for user in known:
            try:
                opus = session.decrypt(user, davey.MediaType.audio, plain)
            except ValueError:
                continue
            self.speakers[ssrc] = user
            return user, opus
        return 0, None

    async def until(self, look: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not look():
                self.changed.clear()
                await self.changed.wait()

    def of(self, caller: Caller) -> dict[int, bytes]:
        return self.frames.get(caller.id, {})


@asynccontextmanager
async def listening(
    discord: FakeDiscord, voice: FakeVoice, channel: Channel, *, self_deaf: bool = False
) -> AsyncIterator[Ear]:
    intents = library.Intents.default()
    async with bot_on(discord, library.Client(intents=intents, guild_ready_timeout=0.05)) as bot:
        found = bot.get_channel(channel.id)
        assert isinstance(found, library.VoiceChannel | library.StageChannel)
        ear = await found.connect(timeout=10, cls=Ear, self_deaf=self_deaf)
        await voice.connected(channel)
        try:
            yield ear
        finally:
            await ear.disconnect()


def arriving(caller: Caller, voice: FakeVoice) -> dict[int, bytes]:
    """What they said and was not lost, by sequence number."""
    lost = {packet.sequence for packet in voice.network.lost if packet.ssrc == caller.ssrc}
    return {each.sequence: each.opus for each in caller.spoken if each.sequence not in lost}


async def test_two_people_are_heard_bit_for_bit(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel
) -> None:
    one, two = voice.join(ada, lounge), voice.join(discord.person("bob", home), lounge)
    async with listening(discord, voice, lounge) as ear:
        begun = time.monotonic()
        said = await asyncio.gather(one.say(sound.tone(0.3)), two.say(sound.tone(0.3, 200)))
        assert time.monotonic() - begun > 0.27, "it takes its time"
        await ear.until(lambda: ear.silences == 10)
        assert [list(ear.of(caller).values()) for caller in (one, two)] == list(said)
        assert ear.undecryptable == 0
        assert {op for op, _ in ear.told} >= {5, 11, 18, 20}
        assert sum(op == 5 for op, _ in ear.told) == 2
        assert sound.decode(said[0]).shape == (0.3 * sound.RATE, 2)


@pytest.mark.parametrize("known", [True, False])
async def test_everything_arrives_through_a_bad_network(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, known: bool
) -> None:
    voice.room(lounge).tells_speaking = known
    network = voice.network
    network.padding, network.extension, network.loss = 0.3, 0.5, 0.1
    network.reordering, network.duplicates, network.rubbish = 0.1, 0.1, 0.2
    caller = voice.join(ada, lounge)
    async with listening(discord, voice, lounge) as ear:
        await caller.say(sound.tone(2), pace=0)
        expected = arriving(caller, voice)
        await ear.until(lambda: len(ear.of(caller)) >= len(expected))
        assert ear.of(caller) == expected
        assert 0 < len(expected) < 100
        assert ear.order != sorted(ear.order)
        assert ear.passed_over > 10
        assert ear.undecryptable == 0
        if known:
            await ear.until(lambda: 5 in {op for op, _ in ear.told})
        assert (5 in {op for op, _ in ear.told}) is known


async def test_a_key_changes_while_somebody_speaks(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, group: Group, home: Guild, lounge: Channel
) -> None:
    async with listening(discord, voice, lounge) as ear:
        speaking = asyncio.create_task(caller.say(sound.tone(0.5)))
        await ear.until(lambda: len(ear.of(caller)) >= 3)
        bob = voice.join(discord.person("bob", home), lounge)
        await bob.ready()
        await ear.until(lambda: len(ear.of(caller)) >= 12)
        bob.leave()
        said = await speaking
        await ear.until(lambda: ear.silences == 5)
        assert list(ear.of(caller).values()) == said
        assert group.epoch >= 3


async def test_a_call_that_is_no_longer_encrypted_is_heard(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, group: Group, lounge: Channel
) -> None:
    async with listening(discord, voice, lounge) as ear:
        group.downgrade()
        await ear.until(lambda: (22, {"transition_id": group.transition}) in ear.told)
        assert not group.encrypting
        said = await caller.say(sound.tone(0.1))
        await ear.until(lambda: ear.silences == 5)
        assert list(ear.of(caller).values()) == said


async def test_who_joins_amid_speech_hears_the_rest(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, lounge: Channel
) -> None:
    pcm = sound.tone(20)
    speaking = asyncio.create_task(caller.say(pcm))
    async with listening(discord, voice, lounge) as ear:
        await ear.until(lambda: len(ear.of(caller)) >= 5)
        assert 5 not in {op for op, _ in ear.told}
        caller.leave()
        await speaking
        rest = ear.of(caller)
        assert rest
        assert {each.sequence: each.opus for each in caller.spoken}.items() >= rest.items()


async def test_a_recording_at_another_rate_is_spoken(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, lounge: Channel
) -> None:
    async with listening(discord, voice, lounge) as ear:
        said = await caller.say((16_000, sound.tone(0.3)[::3, 0].copy()), pace=0)
        await ear.until(lambda: ear.silences == 5)
        assert list(ear.of(caller).values()) == said
        heard = sound.decode(said)[:, 0]
        assert 14_000 <= len(heard) <= 15_360
        crossings = ((heard[:-1] < 0) & (heard[1:] >= 0)).sum() / (len(heard) / sound.RATE)
        assert 430 < crossings < 500


async def test_who_is_muted_or_blocked_is_not_heard(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    caller = voice.join(ada, lounge, muted=True)
    async with listening(discord, voice, lounge) as ear:
        await caller.say(sound.tone(0.1), pace=0)
        assert caller.spoken == []
        caller.mute(False)
        voice.network.blocked = True
        await caller.say(sound.tone(0.1), pace=0)
        assert len(voice.network.lost) == 10
        voice.network.blocked = False
        said = await caller.say(sound.tone(0.1), pace=0)
        await ear.until(lambda: ear.silences == 5)
        assert list(ear.of(caller).values()) == said


async def test_a_deaf_bot_is_sent_nothing(
    discord: FakeDiscord, voice: FakeVoice, caller: Caller, lounge: Channel
) -> None:
    async with listening(discord, voice, lounge, self_deaf=True) as ear:
        await caller.say(sound.tone(0.1), pace=0)
        await ear.guild.change_voice_state(channel=ear.channel, self_deaf=False)
        await voice.until(lambda: not voice.states.of(voice.bot.id, lounge).self_deaf)
        said = await caller.say(sound.tone(0.1), pace=0)
        await ear.until(lambda: ear.silences == 5)
        assert list(ear.of(caller).values()) == said


async def test_people_on_a_stage_are_heard_without_encryption(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild
) -> None:
    stage = discord.channel(home, "Stage", kind=STAGE)
    caller = voice.join(ada, stage)
    async with listening(discord, voice, stage) as ear:
        caller.begin()
        await ear.until(lambda: ear.speakers)
        said = await caller.say(sound.tone(0.1), pace=0)
        await ear.until(lambda: ear.silences == 5)
        assert list(ear.of(caller).values()) == said


async def test_a_bot_is_told_who_comes_and_goes(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel
) -> None:
    voice.join(ada, lounge)
    async with listening(discord, voice, lounge) as ear:
        bob = voice.join(discord.person("bob", home), lounge)
        await bob.ready()
        bob.leave()
        await ear.until(lambda: ear.told and ear.told[-1][0] == 22 and ear.told[-1][1]["transition_id"] == 3)
        came = [user for op, data in ear.told if op == 11 for user in data["user_ids"]]
        assert came == [str(ada.id), str(bob.id)]
        assert (13, {"user_id": str(bob.id)}) in ear.told
