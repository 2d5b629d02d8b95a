"""A bridge and its platform in virtual time: nothing waits for real; time stands still while a call goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fakes.clock import VirtualClock, settle
from fakes.core import NoLedger
from trunkline.bridge import Bridge, Render, View
from trunkline.delivery import Delivery, Pacer, Standing

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
    """What delivers through a bridge whose calls are `under_way`."""

    def __init__(self, clock: VirtualClock, under_way: UnderWay) -> None:
        self.clock = clock
        self.under_way = under_way
        self.pacer = Pacer(clock)
        self.pacer._rng = random.Random(1)  # every run waits the same
        self.began = clock.now()
        self._turns = 0

    def next_turn(self, turn: int = 0) -> int:
        """The number of the turn that is delivered next, if it is not given."""
        self._turns = turn or self._turns + 1
        return self._turns

    def deliver(self, bridge: Bridge, render: Render, view: View, standing: Sequence[Standing] = ()) -> Delivery:
        return Delivery(
            bridge, render, view, ledger=NoLedger(), pacer=self.pacer, clock=self.clock, standing=standing
        )

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
