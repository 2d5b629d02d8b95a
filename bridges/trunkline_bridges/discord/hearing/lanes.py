"""What happens in a channel is worked on in its order, by a worker that ends when nothing is left."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from trunkline.clock import Clock
from trunkline.errors import StoreError
from trunkline.pacing import backoff
from trunkline.telemetry import log
from trunkline.workers import Workers

from ..facts import Written

T = TypeVar("T")
Work: TypeAlias = "Callable[[Lane], Awaitable[None]]"


@dataclass(slots=True)
class Job:
    """Something to be done in a channel; `written` where it is about a new message."""

    work: Work
    written: Written | None = None


@dataclass(slots=True)
class Lane:
    """What waits in one channel. A `joining.Pending`."""

    scope: str
    jobs: deque[Job] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, wanted: Callable[[Written], bool]) -> Written | None:
        """The first new message that is wanted, taken out; None when there is none."""
        for job in self.jobs:
            if job.written is not None and wanted(job.written):
                self.jobs.remove(job)
                return job.written
        return None

    def insert(self, jobs: Iterable[Job]) -> None:
        """Put new messages, the oldest first, where they belong among those that wait; those that do are left."""
        late = deque(jobs)
        waiting, self.jobs = self.jobs, deque()
        for job in waiting:
            while late and job.written is not None and _is_before(late[0], job.written):
                self.jobs.append(late.popleft())
            if late and job.written is not None and _id(late[0]) == int(job.written.id):
                late.popleft()
            self.jobs.append(job)
        self.jobs.extend(late)


class Lanes:
    """One lane per channel with work. A scope (a server, "" for direct messages) can be held for a while."""

    def __init__(self) -> None:
        self._workers = Workers()
        self._lanes: dict[str, Lane] = {}
        self._held: dict[str, asyncio.Event] = {}

    def put(self, channel: str, scope: str, job: Job, *, first: bool = False) -> None:
        """Have it done after all that waits in the channel, or before it."""
        lane = self._lanes.get(channel)
        fresh = lane is None
        if lane is None:
            lane = self._lanes[channel] = Lane(scope)
        if first:
            lane.jobs.appendleft(job)
        else:
            lane.jobs.append(job)
        lane.news.set()
        if fresh:
            self._workers.start(self._run(channel, lane), "discord channel")

    def start(self, work: Awaitable[T], name: str) -> asyncio.Task[T]:
        """Work that belongs to no channel, ended with the rest."""
        return self._workers.start(_awaited(work), name)

    def hold(self, scope: str) -> None:
        """Nothing is begun there until `release`."""
        self._held.setdefault(scope, asyncio.Event())

    @property
    def held(self) -> tuple[str, ...]:
        """The scopes that are held."""
        return tuple(self._held)

    def release(self, scope: str) -> None:
        held = self._held.pop(scope, None)
        if held is not None:
            held.set()

    async def idle(self) -> None:
        """Returns once nothing is at work."""
        await self._workers.idle()

    async def close(self) -> None:
        """Break off what is at work; what was not stored is read again by whoever runs next."""
        await self._workers.drain(0)
        self._lanes.clear()

    def __len__(self) -> int:
        """Channels with work."""
        return len(self._lanes)

    async def _run(self, channel: str, lane: Lane) -> None:
        try:
            while lane.jobs:
                while (held := self._held.get(lane.scope)) is not None:
                    await held.wait()
                job = lane.jobs.popleft()
                # Apart, so that an error ends this piece of work alone, and is logged by its owner.
                await asyncio.wait({self._workers.start(_awaited(job.work(lane)), "discord event")})
        finally:
            if self._lanes.get(channel) is lane:
                del self._lanes[channel]


async def patiently(clock: Clock, call: Callable[[], Awaitable[T]]) -> T:
    """What a call gives once the store takes it: Discord tells nothing twice."""
    attempt = 0
    while True:
        try:
            return await call()
        except StoreError as error:
            log.warning("discord event not stored yet", error=type(error).__name__, attempt=attempt)
        await clock.sleep(backoff(attempt, random.random))
        attempt += 1


def _id(job: Job) -> int:
    return int(job.written.id) if job.written is not None else 0


def _is_before(job: Job, written: Written) -> bool:
    return _id(job) < int(written.id)


async def _awaited(work: Awaitable[T]) -> T:
    return await work
