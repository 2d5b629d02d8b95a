"""What happens in a channel is worked on in its order, by a worker that ends when nothing is left."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from .workers import Workers

T = TypeVar("T")


class Work(Protocol):
    """Something to be done in a channel."""

    @property
    def work(self) -> Callable[[Any], Awaitable[None]]:
        """Called with the lane it waited in."""
        ...


J = TypeVar("J", bound=Work)


@dataclass(slots=True)
class Lane(Generic[J]):
    """What waits in one channel; `news` is set whenever something comes."""

    scope: str
    jobs: deque[J] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Lanes(Generic[J]):
    """One lane per channel with work. A scope (a server, a workspace) can be held for a while."""

    def __init__(self, name: str, lane: Callable[[str], Lane[J]] = Lane) -> None:
        self._name = name
        self._make = lane
        self._workers = Workers()
        self._lanes: dict[str, Lane[J]] = {}
        self._held: dict[str, asyncio.Event] = {}

    def put(self, channel: str, scope: str, job: J, *, first: bool = False) -> None:
        """Have it done after all that waits in the channel, or before it."""
        lane = self._lanes.get(channel)
        fresh = lane is None
        if lane is None:
            lane = self._lanes[channel] = self._make(scope)
        if first:
            lane.jobs.appendleft(job)
        else:
            lane.jobs.append(job)
        lane.news.set()
        if fresh:
            self._workers.start(self._run(channel, lane), f"{self._name} channel")

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
        """Break off what is at work; what was not stored comes again to whoever runs next."""
        await self._workers.drain(0)
        self._lanes.clear()

    def __len__(self) -> int:
        """Channels with work."""
        return len(self._lanes)

    async def _run(self, channel: str, lane: Lane[J]) -> None:
        try:
            while lane.jobs:
                while (held := self._held.get(lane.scope)) is not None:
                    await held.wait()
                job = lane.jobs.popleft()
                # Apart, so that an error ends this piece of work alone, and is logged by its owner.
                await asyncio.wait({self._workers.start(_awaited(job.work(lane)), f"{self._name} event")})
        finally:
            if self._lanes.get(channel) is lane:
                del self._lanes[channel]


async def _awaited(work: Awaitable[T]) -> T:
    return await work
