"""What goes wrong in a seeded run, and when: kills of the service and the app, and a platform's own troubles."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from typing import ClassVar

from faults.processes import Killable


class Trouble(ABC):
    """Strikes drawn from the seed."""

    one_in: ClassVar[int]
    """Beside the kills, a stroke for every so many messages."""

    def __init__(self, rng: random.Random, app: Killable, service: Killable) -> None:
        self.answering = asyncio.Event()
        """The app is not known to be down."""
        self._rng = rng
        self._app = app
        self._service = service

    async def make(self, said: asyncio.Queue[str], total: int, kills: int) -> None:
        """Strike after a random number of messages each: `kills` of the service, one of the app, the others."""
        moments = sorted(self._rng.sample(range(1, total), min(kills + 1 + total // self.one_in, total - 1)))
        strokes = ["service"] * kills + ["app"] + self._others(len(moments) - kills - 1)
        self._rng.shuffle(strokes)
        plan = dict(zip(moments, strokes, strict=True))
        for number in range(1, total + 1):
            await said.get()
            if number in plan:
                await self._strike(plan[number])

    async def _strike(self, what: str) -> None:
        if what == "service":
            await self._kill_service()
        elif what == "app":
            # Nobody writes to an app that is known to be down; what is on its way fails or is asked again.
            self.answering.clear()
            await self._app.kill()
            await self._app.start()
            self.answering.set()
        else:
            await self._strike_otherwise(what)

    async def _kill_service(self) -> None:
        await self._service.kill()
        await self._service.start()

    @abstractmethod
    def _others(self, count: int) -> list[str]:
        """The names of so many strokes of the platform's own."""

    @abstractmethod
    async def _strike_otherwise(self, what: str) -> None: ...
