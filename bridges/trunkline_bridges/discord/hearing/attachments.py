"""Files that people attach: fetched from where Discord says they are, and kept."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final
from urllib.request import getproxies

import aiohttp
from yarl import URL

from trunkline import incoming
from trunkline.bridge import MediaShelf
from trunkline.clock import Clock
from trunkline.errors import MediaError, TooLarge
from trunkline.incoming import shelve, too_large
from trunkline.messages import Media
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
        return await incoming.fetch_all(files, fetcher.fetch)


class _Fetcher:
    def __init__(
        self, session: aiohttp.ClientSession, options: DiscordOptions, media: MediaShelf, clock: Clock
    ) -> None:
        self._session = session
        self._options = options
        self._media = media
        self._clock = clock

    async def fetch(self, file: Attached) -> Media:
        limit = self._options.file_bytes
        if file.size > limit:
            raise too_large(file.name, limit)
        for attempt in range(TRIES):
            try:
                return await self._once(file, limit)
            except TooLarge as error:
                raise too_large(file.name, limit) from error
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
        spoken = words("discord_voice_message", seconds=round(file.seconds)) if file.voice else ""
        proxy = self._options.proxy or None
        async with self._session.get(url, proxy=proxy, allow_redirects=False) as answer:
            if answer.status >= 500 or answer.status == 429:
                answer.raise_for_status()
            if answer.status != 200:
                raise _gone(file)
            chunks = answer.content.iter_chunked(_CHUNK)
            return await shelve(file, aiter(chunks), self._media, limit, spoken=spoken)


def _gone(file: Attached) -> MediaError:
    return MediaError(words("discord_file_gone", name=file.name))
