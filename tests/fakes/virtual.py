"""A bridge and its platform in virtual time: nothing waits for real; time stands still while a call goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fakes.backend import profile
from fakes.clock import VirtualClock, settle
from fakes.core import NoLedger
from trunkline.bridge import Bridge, Render, Target, View
from trunkline.delivery import Delivery, Pacer
from trunkline.options import BridgeOptions
from trunkline.words import words

_ROUNDS = 60
"""Steps of the event loop after which whoever can go on has gone on."""


class UnderWay:
    """Knows how many calls are under way."""

    def __init__(self) -> None:
        self._count = 0
        self._answered = asyncio.Event()

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Time stands still for what goes over the network within."""
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            self._answered.set()

    async def quiet(self) -> None:
        """Returns once all that can happen at this moment has happened."""
        await settle(_ROUNDS)
        while self._count:
            self._answered.clear()
            await self._answered.wait()
            await settle(_ROUNDS)


class InVirtualTime:
    """What delivers through a bridge whose calls are `under_way`. The platform's own gives the bridge."""

    bridge: Bridge
    options: BridgeOptions

    def __init__(self, clock: VirtualClock, under_way: UnderWay, render: Render) -> None:
        self.clock = clock
        self.under_way = under_way
        self.pacer = Pacer(clock)
        self.pacer._rng = random.Random(1)  # every run waits the same
        self.began = clock.now()
        self._render = render
        self._turns = 0

    def delivery(self, target: Target, *, turn: int = 0, **drawn: Any) -> Delivery:
        """The delivery of the next turn, or of that one; `drawn` are further fields of its `View`."""
        self._turns = turn or self._turns + 1
        view = View(
            profile=profile(),
            turn=self._turns,
            target=target,
            conversation=1,
            options=self.options.model_dump(mode="json"),
            words=words,
            **drawn,
        )
        return Delivery(self.bridge, self._render, view, ledger=NoLedger(), pacer=self.pacer, clock=self.clock)

    async def run(self, work: asyncio.Future[None]) -> None:
        """Let time go on, from event to event, until the work is done."""
        while True:
            await self.under_way.quiet()
            if work.done():
                work.result()
                return
            waiting = self.clock.waiting
            assert waiting, "nothing is to happen any more"
            await self.clock.advance(waiting[0])
