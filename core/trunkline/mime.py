"""What sort of file it is: as its sender says, as its bytes begin, as it is named. Pure."""

from __future__ import annotations

import mimetypes
import re
from typing import cast

from .messages import MediaKind

# Where a signature stands and what it says: https://mimesniff.spec.whatwg.org and the formats' own documents.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
)
_GENERIC = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def mime_type(declared: str, name: str, head: bytes) -> str:
    """The type of a file: as declared, else by how its bytes begin, else by its name."""
    declared = declared.partition(";")[0].strip().lower()
    if declared not in _GENERIC and re.fullmatch(r"[\w.+-]+/[\w.+-]+", declared):
        return declared
    by_name = mimetypes.guess_type(name)[0]
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            # A zip may be a document, an Ogg a film: then the name knows more.
            vague = kind in ("application/zip", "application/gzip", "audio/ogg", "video/webm", "video/mp4")
            return by_name or kind if vague else kind
    return by_name or ("application/octet-stream" if _is_binary(head) else "text/plain")


def media_kind(mime: str) -> MediaKind:
    """The kind of media that a file of this type is."""
    family = mime.partition("/")[0]
    return cast("MediaKind", family) if family in {"image", "audio", "video"} else "file"


def _is_binary(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A character may be cut where the head ends.
        return error.start < len(head) - 3
    return b"\x00" in head or not head
