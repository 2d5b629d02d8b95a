"""A fake Discord for each test, one person in one guild, and a client that breaks rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from fakes.clock import VirtualClock
from fakes.discord.people import Person
from fakes.discord.raw import Raw, raw_client
from fakes.discord.server import FakeDiscord, running_discord
from fakes.discord.world import Channel, Guild


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def now(clock: VirtualClock) -> Callable[[], float]:
    """The fake's time. It stands still, unless a module drives a library that sleeps in real time."""
    return clock.now


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
