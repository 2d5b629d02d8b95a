"""A fake Discord for each test, one person in one guild, a client that breaks rules, and pieces of the bridge."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fakes.clock import VirtualClock
from fakes.core import FakeCore, FolderShelf
from fakes.discord.listening import Ears, Listener, listening
from fakes.discord.people import Person
from fakes.discord.raw import Raw, raw_client
from fakes.discord.sending import bridge_of, options_of
from fakes.discord.server import FakeDiscord, running_discord
from fakes.discord.simcord_world import World, simcord_world
from fakes.discord.stage import SetStage, Stage, core_on, desk_on, staged
from fakes.discord.world import VOICE, Channel, Guild
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.sending.rest import Rest

if TYPE_CHECKING:
    from fakes.discord.voice.callers import Caller
    from fakes.discord.voice.dave import Group
    from fakes.discord.voice.raw import Call
    from fakes.discord.voice.server import FakeVoice


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def now(request: pytest.FixtureRequest, clock: VirtualClock) -> Callable[[], float]:
    """The fake's time. It stands still, but for tests of a library that sleeps in real time."""
    return time.time if request.node.get_closest_marker("real_time") else clock.now


@pytest.fixture
async def discord(now: Callable[[], float]) -> AsyncIterator[FakeDiscord]:
    async with running_discord(now) as running:
        yield running


@pytest.fixture
def unlimited(discord: FakeDiscord) -> None:
    """No call is refused for coming too soon."""
    discord.limits.enabled = False


@pytest.fixture
async def raw(discord: FakeDiscord) -> AsyncIterator[Raw]:
    async with raw_client(discord) as client:
        yield client


@pytest.fixture
def ada(discord: FakeDiscord) -> Person:
    return discord.person("ada")


@pytest.fixture
def home(discord: FakeDiscord, ada: Person) -> Guild:
    return discord.guild("Home", ada)


@pytest.fixture
def general(discord: FakeDiscord, home: Guild) -> Channel:
    return discord.channel(home, "general")


@pytest.fixture
def abroad(discord: FakeDiscord, ada: Person) -> Channel:
    """A channel of a server that the bot is no member of."""
    return discord.channel(discord.guild("Abroad", ada, with_bot=False), "elsewhere")


@pytest.fixture
def me(discord: FakeDiscord) -> str:
    """The bot's mention."""
    return f"<@{discord.world.bot.id}>"


# Hearing


@pytest.fixture
async def core(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> AsyncIterator[Listener]:
    """What the bridge tells."""
    made = Listener(discord, tmp_path, clock)
    yield made
    await made.end()


@pytest.fixture
async def ears(discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel) -> AsyncIterator[Ears]:
    async with listening(discord, core, clock) as made:
        yield made


# Acting


@pytest.fixture
def acting_core(discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path) -> FakeCore:
    """What is pressed and commanded, it does; its replies stand in the fake Discord."""
    return core_on(discord, tmp_path, clock)


@pytest.fixture
def set_stage(discord: FakeDiscord, clock: VirtualClock, acting_core: FakeCore) -> SetStage:
    """A process with these apps and settings; another one over the same core may come after it."""

    @asynccontextmanager
    async def made(known: tuple[str, ...] = ("demo",), **options: Any) -> AsyncIterator[Stage]:
        desk = desk_on(discord, acting_core, clock, known, **options)
        async with staged(desk, discord, acting_core, clock) as stage:
            yield stage

    return made


@pytest.fixture
async def stage(set_stage: SetStage) -> AsyncIterator[Stage]:
    async with set_stage() as made:
        yield made


# Sending


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    return FolderShelf(tmp_path)


@pytest.fixture
async def bridge(discord: FakeDiscord, clock: VirtualClock, shelf: FolderShelf) -> AsyncIterator[DiscordBridge]:
    made = bridge_of(discord, clock, shelf)
    yield made
    await made.close()


@pytest.fixture
async def rest(discord: FakeDiscord, clock: VirtualClock) -> AsyncIterator[Rest]:
    async with Rest(options_of(discord), clock) as made:
        yield made


@pytest.fixture
async def voice(discord: FakeDiscord) -> AsyncIterator[FakeVoice]:
    """Voice servers, which need the real time."""
    # Loaded here and not above: most tests need no codecs.
    from fakes.discord.voice.server import running_voice

    async with running_voice(discord) as running:
        yield running


@pytest.fixture
def lounge(discord: FakeDiscord, home: Guild) -> Channel:
    return discord.channel(home, "Lounge", kind=VOICE)


@pytest.fixture
async def call(raw: Raw, voice: FakeVoice, lounge: Channel) -> AsyncIterator[Call]:
    """A bot that keeps no rule; it joined the lounge, and has not connected to its server."""
    from fakes.discord.voice.raw import joined

    async with joined(raw, voice, lounge) as made:
        yield made


@pytest.fixture
def caller(voice: FakeVoice, ada: Person, lounge: Channel) -> Caller:
    """Ada, in the lounge."""
    return voice.join(ada, lounge)


@pytest.fixture
def group(voice: FakeVoice, caller: Caller, lounge: Channel) -> Group:
    """Whose sound is encrypted for one another in the lounge: Ada's, so far."""
    made = voice.room(lounge).group
    assert made is not None
    return made


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """SimCord in the fake's place."""
    async with simcord_world(tmp_path) as made:
        yield made
