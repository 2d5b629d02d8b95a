"""A bridge and a Discord in virtual time: nothing waits for real, and time stands still while a call goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from fakes.backend import profile
from fakes.clock import VirtualClock, settle
from fakes.core import FolderShelf, NoLedger
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel
from trunkline.backend import AppProfile
from trunkline.bridge import Target, View
from trunkline.delivery import Delivery, Pacer, Standing
from trunkline.messages import Json
from trunkline.words import words
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.facts import Spot, target_of
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.render import render
from trunkline_bridges.discord.sending.rest import Rest

_ROUNDS = 60
"""Steps of the event loop after which whoever can go on has gone on."""


class WatchedRest(Rest):
    """Knows how many calls are under way; each takes `latency` seconds of the clock, half of it to get there."""

    def __init__(self, options: DiscordOptions, clock: VirtualClock, latency: float = 0.0) -> None:
        super().__init__(options, clock)
        self.latency = latency
        self._underway = 0
        self._answered = asyncio.Event()

    async def _send(self, asked: Any) -> tuple[int, Mapping[str, str], Any]:
        if self.latency:
            await self._clock.sleep(self.latency / 2)
        async with self.under_way():
            answer = await super()._send(asked)
        if self.latency:
            await self._clock.sleep(self.latency / 2)
        return answer

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """Time stands still for what goes over the network within."""
        self._underway += 1
        try:
            yield
        finally:
            self._underway -= 1
            self._answered.set()

    async def quiet(self) -> None:
        """Returns once all that can happen at this moment has happened."""
        await settle(_ROUNDS)
        while self._underway:
            self._answered.clear()
            await self._answered.wait()
            await settle(_ROUNDS)


class Virtual:
    """A running fake with one person in one channel, and a bridge that delivers there."""

    def __init__(self, discord: FakeDiscord, clock: VirtualClock, folder: Path, **options: Any) -> None:
        self.discord = discord
        self.clock = clock
        self.options = DiscordOptions(token=SecretStr(discord.token), api_url=discord.api, **options)
        self.rest = WatchedRest(self.options, clock)
        self.shelf = FolderShelf(folder)
        self.bridge = self.new_bridge()
        self.pacer = Pacer(clock)
        self.pacer._rng = random.Random(1)  # every run waits the same
        self.ann: Person = discord.person("Ann")
        self.home = discord.guild("Home", self.ann)
        self.general: Channel = discord.channel(self.home, "general")
        self.began = clock.now()
        self._turns = 0

    def new_bridge(self) -> DiscordBridge:
        """Another life's."""
        return DiscordBridge(self.options, default_app="app", media=self.shelf, clock=self.clock, rest=self.rest)

    def asked(self, text: str = "?") -> dict[str, Json]:
        """Somebody asks; where that is answered."""
        message = self.ann.post(self.general, text)
        spot = Spot(str(self.general.id), guild=str(self.home.id))
        number = str(message.id)
        return target_of(spot, str(self.ann.id), self.clock.now(), reply_to=number, newest=number)

    def delivery(
        self,
        target: Target,
        app: AppProfile | None = None,
        *,
        turn: int = 0,
        newest: bool = True,
        chosen: int = -1,
        standing: Sequence[Standing] = (),
    ) -> Delivery:
        self._turns = turn or self._turns + 1
        view = View(
            profile=app or profile(),
            turn=self._turns,
            target=target,
            newest=newest,
            chosen=chosen,
            conversation=1,
            options=self.options.model_dump(mode="json"),
            words=words,
        )
        return Delivery(
            self.bridge,
            render,
            view,
            ledger=NoLedger(),
            pacer=self.pacer,
            clock=self.clock,
            standing=standing,
        )

    async def run(self, work: asyncio.Future[Any]) -> None:
        """Let time go on, from event to event, until the work is done."""
        while True:
            await self.rest.quiet()
            if work.done():
                work.result()
                return
            waiting = self.clock.waiting
            assert waiting, "nothing is to happen any more"
            await self.clock.advance(waiting[0])


@asynccontextmanager
async def virtual_discord(folder: Path, **options: Any) -> AsyncIterator[Virtual]:
    clock = VirtualClock()
    async with FakeDiscord(clock.now).served() as discord:
        made = Virtual(discord, clock, folder, **options)
        try:
            yield made
        finally:
            await made.bridge.close()
