"""A datagram of Discord's voice: its RTP header, and what stands around the sound in it. Pure.

Sources: RFC 3550, section 5.1; Discord's documentation of voice connections ("rtpsize" modes encrypt all but the
header and the first four bytes of its extension; "IP Discovery").
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

OPUS: Final = 0x78
"""The payload type of sound; the highest bit beside it is RTP's marker."""
TAG: Final = 16
"""Bytes that authenticate what is encrypted."""
NONCE: Final = 4
"""Bytes of the nonce at the end; the other twenty of it are zero."""
SILENCE: Final = b"\xf8\xff\xfe"
"""An Opus frame of nothing, which is not end-to-end encrypted."""

DISCOVERY: Final = 74
"""Bytes of the question from where our packets come, and of its answer."""

_FIXED: Final = 12
_PADDED, _EXTENDED, _SOURCES = 0x20, 0x10, 0x0F


@dataclass(frozen=True, slots=True)
class Header:
    sequence: int
    """16 bits: one more for each packet of a source."""
    ssrc: int
    """The source: somebody's microphone for as long as they stay."""
    length: int
    """Bytes of the header, which are authenticated and not encrypted."""
    extension: int = 0
    """Bytes of the extension that are encrypted, before the sound."""
    padded: bool = False


def header_of(data: bytes) -> Header | None:
    """The header of a packet of sound; None for all else that comes: RTCP, discovery, what is cut."""
    if len(data) < _FIXED + TAG + NONCE or data[0] >> 6 != 2 or data[1] & 0x7F != OPUS:
        return None
    sequence, _, ssrc = struct.unpack_from(">HII", data, 2)
    length = _FIXED + 4 * (data[0] & _SOURCES)
    extension = 0
    if data[0] & _EXTENDED:
        length += 4
        if len(data) >= length:
            extension = 4 * struct.unpack_from(">H", data, length - 2)[0]
    if len(data) < length + TAG + NONCE:
        return None
    return Header(sequence, ssrc, length, extension, bool(data[0] & _PADDED))


def sound_in(plain: bytes, header: Header) -> bytes | None:
    """What was decrypted, without extension and padding; None where these are longer than it."""
    end = len(plain)
    if header.padded:
        if not plain or not plain[-1]:
            return None
        end -= plain[-1]
    return plain[header.extension : end] if header.extension <= end else None


def discovery(ssrc: int) -> bytes:
    """The question from where our packets come."""
    return struct.pack(">HHI", 1, DISCOVERY - 4, ssrc).ljust(DISCOVERY, b"\0")


def is_discovery(data: bytes) -> bool:
    """It is the answer to that."""
    return len(data) == DISCOVERY and data[:2] == b"\0\2"


def discovered(data: bytes) -> tuple[str, int]:
    """The address and port in the answer."""
    address = data[8 : DISCOVERY - 2].partition(b"\0")[0]
    return address.decode("ascii", "replace"), int.from_bytes(data[-2:], "big")
