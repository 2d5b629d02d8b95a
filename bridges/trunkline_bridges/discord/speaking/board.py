"""Keeps the panel of a call as it should look: a small operation apart, as presence is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from trunkline.clock import Clock
from trunkline.errors import PlatformError
from trunkline.telemetry import log

from ..acting.panels import Body
from ..sending import drafts
from ..sending.rest import Rest

INTERVAL_S: Final = 1.5
"""Between two edits: replies share the channel's budget."""


class Board:
    """One message in a channel at a time; `draw` says how it looks now."""

    def __init__(self, rest: Rest, clock: Clock, draw: Callable[[], Body]) -> None:
        self._rest = rest
        self._clock = clock
        self._draw = draw
        self._changed = asyncio.Event()
        self._path = ""
        self._shown: Body = {}

    async def post(self, channel: str) -> None:
        """Stand in this channel from now on. `PlatformError` where nothing can be posted there."""
        shown = self._draw()
        path = f"/channels/{channel}/messages"
        made = await self._rest.call("POST", path, json=drafts.for_create(shown))
        self._path, self._shown = f"{path}/{made['id']}", shown

    def change(self) -> None:
        """It may look otherwise now."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled. What changes back in between is never shown."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.draw()
            await self._clock.sleep(INTERVAL_S)

    async def draw(self) -> None:
        """Make it look as it should, once; what cannot be done now `run` does later."""
        wanted, path = self._draw(), self._path
        if wanted == self._shown or not path:
            return
        try:
            await self._rest.call("PATCH", path, json=drafts.for_edit(wanted))
        except PlatformError as error:
            log.info("call panel not changed", reason=error.user_message)
            if error.retryable:
                self.change()
        else:
            if path == self._path:
                self._shown = wanted
