"""What stands on a platform and tells whoever waits when it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Changing:
    """Whoever changes something calls `changed`."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Tell whoever waits that something happened."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, look: Callable[[], Result], seconds: float = 10.0) -> Result:
        """Returns what `look` sees as soon as it sees anything; `TimeoutError` after so much real time."""
        async with asyncio.timeout(seconds):
            while not (seen := look()):
                await self._changed.wait()
        return seen
