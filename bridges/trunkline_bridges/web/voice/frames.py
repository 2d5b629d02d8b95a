"""The binary frames of a call: a header of 16 bytes and 16-bit samples. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

VERSION: Final = 1
"""The first byte of a binary frame; no JSON begins with it."""
INPUT_RATE: Final = 16_000
"""Hz of the microphone, unless the client says otherwise."""
OUTPUT_RATE: Final = 24_000
"""Hz of replies: what most voices are made in, at half the bytes of 48 kHz."""
LONGEST_MS: Final = 200
"""Of one frame."""

_HEADER: Final = struct.Struct("<BBBBIII")
_MICROPHONE: Final = 1
_REPLY: Final = 2
_PCM: Final = 0
_LAST: Final = 1
_WRAP: Final = 2**32


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of what a microphone hears: 16-bit little-endian mono."""

    call: int
    pcm: bytes


def read_microphone(data: bytes, rate: int) -> Heard | None:
    """A client's frame; None for one that is to be dropped. `rate` bounds its length."""
    if len(data) <= _HEADER.size:
        return None
    version, kind, codec, _, call, _, _ = _HEADER.unpack_from(data)
    pcm = data[_HEADER.size :]
    if (version, kind, codec) != (VERSION, _MICROPHONE, _PCM):
        return None
    if len(pcm) % 2 or len(pcm) > 2 * rate * LONGEST_MS // 1000:
        return None
    return Heard(call, pcm)


def reply_frame(call: int, track: int, position: int, pcm: bytes, *, last: bool = False) -> bytes:
    """A piece of a reply's sound; `position` counts samples from the track's start. The last one may be empty."""
    flags = _LAST if last else 0
    return _HEADER.pack(VERSION, _REPLY, _PCM, flags, call, track, position % _WRAP) + pcm
