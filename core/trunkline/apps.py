"""The apps of this process: each connected once, when first needed, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from .backend import AppProfile, Backend
from .errors import UsageError


class Apps:
    """Backends by the app's name in the settings."""

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        self._backends = dict(backends)
        self._connected: set[str] = set()
        self._connecting: dict[str, asyncio.Task[AppProfile]] = {}
        self._waiting: dict[str, set[Callable[[str], None]]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._backends)

    async def connected(self, name: str, tell: Callable[[str], None] | None = None) -> Backend:
        """The app, connected. Its `AppError` or `AppUnreachable` when that fails; the next call tries again.

        Everybody who asks while an attempt is under way shares it, what is told of it, and what it ends with.
        """
        self.check(name)
        backend = self._backends[name]
        if name not in self._connected:
            attempt = self._connecting.get(name)
            if attempt is None:
                connecting = backend.connect(lambda sentence: self._tell(name, sentence))
                attempt = self._connecting[name] = asyncio.create_task(connecting, name=f"connect {name}")
                attempt.add_done_callback(lambda task: self._attempted(name, task))
            waiting = self._waiting.setdefault(name, set())
            if tell is not None:
                waiting.add(tell)
            try:
                # Who stops waiting does not end the attempt for the others.
                await asyncio.shield(attempt)
            finally:
                if tell is not None:
                    waiting.discard(tell)
        return backend

    def _tell(self, name: str, sentence: str) -> None:
        for tell in tuple(self._waiting.get(name, ())):
            tell(sentence)

    def check(self, name: str) -> None:
        """`UsageError` when the settings name no such app."""
        if name not in self._backends:
            known = ", ".join(self._backends) or "none"
            raise UsageError(f"There is no app named {name!r} in the settings. There is: {known}.")

    def profile(self, name: str) -> AppProfile:
        """The app's profile; an empty one while it was never reached, so that a failure can be shown."""
        if self.is_connected(name):
            return self._backends[name].profile
        return AppProfile(name=name, url="", version="", mode="", history="api")

    def is_connected(self, name: str) -> bool:
        return name in self._connected

    async def close(self) -> None:
        for attempt in tuple(self._connecting.values()):
            attempt.cancel()
        for backend in self._backends.values():
            await backend.close()

    def _attempted(self, name: str, attempt: asyncio.Task[AppProfile]) -> None:
        del self._connecting[name]
        # Asking for the error says that it is known: whoever waited has it, perhaps nobody waits any more.
        if not attempt.cancelled() and attempt.exception() is None:
            self._connected.add(name)
