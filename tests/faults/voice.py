"""The fault run of calls: people talk in voice channels while connections, REST, the app and the service break.

What counts as received is every pause that the service detected: what was said while it heard nothing is not. Each
must end in one turn that is answered or failed, and one reply in the channel's chat.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord, running_discord
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.certificates import certificate
from fakes.discord.voice.server import FakeVoice, running_voice
from fakes.discord.world import VOICE, Channel, Guild, Message
from fakes.speech import speech
from faults import spoken
from faults.discord import DiscordTrouble
from faults.ledger import Count
from faults.processes import HERE, Killable, app_process, free_port, service_process
from faults.spoken import FAILED

CHANNELS = 6
MOST = 60
"""Utterances of one run: people talk in real time."""
NAMES = ("ann", "bob")
"""Who speaks in each channel; both may at once."""
WORDS = ("go forward ten meters", "what is the time", "turn left please", "how are you today", "tell me a story")
MOST_TRIES = 2
ANSWER_S = 6.0
"""So long somebody waits for an answer before they say the next: it may be that nobody heard them."""
CONNECT_S = 30.0
SETTLE_S = 90.0
LOOK_S = 0.5
LEAST = 0.5
"""Of what was said at least so much is heard; else a run shows nothing."""


@dataclass
class Room:
    """A voice channel, which the bot joins by itself."""

    guild: Guild
    channel: Channel
    owner: Person
    visitor: Person
    callers: list[Caller] = field(default_factory=list)


class Speaker:
    """One person in a voice channel, who waits for an answer, but not for ever."""

    def __init__(self, voice: FakeVoice, discord: FakeDiscord, room: Room, caller: Caller) -> None:
        self._voice = voice
        self._discord = discord
        self._room = room
        self._caller = caller

    async def talk(self, utterances: int, rng: random.Random, said: asyncio.Queue[str], up: asyncio.Event) -> None:
        """Say as much as is to be answered; tell `said` of each. What nobody seems to hear is followed by more."""
        tries = utterances * MOST_TRIES
        while utterances and tries:
            tries -= 1
            await up.wait()
            await self._connected()
            answered = self._answers()
            rate = int(rng.uniform(0.9, 1.1) * 16_000)
            await self._caller.say((rate, (speech(rng.choice(WORDS)) * 32_767).astype(np.int16)))
            said.put_nowait("")
            utterances -= await self._answered(answered + 1)

    async def _connected(self) -> None:
        try:
            await self._voice.connected(self._room.channel, CONNECT_S)
        except TimeoutError:
            # They speak all the same.
            return

    async def _answered(self, answers: int) -> bool:
        try:
            await self._discord.world.until(lambda: self._answers() >= answers, ANSWER_S)
        except TimeoutError:
            # Nobody heard them, or it takes long: what is missing is counted at the end.
            return False
        return True

    def _answers(self) -> int:
        """The replies to them."""
        name = self._caller.person.user.name.lower()
        history = self._discord.world.history(self._room.channel.id)
        return sum(
            name in (text := text_of(one)).lower() and ("You said" in text or FAILED in text) for one in history
        )


class VoiceTrouble(DiscordTrouble):
    """Voice connections break in every way, people come and go; besides all that befalls a bot that writes."""

    one_in = 3

    def __init__(
        self,
        rng: random.Random,
        discord: FakeDiscord,
        app: Killable,
        service: Killable,
        calls: tuple[FakeVoice, list[Room]],
    ) -> None:
        super().__init__(rng, discord, app, service)
        self._voice, self._rooms = calls
        self._visiting: dict[int, Caller] = {}

    def _others(self, count: int) -> list[str]:
        kinds = ("drop", "crash", "forget", "server", "visitor", "visitor", "gateway", "rest")
        return [kinds[number % len(kinds)] for number in range(count)]

    async def _strike_otherwise(self, what: str) -> None:
        voice, room = self._voice, self._rng.choice(self._rooms)
        match what:
            case "drop":
                voice.drop()
            case "crash":
                voice.close(4015)
            case "forget":
                voice.forget()
                voice.drop()
            case "server":
                state = voice.states.in_guild(voice.bot.id, room.guild)
                if state is not None and state.channel_id == room.channel.id:
                    voice.change_server(room.guild)
            case "visitor":
                self._visit(room)
            case _:
                await super()._strike_otherwise(what)

    def _break_gateway(self) -> None:
        """With its session the bot is out of every channel."""
        gateway = self._discord.gateway
        match self._rng.randrange(5):
            case 0:
                gateway.disconnect()
            case 1:
                gateway.disconnect(4000)
            case 2:
                gateway.reconnect()
            case 3:
                gateway.invalidate()
                for room in self._rooms:
                    self._voice.kick_bot(room.guild)
            case _:
                gateway.duplicates += 3

    def _visit(self, room: Room) -> None:
        """Somebody comes, or goes: all keys change."""
        visiting = self._visiting.pop(room.channel.id, None)
        if visiting is not None:
            visiting.leave()
        else:
            self._visiting[room.channel.id] = self._voice.join(room.visitor, room.channel)

    async def _kill_service(self) -> None:
        await self._service.kill()
        for room in self._rooms:
            # Discord notices that nobody is there any more.
            self._voice.kick_bot(room.guild)
        await self._service.start()
        for room in self._rooms:
            # An app that is restarted meanwhile would end the calls that are just begun.
            with contextlib.suppress(TimeoutError):
                await self._voice.connected(room.channel, CONNECT_S)


def voice_process(discord: FakeDiscord, ports: tuple[int, int], folder: Path, rooms: list[Room]) -> Killable:
    """`trunkline run --discord --voice` for the fake: the app's port and that of what recognises speech."""
    (folder / "voice.pem").write_bytes(certificate())
    beside = {
        "SSL_CERT_FILE": str(folder / "voice.pem"),
        "TRUNKLINE_DISCORD__VOICE": "true",
        "TRUNKLINE_DISCORD__VOICE_CHANNELS": json.dumps([str(room.channel.id) for room in rooms]),
        "TRUNKLINE_SPEECH__TO_TEXT": f"http://127.0.0.1:{ports[1]}",
        "TRUNKLINE_SPEECH__FROM_TEXT": "espeak",
        "TRUNKLINE_SPEECH__SPEED": "3",
        "TRUNKLINE_VOICE__ENABLED": "true",
        # The app repeats what it is told, and no more.
        "TRUNKLINE_TURNS__SPEAKER_NAMES": "never",
        # Each utterance is a turn of its own that nothing ends.
        "TRUNKLINE_VOICE__INTERRUPT": "nobody",
        "TRUNKLINE_VOICE__JOIN_QUESTION": "false",
    }
    return service_process(
        ports[0],
        folder,
        "discord",
        ready='"bridge starts"',
        beside=beside,
        token=discord.token,
        api_url=discord.api,
        gateway_url=discord.gateway.url,
        cdn_url=discord.cdn_url,
        voice_consent="kept",
    )


