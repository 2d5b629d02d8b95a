"""A voice channel on the fake Discord, with the real service in it: Ada asks aloud, and hears what is answered."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np

from e2e.discord_room import PATIENCE, Room, bridged, read, tables
from fakes.discord.server import FakeDiscord, running_discord
from fakes.discord.stage import _answered
from fakes.discord.voice import sound
from fakes.discord.voice.callers import FRAME_S, Caller
from fakes.discord.voice.heard import Heard
from fakes.discord.voice.server import FakeVoice, running_voice
from fakes.discord.world import VOICE, Channel, Message
from fakes.speech import SENTENCES, prompt, speech
from trunkline.audio.pcm import Pcm
from trunkline_bridges.voice import descriptor as voice_descriptor
from trunkline_bridges.voice.bridge import VoiceBridge

ASKED = "go forward ten meters"
"""What a person says in `question`."""
WITHIN_S = 0.3
"""After 250 ms of sound the last packet of a reply has left: a soft first letter is speech a little later."""
ENOUGH = 12
"""The frame of 20 ms that completes 250 ms of speech, from 0."""


def question() -> tuple[int, Pcm]:
    """A person's sentence, of 16 kHz."""
    return 16_000, np.frombuffer((SENTENCES / "goforward.raw").read_bytes(), "<i2").astype(np.int16)


def spoken(text: str) -> tuple[int, Pcm]:
    """Said by espeak-ng, of 16 kHz. Several words: one is hardly long enough to be speech, or understood."""
    return 16_000, (speech(text) * 32_767).astype(np.int16)


def number_one() -> tuple[int, Pcm]:
    """A person's "one", of 16 kHz."""
    return 16_000, (prompt("digits/1") * 32_767).astype(np.int16)


def goodbye() -> tuple[int, Pcm]:
    """A person's "goodbye", of 16 kHz."""
    return 16_000, (prompt("goodbye") * 32_767).astype(np.int16)


def grammar(folder: Path, *sentences: str) -> str:
    """Speech recognition that knows `ASKED` and these sentences."""
    path = folder / "said.jsgf"
    path.write_text(f"#JSGF V1.0;\ngrammar said;\npublic <said> = {' | '.join((ASKED, *sentences))};\n")
    return f"pocketsphinx:{path}"


class Lounge(Room):
    """A server with a voice channel in which Ada is, and the service."""

    def __init__(self, discord: FakeDiscord, voice: FakeVoice) -> None:
        super().__init__(discord)
        self.voice = voice
        self.lounge: Channel = discord.channel(self.guild, "Lounge", kind=VOICE)
        self.caller: Caller

    @property
    def heard(self) -> Heard:
        return self.voice.heard(self.lounge)

    async def panel(self, text: str) -> Message:
        """The panel of the call, once it says so."""
        return await self.shows(text, self.lounge)

    async def calls(self) -> None:
        """Ada joins, calls the bot, and lets it listen."""
        self.caller = self.voice.join(self.ada, self.lounge)
        assert "I am in" in await self.told(self.ada.slash(self.lounge, "join"))
        await self.voice.connected(self.lounge)
        await self.caller.ready()
        await self.told(self.ada.click(await self.panel("I hear nobody yet"), "Listen to me"))
        await self.panel("I hear: Ada")

    async def told(self, act: Any) -> str:
        """What an interaction is answered with."""
        return read(await self.until(lambda: _answered(act)))

    async def says(self, what: tuple[int, Pcm]) -> float:
        """Ada speaks; when she has ended (`time.time`)."""
        await self.caller.say(what)
        return time.time()

    async def is_answered(self, since: float, *, packets: int = 10) -> float:
        """Seconds from a moment until the answer is heard. Tones of the call are shorter."""
        await self.heard.until(lambda heard: len(self.reply(since)) >= packets, PATIENCE)
        return self.reply(since)[0] - since

    def reply(self, since: float) -> list[float]:
        """When packets of the newest sound came, if that began since a moment; pauses of 200 ms part sounds."""
        times = [packet.at for packet in self.heard.since(since)]
        begun = 0
        for number, (before, after) in enumerate(itertools.pairwise(times), 1):
            if after - before > 0.2:
                begun = number
        return times[begun:]

    async def falls_silent(self) -> None:
        """Returns once what is heard has ended: silence frames follow it."""
        await self.heard.until(lambda heard: all(one.silent for one in heard.packets[-5:]), PATIENCE)

    async def interrupts(self, what: tuple[int, Pcm]) -> float:
        """Ada speaks while the bot does: seconds from 250 ms of her speech to the last packet of the reply."""
        said = len(self.caller.spoken)
        begun = time.time()
        saying = asyncio.create_task(self.caller.say(what))
        await self.heard.until(lambda heard: heard.packets[-1].silent and heard.packets[-1].at > begun, PATIENCE)
        last = self.heard.loud[-1].at
        await saying
        # Before a person's first word a recording is silent.
        first = said + _first_loud(what)
        return last - self.caller.spoken[first + ENOUGH].at


def _first_loud(what: tuple[int, Pcm]) -> int:
    rate, pcm = what
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 1_000)
    return int(loud[0] / rate / FRAME_S)


@asynccontextmanager
async def lounge_with(
    app: str,
    folder: Path,
    *,
    speech: dict[str, Any] | None = None,
    voice: dict[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[Lounge]:
    """The service for an app at an address; `speech` and `voice` are the tables of that name."""
    async with running_discord() as discord, running_voice(discord) as servers:
        discord.limits.enabled = False
        room = Lounge(discord, servers)
        room.app = app
        sound.load_libopus()
        given = tables(discord, app, folder, voice=True, **options)
        given |= {"speech": speech or {}, "voice": voice or {}}
        async with bridged(discord, given, voice_descriptor) as service:
            room.service = service
            bridge = service.bridges["voice"]
            assert isinstance(bridge, VoiceBridge)
            await asyncio.wait_for(bridge.taking.wait(), PATIENCE)
            yield room
