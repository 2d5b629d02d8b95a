"""What shows that work is done before there is anything to read: typing, and ⏳ on messages that wait.

Failures here never matter: people see an answer all the same.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import quote

from trunkline.bridge import Target, TurnChange
from trunkline.clock import Clock
from trunkline.errors import Forbidden, PlatformError, TargetGone

from .rest import Rest

TYPING_SECONDS: Final = 9.0
"""Discord shows typing for 10 s. Source: resources/channel, Trigger Typing Indicator."""
WAITING: Final = "⏳"
_WAITS: Final = frozenset({"received"})
_RUNS: Final = frozenset({"running"})
_MOST_WAITING: Final = 10_000


class Presence:
    """The tasks live in the group that `live` is given; with None they end, and nothing more is shown."""

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self._tasks: asyncio.TaskGroup | None = None
        self._typing: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._began = clock.now()

    def live(self, tasks: asyncio.TaskGroup | None) -> None:
        self._tasks = tasks
        if tasks is None:
            for turn in tuple(self._typing):
                self._stop(turn)

    def changed(self, target: Target, change: TurnChange) -> None:
        """A turn got into another state."""
        turn = _turn(target)
        if change.state in _WAITS:
            if change.position > 0:
                self._mark(turn, target)
            return
        if change.state in _RUNS:
            self._unmark(turn, target)
            self._type(turn, target)
            return
        if turn in self._waiting:
            self._unmark(turn, target)
        self._stop(turn)

    def spoke(self, target: Target) -> None:
        """The turn shows something."""
        self._stop(_turn(target))

    def _type(self, turn: str, target: Target) -> None:
        # A deferred answer shows by itself that the bot thinks, and elsewhere it cannot type.
        if self._tasks is None or turn in self._typing or target.get("token") or target.get("foreign"):
            return
        task = self._tasks.create_task(self._keep_typing(str(target["channel"])))
        self._typing[turn] = task
        task.add_done_callback(lambda done: self._forget(turn, done))

    def _forget(self, turn: str, done: asyncio.Task[None]) -> None:
        if self._typing.get(turn) is done:
            del self._typing[turn]

    def _stop(self, turn: str) -> None:
        task = self._typing.pop(turn, None)
        if task is not None:
            task.cancel()

    async def _keep_typing(self, channel: str) -> None:
        while True:
            try:
                await self._rest.call("POST", f"/channels/{channel}/typing")
            except (Forbidden, TargetGone):
                return
            except PlatformError:
                pass
            await self._clock.sleep(TYPING_SECONDS)

    def _mark(self, turn: str, target: Target) -> None:
        message = _message(target)
        if self._tasks is None or not message or turn in self._waiting or len(self._waiting) >= _MOST_WAITING:
            return
        self._waiting[turn] = self._tasks.create_task(self._react("PUT", str(target["channel"]), message))

    def _unmark(self, turn: str, target: Target) -> None:
        marked = self._waiting.pop(turn, None)
        asked = target.get("at")
        # What waited in an earlier life may carry its mark still.
        earlier = isinstance(asked, int | float) and asked < self._began
        if self._tasks is not None and _message(target) and (marked is not None or earlier):
            self._tasks.create_task(self._take_back(marked, str(target["channel"]), _message(target)))

    async def _take_back(self, marked: asyncio.Task[None] | None, channel: str, message: str) -> None:
        if marked is not None:
            # The reaction may still be on its way.
            await asyncio.wait((marked,))
        await self._react("DELETE", channel, message)

    async def _react(self, method: str, channel: str, message: str) -> None:
        path = f"/channels/{channel}/messages/{message}/reactions/{quote(WAITING)}/@me"
        try:
            await self._rest.call(method, path, patient=True)
        except PlatformError:
            return


def _message(target: Target) -> str:
    """The message that the turn answers."""
    if target.get("token") or target.get("foreign"):
        return ""
    return str(target.get("newest") or target.get("reply_to") or "")


def _turn(target: Target) -> str:
    """Tells turns apart: what they answer, and when."""
    return f"{target.get('channel')}:{_message(target)}:{target.get('at')}"
