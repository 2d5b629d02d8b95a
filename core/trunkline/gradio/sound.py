"""Sounds and films of an app while they are made: the segments of an HLS playlist, each as soon as it is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote

from ..errors import MediaError
from ..messages import AppFile
from .client import AppClient
from .files import PLAYLIST, AppFiles, base_name, folder_of, route_of
from .session import AppSession

LOOK_SECONDS = 0.25
"""How often a playlist is looked at while the app gives no sign: an encoder may lag behind its input."""
PATIENCE_SECONDS = 15.0
"""How long a playlist may stand still where we cannot tell whether anybody still writes it."""
_SEGMENT = re.compile(r"[\w.-]+(\?[\w.=&%-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Playlist:
    """`segments` are names relative to the playlist, in order; `ended`: there will be no more."""

    segments: tuple[str, ...]
    ended: bool


def playlist_of(text: str) -> Playlist:
    """The playlist's text, read. `MediaError` when it names what is not beside it."""
    lines = [line.strip() for line in text.splitlines()]
    segments = tuple(line for line in lines if line and not line.startswith("#"))
    if not lines or lines[0] != "#EXTM3U" or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise MediaError("The app sent a sound that streams in a way that is not understood here.")
    return Playlist(segments, "#EXT-X-ENDLIST" in lines)


async def pieces_of(
    file: AppFile, limit: int, files: AppFiles, client: AppClient, session: AppSession | None
) -> AsyncGenerator[bytes, None]:
    """The bytes of `file` as they come. `session` is the one that makes it, where that is known.

    `MediaError` when the file is gone or larger than `limit` bytes.
    """
    if not file.live:
        async with aclosing(files.pieces(route_of(file), base_name(file.path), limit)) as pieces:
            async for piece in pieces:
                yield piece
        return
    folder = f"stream/{quote(folder_of(file))}"
    watch = _Watch(session)
    seen = 0
    while True:
        over = watch.begin()
        playlist = await _look(client, folder)
        for name in playlist.segments[seen:]:
            async with aclosing(files.pieces(folder + name, "of a sound", limit)) as pieces:
                async for piece in pieces:
                    limit -= len(piece)
                    yield piece
        grown, seen = len(playlist.segments) > seen, len(playlist.segments)
        if playlist.ended or not await watch.goes_on(over=over, grown=grown):
            return


async def _look(client: AppClient, folder: str) -> Playlist:
    status, text = await client.get(client.address(folder + PLAYLIST))
    if status != 200 or not isinstance(text, str):
        raise MediaError(f"The app no longer has the sound that it made (status {status}).")
    return playlist_of(text)


class _Watch:
    """Says when to look again, and when that is of no use any more."""

    def __init__(self, session: AppSession | None) -> None:
        self._session = session
        self._sign: asyncio.Future[None] | None = None
        self._still_s = 0.0

    def begin(self) -> bool:
        """A look begins: whether nothing more can come after it."""
        if self._session is not None and (self._sign is None or self._sign.done()):
            self._sign = self._session.stirred()
        return self._session is not None and not self._session.busy

    async def goes_on(self, *, over: bool, grown: bool) -> bool:
        """After a look: wait until the next one; False when there is none."""
        self._still_s = 0.0 if grown else self._still_s + LOOK_SECONDS
        if over or (self._session is None and self._still_s > PATIENCE_SECONDS):
            return False
        if self._sign is None:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            await asyncio.wait([self._sign], timeout=LOOK_SECONDS)
        return True
