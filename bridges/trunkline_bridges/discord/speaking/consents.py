"""Who agreed to be listened to, by server. Kept, so that a restart or a move of the bot asks nobody again."""

from __future__ import annotations

from typing import Final

from trunkline.bridge import Vault
from trunkline.clock import Clock

KIND: Final = "voice_consent"


class Consents:
    """Keys are `server:person`. Without a vault they last as long as the process. Raises `StoreError`."""

    def __init__(self, vault: Vault | None, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock
        self._held: dict[str, set[str]] = {}

    async def load(self, guild: str) -> None:
        """Know who agreed in a server."""
        keys = await self._vault.keys(KIND, f"{guild}:") if self._vault is not None else ()
        self._held.setdefault(guild, set()).update(key.partition(":")[2] for key in keys)

    def unload(self, guild: str) -> None:
        """Nobody asks about a server for now; what only the process knew stays."""
        if self._vault is not None:
            self._held.pop(guild, None)

    def of(self, guild: str) -> tuple[str, ...]:
        """Who agreed, as far as the server is loaded."""
        return tuple(self._held.get(guild, ()))

    def given(self, guild: str, user: str) -> bool:
        """They agreed, as far as the server is loaded."""
        return user in self._held.get(guild, ())

    async def give(self, guild: str, user: str) -> None:
        if self._vault is not None:
            await self._vault.put(KIND, f"{guild}:{user}", {"at": self._clock.now()})
        self._held.setdefault(guild, set()).add(user)

    async def take_back(self, guild: str, user: str) -> None:
        """They are not heard any more from here on, whatever the database does."""
        self._held.get(guild, set()).discard(user)
        if self._vault is not None:
            await self._vault.drop(KIND, f"{guild}:{user}")

    async def forget(self, user: str) -> tuple[str, ...]:
        """Take it back everywhere; the servers."""
        keys = await self._vault.keys(KIND) if self._vault is not None else ()
        kept = {key.partition(":")[0] for key in keys if key.partition(":")[2] == user}
        guilds = tuple(sorted(kept | {guild for guild, users in self._held.items() if user in users}))
        for guild in guilds:
            await self.take_back(guild, user)
        return guilds


__all__ = ["Consents"]