def hearing_process(port: int, folder: Path) -> Killable:
    made = app_process(port, folder)
    made._command[1] = str(HERE / "hearing_app.py")
    return made


def rooms_on(discord: FakeDiscord, count: int) -> list[Room]:
    made = []
    for number in range(count):
        owner = discord.person(f"owner-{number}")
        guild = discord.guild(f"Home {number}", owner)
        channel = discord.channel(guild, f"Lounge {number}", kind=VOICE)
        made.append(Room(guild, channel, owner, discord.person(f"visitor-{number}", guild)))
    return made


async def consent(discord: FakeDiscord, voice: FakeVoice, room: Room, people: list[Person]) -> None:
    """The bot is there by itself; everybody lets it listen."""
    await voice.connected(room.channel, CONNECT_S)

    for number, person in enumerate(people):
        found = await discord.world.until(lambda: _panel(room, ()), CONNECT_S)
        assert found is not None
        person.click(found, "Listen to me")
        heard = partial(_panel, room, [one.user.name for one in people[: number + 1]])
        await discord.world.until(heard, CONNECT_S)


def _panel(room: Room, names: Sequence[str]) -> Message | None:
    """The newest panel, once it says that these people are heard."""
    shown = [one for one in room.owner.sees(room.channel) if "voice channel" in text_of(one)]
    fits = shown and all(name in text_of(shown[-1]).lower() for name in names)
    return shown[-1] if fits else None


async def run(seed: int, turns: int, *, kills: int = 1) -> Count:
    """One seeded run of about `turns` utterances over some voice channels; what stands for those heard."""
    rng, turns = random.Random(seed), min(turns, MOST)
    channels = min(CHANNELS, max(2, turns // 6))
    each = turns // (channels * len(NAMES))
    total = each * channels * len(NAMES)
    async with running_discord() as discord, running_voice(discord) as voice:
        voice.network.loss = voice.network.reordering = voice.network.duplicates = 0.03
        rooms = rooms_on(discord, channels)
        with tempfile.TemporaryDirectory(prefix="trunkline-faults-") as name:
            folder, ports = Path(name), (free_port(), free_port())
            app, hears = app_process(ports[0], folder), hearing_process(ports[1], folder)
            service = voice_process(discord, ports, folder, rooms)
            trouble = VoiceTrouble(rng, discord, app, service, (voice, rooms))
            try:
                await asyncio.gather(app.start(), hears.start())
                await service.start()
                await discord.gateway.connected(seconds=60)
                speakers: list[Speaker] = []
                async with asyncio.TaskGroup() as group:
                    for number, room in enumerate(rooms):
                        people = [discord.person(f"{name}{number}", room.guild) for name in NAMES]
                        callers = [voice.join(person, room.channel) for person in people]
                        group.create_task(consent(discord, voice, room, people))
                        speakers += [Speaker(voice, discord, room, caller) for caller in callers]
                said: asyncio.Queue[str] = asyncio.Queue()
                async with asyncio.TaskGroup() as group:
                    for number, speaker in enumerate(speakers):
                        own = random.Random(f"{seed} {number}")
                        group.create_task(speaker.talk(each, own, said, trouble.answering))
                    group.create_task(trouble.make(said, total, kills))
                await _settled(folder)
                counted = spoken.counted(folder, discord.world)
                if not counted.clean:
                    print("\n".join(spoken.told(folder, discord.world)))
                if counted.received < LEAST * total:
                    raise RuntimeError(f"Of {total} utterances {counted.received} were heard.")
                return counted
            finally:
                await asyncio.gather(service.kill(), app.kill(), hears.kill())


async def _settled(folder: Path) -> None:
    """Returns once everything that was heard is answered, or never will be."""
    try:
        async with asyncio.timeout(SETTLE_S):
            # Another process writes: nothing tells of it.
            while not spoken.settled(folder):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        return
