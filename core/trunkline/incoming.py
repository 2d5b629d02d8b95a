"""Files that people attach, fetched from their platform and kept; how to get their bytes is up to the bridge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from .bridge import MediaShelf
from .errors import MediaError, StoreError, TooLarge
from .messages import Media
from .mime import media_kind, mime_type
from .quantities import limit_text
from .words import words

F = TypeVar("F")


class Attachment(Protocol):
    """A file as its platform describes it."""

    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def alt(self) -> str: ...


async def fetch_all(
    files: Iterable[F], fetch: Callable[[F], Awaitable[Media]]
) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files as media, in their order, and a sentence for each that could not be had. `StoreError`.

    `fetch` gets one; `MediaError` says why it cannot.
    """
    got = await asyncio.gather(*(_outcome(fetch(file)) for file in files))
    for one in got:
        if isinstance(one, StoreError):
            raise one
    return (
        tuple(one for one in got if isinstance(one, Media)),
        tuple(one for one in got if isinstance(one, str)),
    )


async def _outcome(fetched: Awaitable[Media]) -> Media | str | StoreError:
    """The file, or why there is none: none of the others is left behind for an error."""
    try:
        return await fetched
    except MediaError as error:
        return error.user_message
    except StoreError as error:
        return error


async def shelve(
    file: Attachment, chunks: AsyncIterator[bytes], shelf: MediaShelf, limit: int, *, spoken: str = ""
) -> Media:
    """Keep a file's bytes. `TooLarge` above `limit` of them, `MediaError` when they cannot be kept.

    `spoken` stands for a clip of somebody's voice that has no description.
    """
    head = await anext(chunks, b"")
    mime = mime_type(file.mime, file.name, head)
    # A clip of the voice may come as MP4, the same as a film.
    mime = mime.replace("video/", "audio/", 1) if spoken else mime
    blob = await shelf.put(_with(head, chunks), mime=mime, name=file.name, limit=limit)
    return Media(media_kind(mime), blob, name=file.name, mime=mime, alt=file.alt or spoken)


async def _with(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk


def too_large(name: str, limit: int) -> TooLarge:
    """A file has more than `limit` bytes."""
    return TooLarge(words("file_too_large", name=name, size=limit_text(limit)))
