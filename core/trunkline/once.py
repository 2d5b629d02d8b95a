"""An event acts once, whatever breaks off: the mark that it was taken in is stored with what it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from .clock import Clock
from .store import Store, turns

P = ParamSpec("P")
T = TypeVar("T")


class AlreadyDone(Exception):
    """Another delivery of the same event changed what it asks for."""


class Once:
    """The writes of one event that makes no turn.

    The first of them marks the event, in the same transaction: before it nothing is done and a redelivery starts
    anew, after it a redelivery does nothing. An event that writes nothing is marked by `end`.
    """

    def __init__(self, store: Store, event_key: str, clock: Clock) -> None:
        self._store = store
        self._event_key = event_key
        self._clock = clock
        self._marked = False

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`Store.write`; `AlreadyDone` when another delivery of the event came first."""
        if self._marked:
            return await self._store.write(function, *args, **kwargs)
        result = await self._store.write(self._mark_and_do, lambda conn: function(conn, *args, **kwargs))
        self._marked = True
        return result

    async def end(self) -> None:
        """What the event asked for is done, or will never be."""
        if not self._marked:
            await self._store.write(turns.seen, self._event_key, self._clock.now())

    def _mark_and_do(self, conn: Connection, function: Callable[[Connection], T]) -> T:
        if turns.seen(conn, self._event_key, self._clock.now()):
            raise AlreadyDone
        return function(conn)
