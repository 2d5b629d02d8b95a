"""Voice channels that are joined unasked: when people come, and again when that fails or the call breaks off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from trunkline.calls import Calls
from trunkline.errors import Denied, Forbidden, TrunklineError, UsageError
from trunkline.telemetry import causes, log

from ..desk import Desk
from ..hearing.reading import spot_of
from .waiting import happens

if TYPE_CHECKING:
    from .rooms import Rooms, Vocal

TAKER_S: Final = 30
"""Seconds that a channel waits for the voice bridge, which begins beside this one."""
WAITS_S: Final = (1.0, 5.0, 15.0, 60.0)
"""Waits before a channel is tried again; the last holds for all that follow."""
STEADY_S: Final = 60.0
"""A call of so many seconds did not break off at its beginning."""
DISMISSALS: Final = 3
"""So often in a row the voice bridge is offered a call that it does not take though the app is there."""
BREAKS: Final = 8
"""So often in a row a call may break off at its beginning: people are told each time."""


class Unasked:
    """Which channels, the settings say. Raises `Denied`, `Forbidden` and `UsageError`: waiting changes nothing."""

    def __init__(self, desk: Desk, calls: Calls, rooms: Rooms) -> None:
        self._desk = desk
        self._calls = calls
        self._rooms = rooms
        self._trying: dict[str, asyncio.Event] = {}
        """Set when somebody comes meanwhile."""
        self._brief: dict[str, int] = {}
        """Calls in a row that ended by themselves at their beginning, by channel."""

    def wants(self, channel: str) -> bool:
        """It is to be joined unasked."""
        return channel in self._desk.options.voice_channels

    async def come(self, key: str) -> None:
        """People are there: join them, and try for as long as they are."""
        self._brief.pop(key, None)
        if key in self._trying:
            self._trying[key].set()
            return
        with self._alone(key):
            for _ in range(TAKER_S):
                if self._calls.taken:
                    break
                await self._desk.clock.sleep(1.0)
            await self._try(key, 0)

    async def come_back(self, key: str, *, lasted: float, dismissed: bool) -> None:
        """A call broke off after so many seconds; `dismissed`: by the voice bridge."""
        brief = self._brief.get(key, 0) + 1 if lasted < STEADY_S else 1
        self._brief[key] = brief
        if key not in self._trying and brief <= (DISMISSALS if dismissed else BREAKS):
            with self._alone(key):
                await self._try(key, brief)

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        self._trying[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._trying[key]

    async def _try(self, key: str, failed: int) -> None:
        while True:
            if failed and await happens(
                self._trying[key], self._desk.clock, WAITS_S[min(failed, len(WAITS_S)) - 1]
            ):
                self._trying[key].clear()
                failed = 0
            channel = self._rooms.voice_channel(key)
            people = channel is not None and any(not member.bot for member in channel.members)
            if channel is None or not people or self._rooms.call_in(str(channel.guild.id)) is not None:
                return
            if await self._joined(channel, again=failed > 0):
                return
            failed += 1

    async def _joined(self, channel: Vocal, *, again: bool) -> bool:
        """We are there. Only the first time people are told that the app is not."""
        desk = self._desk
        try:
            if again:
                place = await desk.place(spot_of(channel, channel.guild, desk.bot), "")
                await desk.core.profile(place.app)
            await self._rooms.join(channel)
        except (Denied, Forbidden, UsageError):
            raise
        except TrunklineError as error:
            log.info("voice channel is joined later", bridge="discord", errors=causes(error))
            return False
        return True


__all__ = ["Unasked"]
