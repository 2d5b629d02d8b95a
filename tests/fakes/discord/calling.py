"""What the tests of calls share: the bridge with voice on the fake Discord, and somebody who takes its calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from fakes.core import AdjustableClock, FakeCore
from fakes.discord.interactions import Interaction
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import _answered
from fakes.discord.voice import sound
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import Channel, Message
from fakes.vault import MemoryVault
from trunkline.audio.pcm import Pcm
from trunkline.calls import CallEvent, Calls, Joined, Line, Sound, VoiceTransport
from trunkline.messages import Json
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.render import render
from trunkline_bridges.discord.voice import DiscordCall

Result = TypeVar("Result")


@dataclass
class Taken:
    """One call, as the voice bridge would run it."""

    transport: VoiceTransport
    events: list[CallEvent] = field(default_factory=list)
    over: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def call(self) -> DiscordCall:
        assert isinstance(self.transport, DiscordCall)
        return self.transport

    def of(self, kind: type[Result]) -> list[Result]:
        return [event for event in self.events if isinstance(event, kind)]

    def heard(self, caller: Caller) -> Pcm:
        """What came of somebody, mono of 16 kHz."""
        pieces = [event.chunk[1] for event in self.of(Sound) if event.talker == str(caller.id)]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)

    def consents(self, person: Person | Caller) -> bool:
        """The newest that was told of somebody."""
        told = [event.talker.consents for event in self.of(Joined) if event.talker.id == str(person.id)]
        return bool(told) and told[-1]

    @property
    def up(self) -> bool:
        return all(event.up for event in self.of(Line)[-1:])

    async def until(self, look: Callable[[], Result], seconds: float = 10.0) -> Result:
        """What `look` sees as soon as it sees anything."""
        async with asyncio.timeout(seconds):
            while not (seen := look()):
                self.news.clear()
                await self.news.wait()
        return seen


class Taker:
    """Takes calls and keeps what they tell."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self._news = asyncio.Event()

    async def __call__(self, transport: VoiceTransport) -> None:
        taken = Taken(transport)
        self.taken.append(taken)
        self._news.set()
        async for event in transport.events():
            taken.events.append(event)
            taken.news.set()
        taken.over = True
        taken.news.set()

    async def call(self, number: int = 0) -> Taken:
        async with asyncio.timeout(10):
            while len(self.taken) <= number:
                self._news.clear()
                await self._news.wait()
        return self.taken[number]


@dataclass
class Lounge:
    """A running bridge, and the voice channel it is asked into."""

    discord: FakeDiscord
    voice: FakeVoice
    core: FakeCore
    bridge: DiscordBridge
    vault: MemoryVault
    taker: Taker
    channel: Channel

    @property
    def agreed(self) -> list[str]:
        """Whose consent is kept, as `server:person`."""
        return [key for kind, key in self.vault.held if kind == "voice_consent"]

    async def told(self, act: Interaction) -> str:
        """What an interaction is answered with."""
        await act.response_type()
        found = await self.discord.world.until(lambda: _answered(act))
        assert found is not None
        return text_of(found)

    async def panel(self, person: Person, *holding: str, channel: Channel | None = None) -> Message:
        """The newest panel in the chat, once its text holds all this."""

        def look() -> Message | None:
            shown = [one for one in person.sees(channel or self.channel) if "voice channel" in text_of(one)]
            fits = bool(shown) and all(text in text_of(shown[-1]) for text in holding)
            return shown[-1] if fits else None

        found = await self.discord.world.until(look)
        assert found is not None
        return found

    async def joined(self, person: Person, *, consents: bool = True) -> tuple[Caller, Taken]:
        """Somebody is in the channel, calls the bot, and lets it listen."""
        caller = self.voice.join(person, self.channel)
        act = person.slash(self.channel, "join")
        assert "Listen to me" in await self.told(act)
        taken = await self.taker.call()
        await self.voice.connected(self.channel)
        await caller.ready()
        if consents:
            await self.consent(person, taken)
        return caller, taken

    async def consent(self, person: Person, taken: Taken) -> None:
        panel = await self.panel(person)
        assert "I listen to you now" in await self.told(person.click(panel, "Listen to me"))
        await taken.until(lambda: taken.consents(person))


@asynccontextmanager
async def lounge_on(
    discord: FakeDiscord,
    voice: FakeVoice,
    channel: Channel,
    root: Path,
    vault: MemoryVault | None = None,
    manner: Mapping[str, Json] | None = None,
    *,
    calls: Calls | None = None,
    **options: Any,
) -> AsyncIterator[Lounge]:
    """The bridge as `trunkline run` has it. Without `calls` of its own there is a taker for the voice bridge."""
    sound.load_libopus()
    addresses = {"api_url": discord.api, "gateway_url": discord.gateway.url, "cdn_url": discord.cdn_url}
    made = DiscordOptions.model_validate({"token": discord.token, "voice": True, **addresses, **options})
    core = FakeCore(None, render, root, AdjustableClock())  # type: ignore[arg-type]
    taker, kept = Taker(), vault or MemoryVault()
    if calls is None:
        calls = Calls()
        calls.take(taker)
    bridge = DiscordBridge(
        made, default_app="demo", media=core.media, vault=kept, calls=calls, manner=manner, clock=core.clock
    )
    core.bridge = bridge
    running = asyncio.create_task(bridge.run(core))
    try:
        await discord.gateway.connected(1)
        # The commands are there.
        await discord.world.until(lambda: bridge._desk is not None and "join" in bridge._desk.memory.commands)
        yield Lounge(discord, voice, core, bridge, kept, taker, channel)
    finally:
        running.cancel()
        await asyncio.wait({running})
        for turn in core.turns.values():
            turn.die()
