"""Tasks that have an owner, which waits for them or ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from .errors import TrunklineError
from .telemetry import causes, log

T = TypeVar("T")


class Workers:
    """Owns the tasks that run conversations. An unexpected error ends its task alone, and is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def idle(self) -> None:
        """Returns once nothing is at work."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, seconds: float) -> None:
        """Let the work end by itself for so long, then cancel what is left."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # What is taken in already may still begin to work, so that there is more than the tasks of now.
        while self._tasks and (left := until - loop.time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work broke off", task=task.get_name(), errors=causes(error))


@asynccontextmanager
async def alongside(live: Callable[[asyncio.TaskGroup | None], None]) -> AsyncIterator[None]:
    """A group for what only decorates the work within: `live` is given it, and None at the end, which ends it.

    Errors of ours come out as they are, and not in a group of their own.
    """
    failure: TrunklineError | None = None
    async with asyncio.TaskGroup() as tasks:
        live(tasks)
        try:
            yield
        except TrunklineError as error:
            failure = error
        finally:
            live(None)
    if failure is not None:
        raise failure
