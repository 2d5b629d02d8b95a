"""Gets the bytes of a reply's media out of the app while the reply still runs, and keeps them.

A snapshot names files on the app's server; those vanish with the app. Each is fetched once, as soon as a
snapshot names it, and every later snapshot has the stored `Blob` in its place. What cannot be fetched stays
as a medium that says why. HTML comes whole, and is kept once it no longer grows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from .backend import Backend
from .bridge import MediaShelf
from .errors import AppError, AppUnreachable, MediaError
from .messages import AppFile, Artifact, Inline, Media, Message, Reply, replace_media, walk
from .words import words


class MediaFetcher:
    """Of one turn. `fetched` is called after each file, so that the newest snapshot can be shown again."""

    def __init__(
        self,
        backend: Backend,
        shelf: MediaShelf,
        limit: int,
        group: asyncio.TaskGroup,
        fetched: Callable[[], None],
    ) -> None:
        self._backend = backend
        self._shelf = shelf
        self._limit = limit
        self._group = group
        self._fetched = fetched
        self._tasks: dict[Media, asyncio.Task[None]] = {}
        self._kept: dict[Media, Media] = {}
        self._looked: dict[int, _Looked] = {}

    def see(self, reply: Reply) -> Reply:
        """`reply` with what is fetched by now; begins to fetch the rest."""
        self._looked = {id(message): self._look(message) for message in reply.messages}
        media = [m for looked in self._looked.values() for m in looked.media]
        media += [a.media for a in reply.artifacts if a.media is not None and _is_to_be_kept(a.media)]
        for one in media:
            grows = _is_page(one) or (isinstance(one.source, AppFile) and one.source.live)
            if one not in self._tasks and not (grows and reply.running):
                self._tasks[one] = self._group.create_task(self._fetch(one))
        return self._with_kept(reply)

    async def settle(self, reply: Reply, patience_s: float) -> Reply:
        """`reply` with all its media fetched, or marked with why they could not be, `patience_s` being over."""
        self.see(reply)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=patience_s)
            for task in late:
                task.cancel()
            gone = [media for media, task in self._tasks.items() if task in late and not _is_page(media)]
            self._kept |= {media: replace(media, source=None, error=words("media_gone")) for media in gone}
        return self._with_kept(reply)

    def _look(self, message: Message) -> _Looked:
        """Backends hand out unchanged messages as the same objects: each is looked through once."""
        known = self._looked.get(id(message))
        if known is not None and known.message is message:
            return known
        parts = walk(message.parts)
        return _Looked(message, tuple(part for part in parts if isinstance(part, Media) and _is_to_be_kept(part)))

    async def _fetch(self, media: Media) -> None:
        try:
            if isinstance(media.source, AppFile):
                file = await self._backend.fetch(media.source, self._limit)
                mime, name = media.mime or file.mime, media.name or file.name
                if media.source.live:
                    # What streams is called one thing by the app and is another.
                    mime, name = file.mime, file.name
                data = file.data
            elif isinstance(media.spec, str):
                data, mime, name = media.spec.encode("utf-8", "replace"), "text/html", media.name
            else:
                assert isinstance(media.source, Inline)
                data, mime, name = media.source.data, media.mime, media.name
            blob = await self._shelf.put(data, mime=mime, name=name, limit=self._limit)
        except (MediaError, AppError, AppUnreachable) as error:
            if not _is_page(media):
                self._kept[media] = replace(media, source=None, error=error.user_message)
        else:
            self._kept[media] = replace(media, source=blob, mime=mime, name=name)
        self._fetched()

    def _with_kept(self, reply: Reply) -> Reply:
        if not self._kept:
            return reply
        messages = tuple(self._message(message) for message in reply.messages)
        artifacts: list[Artifact] = []
        for artifact in reply.artifacts:
            (part,) = replace_media((artifact,), self._kept)
            assert isinstance(part, Artifact)
            artifacts.append(part)
        return replace(reply, messages=messages, artifacts=tuple(artifacts))

    def _message(self, message: Message) -> Message:
        looked = self._looked[id(message)]
        if not looked.media:
            return message
        if looked.kept != len(self._kept):
            parts = replace_media(message.parts, self._kept)
            looked.fresh = message if parts is message.parts else replace(message, parts=parts)
            looked.kept = len(self._kept)
        return looked.fresh


@dataclass
class _Looked:
    """A message, its media that lie elsewhere, and the message with the first `kept` fetched ones put in."""

    message: Message
    media: tuple[Media, ...]
    kept: int = 0

    def __post_init__(self) -> None:
        self.fresh = self.message


def _is_to_be_kept(media: Media) -> bool:
    return _is_page(media) or isinstance(media.source, AppFile | Inline)


def _is_page(media: Media) -> bool:
    """HTML is all there already; kept as a file, it can be linked to."""
    return media.source is None and isinstance(media.spec, str)
