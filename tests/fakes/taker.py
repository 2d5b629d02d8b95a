"""Who runs calls, for tests of transports: keeps what a call tells, and does to it what a test says."""

from __future__ import annotations

import asyncio

from trunkline.calls import CallEvent, Calls, NoSpeech, VoiceTransport

PATIENCE = 15.0


class Ears(NoSpeech):
    """Engines that hear and speak."""

    hears = True
    speaks = True


class FakeTaker:
    """Takes the calls of `calls`; `records`: what is said is kept. `events` is what the newest one told."""

    def __init__(self, *, records: bool = False) -> None:
        self.calls = Calls()
        self.held: list[VoiceTransport] = []
        self.events: list[CallEvent] = []
        self.over: list[VoiceTransport] = []
        self.failure: Exception | None = None
        """Raised in place of running a call."""
        self._news = asyncio.Condition()
        self.leave = self.calls.take(self._run, records=records)

    async def _run(self, transport: VoiceTransport) -> None:
        if self.failure is not None:
            raise self.failure
        self.events = []
        await self._note(lambda: self.held.append(transport))
        async for event in transport.events():
            await self._note(lambda event=event: self.events.append(event))
        await self._note(lambda: self.over.append(transport))

    async def _note(self, change: object) -> None:
        async with self._news:
            assert callable(change)
            change()
            self._news.notify_all()

    async def call(self, count: int = 1) -> VoiceTransport:
        """The call that was taken as the `count`-th."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.held) >= count)
        return self.held[count - 1]

    async def told(self, count: int, kind: type[CallEvent] | None = None) -> list[CallEvent]:
        """The first `count` events of a kind, once there are so many."""

        def found() -> list[CallEvent]:
            return [event for event in self.events if kind is None or isinstance(event, kind)]

        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(found()) >= count)
        return found()[:count]

    async def ended(self, count: int = 1) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.over) >= count)
