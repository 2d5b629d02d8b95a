"""A `bridge.Vault` in memory, and a `bridge.Mount` that takes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from trunkline.errors import UsageError
from trunkline.messages import Json, Speaker


class MemoryVault:
    """Ends values by the clock it is given. `down` is raised by everything while it is set."""

    def __init__(self, now: Callable[[], float] = lambda: 0.0) -> None:
        self.held: dict[tuple[str, str], tuple[Json, float]] = {}
        self.whose: dict[tuple[str, str], Speaker | None] = {}
        """Also of what is dropped by now."""
        self.down: Exception | None = None
        self._now = now

    async def put(
        self, kind: str, key: str, value: Json, until: float = 0.0, *, speaker: Speaker | None = None
    ) -> None:
        self._check()
        self.held[kind, key] = (value, until)
        self.whose[kind, key] = speaker

    async def get(self, kind: str, key: str) -> Json:
        self._check()
        value, until = self.held.get((kind, key), (None, 0.0))
        return None if 0 < until <= self._now() else value

    async def take(self, kind: str, key: str) -> Json:
        value = await self.get(kind, key)
        self.held.pop((kind, key), None)
        return value

    async def drop(self, kind: str, key: str) -> None:
        self._check()
        self.held.pop((kind, key), None)

    async def keys(self, kind: str, prefix: str = "") -> Sequence[str]:
        self._check()
        return sorted(key for of, key in self.held if of == kind and key.startswith(prefix))

    def _check(self) -> None:
        if self.down is not None:
            raise self.down


def no_mount(path: str, handler: Callable[..., Awaitable[object]]) -> Callable[[], None]:
    raise UsageError(f"{path} needs a web server.")
