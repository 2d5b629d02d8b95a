"""Closing turns in time where only an interaction's token reaches: its time ends, the turn does not."""

from __future__ import annotations

import asyncio
from typing import Final

from trunkline.bridge import Target, TurnChange
from trunkline.clock import Clock
from trunkline.errors import PlatformError
from trunkline.telemetry import log

from .tokens import Tokens, name_of

ENDS: Final = frozenset({"delivered", "stopped", "failed", "undeliverable", "superseded", "undone", "removed"})


class Closings:
    """The tasks live in the group that `live` is given; with None they end."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._tasks: asyncio.TaskGroup | None = None
        self._closings: dict[str, asyncio.Task[None]] = {}

    def live(self, tasks: asyncio.TaskGroup | None) -> None:
        self._tasks = tasks
        if tasks is None:
            for closing in self._closings.values():
                closing.cancel()
            self._closings.clear()

    def changed(self, target: Target, change: TurnChange) -> None:
        """A turn got into another state."""
        if not target.get("token"):
            return
        name = name_of(target)
        if change.state in ENDS:
            closing = self._closings.pop(name, None)
            if closing is not None:
                closing.cancel()
            if change.state == "removed" and target.get("original") and self._tasks is not None:
                self._tasks.create_task(self._told_dropped(target))
        elif name not in self._closings and self._tasks is not None:
            self._closings[name] = self._tasks.create_task(self._close_in_time(name, target))

    async def _told_dropped(self, target: Target) -> None:
        try:
            await self._tokens.drop(target)
        except PlatformError as error:
            log.info("question not closed", bridge="discord", error=type(error).__name__)

    async def _close_in_time(self, name: str, target: Target) -> None:
        until = target.get("until")
        try:
            if isinstance(until, int | float):
                await self._clock.sleep(max(0.0, until - self._clock.now()))
            await self._tokens.close(target)
        except PlatformError as error:
            log.warning("place not closed", bridge="discord", error=type(error).__name__)
        if self._closings.get(name) is asyncio.current_task():
            del self._closings[name]
