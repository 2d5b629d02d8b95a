"""What the tests of hearing share, whichever the platform: a core that takes all in, and what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fakes.core import FakeCore
from trunkline.bridge import Answer, Bridge, Render
from trunkline.clock import SystemClock
from trunkline.inbound import Inbound, Place, Say
from trunkline.messages import Media, Text

Result = TypeVar("Result")


class WatchedCore(FakeCore):
    """A `FakeCore` of which one may wait for what it was told. `paused` is for those who build on it."""

    def __init__(self, bridge: Bridge, render: Render, root: Path, clock: SystemClock) -> None:
        super().__init__(bridge, render, root, clock)
        self.answers_given: list[tuple[Inbound, Answer]] = []
        self.paused: set[Place] = set()
        self._told = asyncio.Event()

    async def accept(self, event: Inbound) -> Answer:
        answer = await super().accept(event)
        self.answers_given.append((event, answer))
        self._told.set()
        return answer

    async def until(self, look: Callable[[], Result]) -> Result:
        """What `look` sees as soon as it sees anything."""
        async with asyncio.timeout(15):
            while not (seen := look()):
                self._told.clear()
                await self._told.wait()
        return seen

    @property
    def counted(self) -> list[Inbound]:
        return [event for event, answer in self.answers_given if answer.outcome != "duplicate"]

    @property
    def texts(self) -> list[str]:
        """What was said, message by message."""
        return [text_of(event) for event in self.counted if isinstance(event.command, Say)]

    async def end(self) -> None:
        """As if the process were killed."""
        for turn in self.turns.values():
            turn.die()


def text_of(event: Inbound) -> str:
    parts = getattr(event.command, "parts", ())
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))


def media_of(event: Inbound) -> list[Media]:
    return [part for part in getattr(event.command, "parts", ()) if isinstance(part, Media)]
