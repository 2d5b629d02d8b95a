"""Lives of a process that end at a chosen step, as by kill -9: what was done stays, nothing more is done.

Every store transaction and every platform call of a life goes through `Life.step`. A life that is dead lets nobody
go on: whoever asks for a further step gets `Killed`, which is no `Exception`, so that no handler tidies up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Concatenate, Literal, ParamSpec, TypeVar

from sqlalchemy import Connection

from trunkline.bridge import Bridge, Budget, Capabilities, Core, Post, Shown, Target, TurnChange
from trunkline.store import Store
from trunkline.store.store import Engine

T = TypeVar("T")
P = ParamSpec("P")


class Killed(BaseException):
    """The process is dead."""


class Life:
    """One life. With `ends_at` it ends at that point, from 1 on; each step has a point before and after it."""

    def __init__(self, ends_at: int | None = None) -> None:
        self.ended = asyncio.Event()
        self.stepped = asyncio.Event()
        """Set at each point; tests clear it."""
        self.points: list[str] = []
        self._ends_at = ends_at

    def end(self) -> None:
        self.ended.set()

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        await self._point(f"before {name}")
        done = await work()
        await self._point(f"after {name}")
        return done

    async def _point(self, name: str) -> None:
        if self.ended.is_set():
            raise Killed
        self.points.append(name)
        self.stepped.set()
        if len(self.points) == self._ends_at:
            self.end()
            await asyncio.Event().wait()


class MortalStore(Store):
    """The real store, used by a life."""

    life: Life

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._soon: list[tuple[Life, Callable[[Connection], object]]] = []

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        name = getattr(function, "__name__", "")
        return await self.life.step(
            f"store {name}", lambda: self._write_all(lambda conn: function(conn, *args, **kwargs))
        )

    async def write_soon(
        self, function: Callable[Concatenate[Connection, P], object], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Lost, unless the same life writes or reads again."""
        if self.life.ended.is_set():
            raise Killed
        self._soon.append((self.life, lambda conn: function(conn, *args, **kwargs)))

    async def read(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self.life.ended.is_set():
            raise Killed
        if self._soon:
            await self._write_all(lambda conn: None)
        return await super().read(function, *args, **kwargs)

    async def _write_all(self, function: Callable[[Connection], T]) -> T:
        waiting = [work for life, work in self._soon if life is self.life]
        self._soon.clear()

        def work(conn: Connection) -> T:
            for one in waiting:
                one(conn)
            return function(conn)

        return await super().write(work)


class MortalBridge:
    """A bridge, used by a life."""

    def __init__(self, bridge: Bridge, life: Life) -> None:
        self._bridge = bridge
        self._life = life

    @property
    def name(self) -> str:
        return self._bridge.name

    @property
    def capabilities(self) -> Capabilities:
        return self._bridge.capabilities

    async def run(self, core: Core) -> None:
        await self._bridge.run(core)

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return self._bridge.companions(target)

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        return self._bridge.budget(operation, target)

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        return await self._life.step("create", lambda: self._bridge.create(target, post, nonce, after))

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        await self._life.step("edit", lambda: self._bridge.edit(target, shown, post))

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self._life.step("append", lambda: self._bridge.append(target, shown, post))

    async def delete(self, target: Target, shown: Shown) -> None:
        await self._life.step("delete", lambda: self._bridge.delete(target, shown))

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        return await self._life.step("find", lambda: self._bridge.find(target, nonce, after))

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        if self._life.ended.is_set():
            raise Killed
        await self._bridge.turn_changed(target, change)
