"""A bridge and a Discord in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel
from fakes.virtual import InVirtualTime, UnderWay
from trunkline.messages import Json
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.facts import Spot, target_of
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.render import render
from trunkline_bridges.discord.sending.rest import Rest


class WatchedRest(Rest):
    """Tells which calls are under way; each takes `latency` seconds of the clock, half of it to get there."""

    def __init__(self, options: DiscordOptions, clock: VirtualClock, under_way: UnderWay) -> None:
        super().__init__(options, clock)
        self.latency = 0.0
        self._under_way = under_way

    async def _send(self, asked: Any) -> tuple[int, Mapping[str, str], Any]:
        if self.latency:
            await self._clock.sleep(self.latency / 2)
        async with self._under_way.call():
            answer = await super()._send(asked)
        if self.latency:
            await self._clock.sleep(self.latency / 2)
        return answer


class Virtual(InVirtualTime):
    """A running fake with one person in one channel, and a bridge that delivers there."""

    def __init__(self, discord: FakeDiscord, clock: VirtualClock, folder: Path, **options: Any) -> None:
        under_way = UnderWay()
        super().__init__(clock, under_way, render)
        self.discord = discord
        self.options: DiscordOptions = DiscordOptions(
            token=SecretStr(discord.token), api_url=discord.api, **options
        )
        self.rest = WatchedRest(self.options, clock, under_way)
        self.shelf = FolderShelf(folder)
        self.bridge: DiscordBridge = self.new_bridge()
        self.ann: Person = discord.person("Ann")
        self.home = discord.guild("Home", self.ann)
        self.general: Channel = discord.channel(self.home, "general")

    def new_bridge(self) -> DiscordBridge:
        """Another life's."""
        return DiscordBridge(self.options, default_app="app", media=self.shelf, clock=self.clock, rest=self.rest)

    def asked(self, text: str = "?") -> dict[str, Json]:
        """Somebody asks; where that is answered."""
        message = self.ann.post(self.general, text)
        spot = Spot(str(self.general.id), guild=str(self.home.id))
        number = str(message.id)
        return target_of(spot, str(self.ann.id), self.clock.now(), reply_to=number, newest=number)


@asynccontextmanager
async def virtual_discord(folder: Path, **options: Any) -> AsyncIterator[Virtual]:
    clock = VirtualClock()
    async with FakeDiscord(clock.now).served() as discord:
        made = Virtual(discord, clock, folder, **options)
        try:
            yield made
        finally:
            await made.bridge.close()
