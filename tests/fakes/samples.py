"""Small files of known content, made without any library: what apps answer with and people upload."""

from __future__ import annotations

import io
import math
import struct
import wave
import zlib

Colour = tuple[int, int, int]

RED: Colour = (200, 30, 30)
GREEN: Colour = (30, 160, 60)
BLUE: Colour = (30, 60, 200)


def png(colour: Colour = RED, width: int = 8, height: int = 8) -> bytes:
    """A PNG picture of one colour."""
    row = b"\x00" + bytes(colour) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (
        _png_chunk(b"IHDR", header),
        _png_chunk(b"IDAT", zlib.compress(row * height)),
        _png_chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def wav(milliseconds: int = 100, hertz: float = 440.0, rate: int = 16_000) -> bytes:
    """A mono 16-bit WAV file holding one tone."""
    count = rate * milliseconds // 1000
    samples = (int(12_000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(count))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
