"""Files by the hash of their content: kept once, whoever sent them; limits, types, garbage.

The bytes lie below one folder, what is known of them in the store. A file's row is written before its bytes are
put in their place, and taken away together with them, so that no order of puts and collections loses a file that
somebody still wants, in one process or in several.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .clock import Clock, SystemClock
from .errors import MediaError, MediaGone, TooLarge
from .messages import Blob
from .mime import mime_type as mime_type
from .quantities import size_text
from .store import Store, media_rows
from .store.records import MediaRecord

GRACE_S = 3600.0
"""Seconds for which a file that no turn refers to is kept: a message may still be on its way."""

_HASH = re.compile(r"[0-9a-f]{64}")
_BUFFER = 1 << 20
"""Bytes that are gathered before they are written, so that small chunks do not each cost a thread's turn."""
_BATCH = 100
_SNIFFED = 512
"""Bytes of a file's beginning that tell its type."""


class MediaStore:
    """Keeps bytes below `root`; the files belong to us and are never changed in place."""

    def __init__(self, root: Path, store: Store, clock: Clock | None = None) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._store = store
        self._clock = clock or SystemClock()

    async def put(
        self, data: bytes | AsyncIterable[bytes], *, mime: str = "", name: str = "", limit: int = 0
    ) -> Blob:
        """Keep the bytes; the same bytes are kept once. On disk when it returns.

        `mime` is what the sender says; where that is nothing, the bytes and then `name` tell. `TooLarge` above
        `limit` bytes (0: no limit), `MediaError` when the disk refuses; nothing is left of such a file.
        """
        incoming = _Incoming(self._incoming)
        try:
            if isinstance(data, bytes):
                await asyncio.to_thread(incoming.take, data, _allowed(len(data), name, limit))
            else:
                await _receive(incoming, data, name, limit)
            kind = mime_type(mime, name, incoming.head)
            await self._store.write(media_rows.touch, incoming.sha256, incoming.size, kind, self._clock.now())
            await asyncio.to_thread(incoming.move_to, self.path(incoming.sha256))
        except OSError as error:
            raise MediaError(f"{_named(name)} could not be kept: {error.strerror or error}") from error
        finally:
            await asyncio.to_thread(incoming.discard)
        return Blob(incoming.sha256, incoming.size)

    async def read(self, sha256: str) -> bytes:
        """The bytes; `MediaGone` when they are no longer held."""
        try:
            return await asyncio.to_thread(self.path(sha256).read_bytes)
        except (OSError, ValueError) as error:
            raise MediaGone("The file is no longer held; send it again") from error

    def path(self, sha256: str) -> Path:
        """The file that holds the bytes (it may be gone); `ValueError` for what is no hex SHA-256."""
        if not _HASH.fullmatch(sha256):
            raise ValueError("not a hex SHA-256")
        return self._root / sha256[:2] / sha256[2:]

    def open_path(self, sha256: str) -> Path:
        """`path` of a file that is there; `MediaGone` when it is not held (any more)."""
        if not self.exists(sha256):
            raise MediaGone("The file is no longer held; send it again")
        return self.path(sha256)

    def exists(self, sha256: str) -> bool:
        """The bytes are held."""
        return bool(_HASH.fullmatch(sha256)) and self.path(sha256).is_file()

    async def stat(self, sha256: str) -> MediaRecord | None:
        """What is known of a file; None when it is not held."""
        return await self._store.read(media_rows.media_of, sha256)

    async def keep(self, files: Collection[str]) -> None:
        """Want files for another while that no turn refers to."""
        if files:
            await self._store.write(media_rows.want, files, self._clock.now())

    async def collect(self, grace_s: float = GRACE_S) -> int:
        """Remove the files that no turn refers to any more and nobody put within the last `grace_s` seconds.

        Files let go by erasing are removed at once. How many were removed.
        """
        older_than = self._clock.now() - grace_s
        removed = 0
        while True:
            gone = await self._store.write(media_rows.collect, older_than, _BATCH, self._remove)
            removed += gone
            if gone < _BATCH:
                break
        await asyncio.to_thread(self._clear_incoming, older_than)
        return removed

    def _remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def _clear_incoming(self, older_than: float) -> None:
        """What a process left that died while it wrote."""
        for left in self._incoming.glob("*"):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < older_than:
                    left.unlink()


class _Incoming:
    """A file that is being written. All its methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self.size = 0
        self.head = b""

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def take(self, data: bytes, size: int) -> None:
        """All the bytes at once."""
        self.size = size
        self.write(data)
        self.seal()

    def write(self, data: bytes) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, path = tempfile.mkstemp(dir=self._folder)
            self._path, self._file = Path(path), os.fdopen(descriptor, "wb")
        self._file.write(data)
        self._hash.update(data)
        if len(self.head) < _SNIFFED:
            self.head = (self.head + data)[:_SNIFFED]

    def seal(self) -> None:
        """Everything written is on disk then."""
        assert self._file is not None, "nothing was written"
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def move_to(self, place: Path) -> None:
        """Into its place, whole at once; what is there already is the same."""
        assert self._path is not None, "nothing was written"
        if place.is_file():
            return
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Nothing is left of what did not get into its place."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


async def _receive(incoming: _Incoming, chunks: AsyncIterable[bytes], name: str, limit: int) -> None:
    buffer = bytearray()
    async for chunk in chunks:
        incoming.size = _allowed(incoming.size + len(chunk), name, limit)
        buffer += chunk
        if len(buffer) >= _BUFFER:
            await asyncio.to_thread(incoming.write, bytes(buffer))
            buffer.clear()
    await asyncio.to_thread(incoming.write, bytes(buffer))
    await asyncio.to_thread(incoming.seal)


def _allowed(size: int, name: str, limit: int) -> int:
    if limit and size > limit:
        raise TooLarge(f"{_named(name)} is larger than {size_text(limit)}; send a smaller file")
    return size


def _named(name: str) -> str:
    return f"“{name}”" if name else "The file"
