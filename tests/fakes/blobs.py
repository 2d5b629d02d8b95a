"""A `BlobReader` in memory."""

from __future__ import annotations

import hashlib

from trunkline.errors import MediaError
from trunkline.messages import Blob, Media, MediaKind


class MemoryBlobs:
    """Holds bytes under the SHA-256 of their content; `reads` counts how often each was asked for."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self.reads: dict[str, int] = {}

    def add(self, data: bytes) -> Blob:
        sha256 = hashlib.sha256(data).hexdigest()
        self._held[sha256] = data
        return Blob(sha256, len(data))

    def media(self, data: bytes, name: str, mime: str, kind: MediaKind = "image", alt: str = "") -> Media:
        """`data` as the media part of a message."""
        return Media(kind, source=self.add(data), name=name, mime=mime, alt=alt)

    def drop(self, blob: Blob) -> None:
        """Let the bytes be gone, as after retention."""
        del self._held[blob.sha256]

    async def read(self, sha256: str) -> bytes:
        self.reads[sha256] = self.reads.get(sha256, 0) + 1
        try:
            return self._held[sha256]
        except KeyError as error:
            raise MediaError("The file is no longer held: attach it again.") from error
