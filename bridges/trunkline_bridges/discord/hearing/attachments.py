"""Files that people attach: fetched from where Discord says they are, and kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from typing import Final, cast
from urllib.request import getproxies

import aiohttp
from yarl import URL

from trunkline.bridge import MediaShelf
from trunkline.clock import Clock
from trunkline.errors import MediaError, StoreError, TooLarge
from trunkline.messages import Media, MediaKind
from trunkline.mime import mime_type
from trunkline.pacing import backoff
from trunkline.words import words

from ..facts import Attached
from ..options import DiscordOptions

TRIES: Final = 4
_CHUNK: Final = 1 << 16
_TIMEOUT: Final = aiohttp.ClientTimeout(total=600.0, sock_connect=10.0, sock_read=30.0)


async def fetch_all(
    files: Sequence[Attached], options: DiscordOptions, media: MediaShelf, clock: Clock
) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files as media, in their order, and a sentence for each that could not be had. `StoreError`."""
    if not files:
        return (), ()
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT, trust_env=bool(getproxies())
    ) as session:
        fetcher = _Fetcher(session, options, media, clock)
        got = await asyncio.gather(*(fetcher.outcome(file) for file in files))
    for one in got:
        if isinstance(one, StoreError):
            raise one
    return (
        tuple(one for one in got if isinstance(one, Media)),
        tuple(one for one in got if isinstance(one, str)),
    )


def media_kind(mime: str) -> MediaKind:
    """The kind of media that a file of this type is."""
    family = mime.partition("/")[0]
    return cast("MediaKind", family) if family in {"image", "audio", "video"} else "file"


class _Fetcher:
    def __init__(
        self, session: aiohttp.ClientSession, options: DiscordOptions, media: MediaShelf, clock: Clock
    ) -> None:
        self._session = session
        self._options = options
        self._media = media
        self._clock = clock

    async def outcome(self, file: Attached) -> Media | str | StoreError:
        """The file, or the sentence why there is none; none of the others is left behind for an error."""
        try:
            return await self._media_of(file)
        except MediaError as error:
            return error.user_message
        except StoreError as error:
            return error

    async def _media_of(self, file: Attached) -> Media:
        limit = self._options.file_bytes
        if file.size > limit:
            raise _too_large(file, limit)
        for attempt in range(TRIES):
            try:
                return await self._once(file, limit)
            except TooLarge as error:
                raise _too_large(file, limit) from error
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                # Its text holds the address, which is signed.
                if attempt == TRIES - 1:
                    raise _gone(file) from error
            await self._clock.sleep(backoff(attempt, random.random))
        raise _gone(file)

    async def _once(self, file: Attached, limit: int) -> Media:
        """One try. The address is Discord's word; where it points on to another place, nothing follows."""
        url = URL(file.url, encoded=True)
        if url.scheme not in {"https", "http"} or not url.host:
            raise _gone(file)
        proxy = self._options.proxy or None
        async with self._session.get(url, proxy=proxy, allow_redirects=False) as answer:
            if answer.status >= 500 or answer.status == 429:
                answer.raise_for_status()
            if answer.status != 200:
                raise _gone(file)
            head = await answer.content.read(_CHUNK)
            mime = mime_type(file.mime, file.name, head)
            blob = await self._media.put(_with(head, answer), mime=mime, name=file.name, limit=limit)
        spoken = words("discord_voice_message", seconds=round(file.seconds)) if file.voice else ""
        return Media(media_kind(mime), blob, name=file.name, mime=mime, alt=file.alt or spoken)


async def _with(head: bytes, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    yield head
    async for chunk in answer.content.iter_chunked(_CHUNK):
        yield chunk


def _gone(file: Attached) -> MediaError:
    return MediaError(words("discord_file_gone", name=file.name))


def _too_large(file: Attached, limit: int) -> TooLarge:
    size = f"{limit / 1_048_576:.0f} MB" if limit >= 1_048_576 else f"{limit:,} bytes"
    return TooLarge(words("file_too_large", name=file.name, size=size))
