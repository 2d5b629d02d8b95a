"""RTP packets as Discord sends them: header, AEAD over the rest, extension, padding, and the rubbish between.

reference: Receiving Discord voice, "Order per datagram".
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

MODE = "aead_xchacha20_poly1305_rtpsize"

OPUS = 0x78
"""The payload type of sound."""

SILENCE = b"\xf8\xff\xfe"
"""An Opus frame of nothing; it is not end-to-end encrypted."""

FRAME = 960
"""Samples of 20 ms at 48 kHz."""

SHORTEST = 12 + 16 + 4
"""Bytes of a header, a tag and a nonce."""

# One-byte header extensions (RFC 8285): an audio level, an id, and padding words.
EXTENSION = bytes.fromhex("be de 00 02 10 c8 22 01 00 00 00 00".replace(" ", ""))


class Unreadable(Exception):
    """A datagram is not a sound packet of this session."""


@dataclass(frozen=True)
class Packet:
    """One packet: sequence (16 bits), timestamp (samples of 48 kHz, 32 bits), source, and what it carries."""

    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def seal(packet: Packet, key: bytes, nonce: int, *, padding: int = 0, extension: bool = False) -> bytes:
    """The datagram of a packet. `padding` bytes (0–255) stand behind its payload, the last one tells how many.

    Of an extension the four bytes that tell its length stay in the clear; what they tell of is encrypted.
    """
    first = 0x80 | (0x20 if padding else 0) | (0x10 if extension else 0)
    header = struct.pack(">BBHII", first, OPUS, packet.sequence, packet.timestamp, packet.ssrc)
    body = packet.payload
    if extension:
        header, body = header + EXTENSION[:4], EXTENSION[4:] + body
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    tail = struct.pack(">I", nonce)
    return header + crypto_aead_xchacha20poly1305_ietf_encrypt(body, header, tail + bytes(20), key) + tail


def unseal(data: bytes, key: bytes) -> tuple[Packet, bytes]:
    """The packet in a datagram, and its nonce (4 bytes). Bots send no extension and no padding, but may.

    Raises `Unreadable`: too short, not sound, or not encrypted with this key, header and nonce.
    """
    if len(data) < SHORTEST or data[0] >> 6 != 2 or data[1] & 0x7F != OPUS:
        raise Unreadable("not a sound packet")
    length = 12 + 4 * (data[0] & 0x0F) + (4 if data[0] & 0x10 else 0)
    header, body, tail = data[:length], data[length:-4], data[-4:]
    try:
        plain = crypto_aead_xchacha20poly1305_ietf_decrypt(body, header, tail + bytes(20), key)
    except CryptoError as error:
        raise Unreadable("not encrypted with the key of the session") from error
    if data[0] & 0x10:
        plain = plain[4 * struct.unpack_from(">H", header, length - 2)[0] :]
    if data[0] & 0x20:
        plain = plain[: -plain[-1]]
    sequence, timestamp, ssrc = struct.unpack_from(">HII", data, 2)
    return Packet(sequence, timestamp, ssrc, plain), tail


def rubbish(ssrc: int, kind: int) -> bytes:
    """What a client must pass over: reports of RTCP, video, cut and foreign packets, another version of RTP."""
    noise = os.urandom(40)
    return (
        struct.pack(">BBHI", 0x81, 0xC9, 7, ssrc) + noise,
        struct.pack(">BBHI", 0x80, 0xC8, 6, ssrc) + noise,
        struct.pack(">BBHII", 0x80, 0x66, 1, 1, ssrc) + noise,
        struct.pack(">BBHII", 0x80, OPUS, 1, 1, ssrc) + noise,
        struct.pack(">BBHII", 0x40, OPUS, 1, 1, ssrc) + noise,
        struct.pack(">BBHII", 0x80, OPUS, 1, 1, ssrc),
        b"\x80",
        b"",
    )[kind % 8]
