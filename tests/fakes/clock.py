"""A clock that moves only when it is told to, or, set free, as soon as somebody waits for it."""

from __future__ import annotations

import asyncio
import heapq
import itertools

EPOCH = 1_000_000.0
"""Where every virtual clock begins; no test depends on the day it runs."""


class VirtualClock:
    """A `Clock`: `sleep` ends when the time is moved past its end, sleepers wake in the order of their ends.

    `free` lets time jump to the next sleeper's end by itself, so that waiting costs nothing.
    """

    def __init__(self, start: float = EPOCH, *, free: bool = False) -> None:
        self._now = start
        self._free = free
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._jump: asyncio.Handle | None = None
        self._asleep = asyncio.Event()
        self.slept: list[float] = []
        """Every time that was waited for, in the order in which it was asked for."""

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        self._asleep.set()
        if self._free and self._jump is None:
            self._jump = loop.call_soon(self._jump_ahead)
        await woken

    @property
    def waiting(self) -> tuple[float, ...]:
        """How long each sleeper has still to wait, in seconds, the next first."""
        self._drop_cancelled()
        return tuple(sorted(end - self._now for end, _, woken in self._sleepers if not woken.done()))

    async def somebody_sleeps(self) -> None:
        """Returns once anybody waits for the time to pass."""
        while not self.waiting:
            self._asleep.clear()
            await asyncio.wait_for(self._asleep.wait(), 10)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass; everybody who is woken runs before this returns."""
        until = self._now + seconds
        while self._drop_cancelled() and self._sleepers[0][0] <= until:
            self._wake_next()
            await settle()
        self._now = max(self._now, until)
        await settle()

    def _jump_ahead(self) -> None:
        self._jump = None
        if self._drop_cancelled():
            self._wake_next()
        if self._drop_cancelled():
            self._jump = asyncio.get_running_loop().call_soon(self._jump_ahead)

    def _wake_next(self) -> None:
        end, _, woken = heapq.heappop(self._sleepers)
        self._now = max(self._now, end)
        woken.set_result(None)

    def _drop_cancelled(self) -> bool:
        """Whether anybody still sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return bool(self._sleepers)


async def settle(rounds: int = 20) -> None:
    """Let every task that can go on do so. Work on other threads is not waited for."""
    for _ in range(rounds):
        await asyncio.sleep(0)
