"""A bridge and a Slack in virtual time: nothing waits for real, and time stands still while a call goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.backend import profile
from fakes.clock import VirtualClock, settle
from fakes.core import FolderShelf, NoLedger
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import options_of, target
from fakes.slack.server import FakeSlack
from fakes.slack.world import Channel, Message
from fakes.vault import MemoryVault, no_mount
from trunkline.bridge import Target, View
from trunkline.delivery import Delivery, Pacer, Standing
from trunkline.words import words
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.render import render
from trunkline_bridges.slack.sending.api import Api

_ROUNDS = 60
"""Steps of the event loop after which whoever can go on has gone on."""


class WatchedApi(Api):
    """Knows how many calls are under way."""

    def __init__(self, options: SlackOptions, clock: VirtualClock) -> None:
        super().__init__(options, clock)
        self._underway = 0
        self._answered = asyncio.Event()

    async def _send(self, method: str, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self._underway += 1
        try:
            return await super()._send(method, token, arguments)
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
    """A running fake with one person and a channel, and a bridge that delivers there and to the person."""

    def __init__(self, slack: FakeSlack, clock: VirtualClock, folder: Path, **options: Any) -> None:
        self.slack = slack
        self.clock = clock
        # When a message was posted stands in its `ts`, and streams are rolled over by that.
        slack.world._offset = 0.0
        slack.deliveries.paused = True
        self.acme = slack.workspace("acme")
        self.app: App = slack.app(self.acme)
        self.ann: Person = self.acme.person("Ann")
        self.general: Channel = self.acme.channel("general", self.ann, self.app)
        self.options = options_of(slack, self.app, **options)
        self.api = WatchedApi(self.options, clock)
        self.bridge = SlackBridge(
            self.options,
            default_app="app",
            media=FolderShelf(folder),
            vault=MemoryVault(clock.now),
            mount=no_mount,
            clock=clock,
            api=self.api,
        )
        self.pacer = Pacer(clock)
        self.pacer._rng = random.Random(1)  # every run waits the same
        self.began = clock.now()
        self._turns = 0

    def asked(self, text: str, *, direct: bool = False) -> tuple[Message, Target]:
        """Somebody asks, in the channel or directly; where that is answered."""
        message = self.ann.post(self.ann.dm(self.app) if direct else self.general, text)
        return message, target(self.slack, message, self.clock, native=direct)

    def delivery(self, place: Target, *, standing: Sequence[Standing] = ()) -> Delivery:
        self._turns += 1
        view = View(
            profile=profile(),
            turn=self._turns,
            target=place,
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
            await self.api.quiet()
            if work.done():
                work.result()
                return
            waiting = self.clock.waiting
            assert waiting, "nothing is to happen any more"
            await self.clock.advance(waiting[0])


@asynccontextmanager
async def virtual_slack(folder: Path, **options: Any) -> AsyncIterator[Virtual]:
    clock = VirtualClock()
    async with FakeSlack(clock.now).served() as slack:
        made = Virtual(slack, clock, folder, **options)
        try:
            yield made
        finally:
            await made.bridge.close()
