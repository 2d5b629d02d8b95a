"""The apps of this process: each connected once, when first needed, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from .backend import AppProfile, Backend
from .bridge import MediaShelf
from .errors import UsageError
from .profile_media import ProfileMedia


class Apps:
    """Backends by the app's name in the settings.

    `shelf` keeps the files that profiles show (avatars, examples, greetings); without one they stay on the app.
    """

    def __init__(self, backends: Mapping[str, Backend], shelf: MediaShelf | None = None) -> None:
        self._backends = dict(backends)
        self._media = {name: ProfileMedia(backend, shelf) for name, backend in backends.items()} if shelf else {}
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
                attempt = self._connecting[name] = asyncio.create_task(self._connect(name), name=f"connect {name}")
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

    async def _connect(self, name: str) -> AppProfile:
        profile = await self._backends[name].connect(lambda sentence: self._tell(name, sentence))
        if name in self._media:
            await self._media[name].fetch(profile)
        return profile

    def _tell(self, name: str, sentence: str) -> None:
        for tell in tuple(self._waiting.get(name, ())):
            tell(sentence)

    def reached(self, name: str) -> Backend:
        """The app of a turn that runs: it was connected to then."""
        self.check(name)
        return self._backends[name]

    def check(self, name: str) -> None:
        """`UsageError` when the settings name no such app."""
        if name not in self._backends:
            known = ", ".join(self._backends) or "none"
            raise UsageError(f"There is no app named {name!r} in the settings. There is: {known}.")

    def profile(self, name: str) -> AppProfile:
        """The app's profile; an empty one while it was never reached, so that a failure can be shown."""
        if self.is_connected(name):
            profile = self._backends[name].profile
            return self._media[name].shown(profile) if name in self._media else profile
        return AppProfile(name=name, url="", version="", mode="", history="api")

    def is_connected(self, name: str) -> bool:
        return name in self._connected

    async def fresh_profile(self, name: str) -> AppProfile:
        """The app's profile, with the files it shows even where it changed since it was connected."""
        backend = await self.connected(name)
        if name in self._media:
            await self._media[name].fetch(backend.profile)
        return self.profile(name)

    def kept_media(self) -> frozenset[str]:
        """The SHA-256 of the files that profiles show: wanted, although no turn may refer to them."""
        return frozenset(sha256 for media in self._media.values() for sha256 in media.kept())

    async def close(self) -> None:
        attempts = tuple(self._connecting.values())
        for attempt in attempts:
            attempt.cancel()
        if attempts:
            await asyncio.wait(attempts)
        for backend in self._backends.values():
            await backend.close()

    def _attempted(self, name: str, attempt: asyncio.Task[AppProfile]) -> None:
        del self._connecting[name]
        # Asking for the error says that it is known: whoever waited has it, perhaps nobody waits any more.
        if not attempt.cancelled() and attempt.exception() is None:
            self._connected.add(name)
