"""The files that an app's profile shows: avatars, examples' pictures and files, those of its greeting.

They lie on the app's server, where no bridge and no browser can fetch them. Each is fetched once and kept; what
cannot be fetched stays a medium that says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from .backend import AppProfile, Backend, Example
from .bridge import MediaShelf
from .errors import AppError, AppUnreachable, MediaError, StoreError
from .messages import AppFile, Blob, Inline, Media, Message, replace_media, walk
from .telemetry import log
from .words import words

LARGEST = 20 * 1024 * 1024
"""Bytes of one file of a profile."""
PATIENCE = 20.0
"""Seconds that all of them together may take; what came until then is shown."""


class ProfileMedia:
    """Of one app."""

    def __init__(self, backend: Backend, shelf: MediaShelf) -> None:
        self._backend = backend
        self._shelf = shelf
        self._fetched: dict[Media, Media] = {}
        self._shown: tuple[AppProfile, AppProfile] | None = None
        self._fetching = asyncio.Lock()

    async def fetch(self, profile: AppProfile) -> None:
        """Fetch what the profile shows and is not kept yet."""
        async with self._fetching:
            wanted = [media for media in dict.fromkeys(_elsewhere(profile)) if media not in self._fetched]
            if not wanted:
                return
            tasks = {asyncio.create_task(self._fetch(media)): media for media in wanted}
            late = set(tasks)
            try:
                _, late = await asyncio.wait(tasks, timeout=PATIENCE)
            finally:
                for task in late:
                    task.cancel()
            for task in late:
                # Nobody is to wait again for what the app does not give.
                media = tasks[task]
                self._fetched.setdefault(media, replace(media, source=None, error=words("media_gone")))
            self._shown = None

    def shown(self, profile: AppProfile) -> AppProfile:
        """The profile with the kept files in place of the app's."""
        if self._shown is None or self._shown[0] is not profile:
            self._shown = (profile, self._with_fetched(profile))
        return self._shown[1]

    def kept(self) -> Iterator[str]:
        for media in self._fetched.values():
            if isinstance(media.source, Blob):
                yield media.source.sha256

    async def _fetch(self, media: Media) -> None:
        try:
            if isinstance(media.source, AppFile):
                file = await self._backend.fetch(media.source, LARGEST)
                data, mime, name = file.data, media.mime or file.mime, media.name or file.name
            else:
                assert isinstance(media.source, Inline), "only what lies elsewhere is fetched"
                data, mime, name = media.source.data, media.mime, media.name
            blob = await self._shelf.put(data, mime=mime, name=name, limit=LARGEST)
        except StoreError as error:
            # Whoever asks for the profile next tries again.
            log.warning("a file of the profile was not kept", error=type(error).__name__)
        except (MediaError, AppError, AppUnreachable) as error:
            self._fetched[media] = replace(media, source=None, error=error.user_message)
        else:
            self._fetched[media] = replace(media, source=blob, mime=mime, name=name)

    def _with_fetched(self, profile: AppProfile) -> AppProfile:
        if not self._fetched:
            return profile
        user, assistant = profile.avatars
        return replace(
            profile,
            avatars=(self._one(user), self._one(assistant)),
            examples=tuple(self._example(example) for example in profile.examples),
            greeting=tuple(self._message(message) for message in profile.greeting),
        )

    def _one(self, media: Media | None) -> Media | None:
        return self._fetched.get(media, media) if media is not None and _is_elsewhere(media) else media

    def _example(self, example: Example) -> Example:
        media = tuple(found for one in example.media if (found := self._one(one)) is not None)
        return replace(example, icon=self._one(example.icon), media=media)

    def _message(self, message: Message) -> Message:
        return replace(message, parts=replace_media(message.parts, self._fetched))


def _elsewhere(profile: AppProfile) -> Iterator[Media]:
    for avatar in profile.avatars:
        if avatar is not None and _is_elsewhere(avatar):
            yield avatar
    for example in profile.examples:
        for media in (example.icon, *example.media):
            if media is not None and _is_elsewhere(media):
                yield media
    for message in profile.greeting:
        for part in walk(message.parts):
            if isinstance(part, Media) and _is_elsewhere(part):
                yield part


def _is_elsewhere(media: Media) -> bool:
    return media.spec is None and isinstance(media.source, AppFile | Inline)
