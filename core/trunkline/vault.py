"""The `bridge.Vault` of one bridge, in the store."""

from __future__ import annotations

from collections.abc import Sequence

from .clock import Clock
from .messages import Json, Speaker
from .store import Store, vault


class StoredVault:
    def __init__(self, store: Store, clock: Clock, bridge: str) -> None:
        self._store = store
        self._clock = clock
        self._bridge = bridge

    async def put(
        self, kind: str, key: str, value: Json, until: float = 0.0, *, speaker: Speaker | None = None
    ) -> None:
        await self._store.write(vault.put, self._bridge, kind, key, value, until=until, speaker=speaker)

    async def get(self, kind: str, key: str) -> Json:
        return await self._store.read(vault.get, self._bridge, kind, key, self._clock.now())

    async def take(self, kind: str, key: str) -> Json:
        return await self._store.write(vault.take, self._bridge, kind, key, self._clock.now())

    async def drop(self, kind: str, key: str) -> None:
        await self._store.write(vault.drop, self._bridge, kind, key)

    async def keys(self, kind: str, prefix: str = "") -> Sequence[str]:
        return await self._store.read(vault.keys, self._bridge, kind, prefix, self._clock.now())
