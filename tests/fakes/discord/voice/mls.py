"""As much of MLS (RFC 9420) as a voice server needs: proposing who comes and goes, cutting commit from welcome.

The server is an external sender: it is no member, holds no key of the call, and signs what members then commit.
reference: Receiving Discord voice, "A DAVE-capable test double is small".
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MLS_10 = (1).to_bytes(2, "big")
PUBLIC_MESSAGE = (1).to_bytes(2, "big")
P256_CIPHERSUITE = 2
"""MLS_128_DHKEMP256_AES128GCM_SHA256_P256, the one that DAVE 1 uses."""

ADD, REMOVE = 1, 3

# Kinds of content and of sender.
PROPOSAL, COMMIT = 2, 3
MEMBER, EXTERNAL = 1, 2

FROM_KEY_PACKAGE, FROM_COMMIT = 1, 3
"""Where a leaf comes from: what of its fields follow depends on it."""


class Malformed(Exception):
    """A message is not what MLS says it is."""


def vector(content: bytes) -> bytes:
    """Content with its length before it, as a QUIC variable-length integer (RFC 9420, 2.1.2)."""
    for width, mark in ((1, 0), (2, 1), (4, 2)):
        if len(content) < 1 << (8 * width - 2):
            return (mark << (8 * width - 2) | len(content)).to_bytes(width, "big") + content
    raise ValueError("too long for a vector")


class Reader:
    """Reads the fields of a message one after the other; `Malformed` where it ends too soon."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise Malformed("the message ends too soon")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def vector(self) -> bytes:
        first = self.number(1)
        width = 1 << (first >> 6)
        if width == 8:
            raise Malformed("a length of eight bytes")
        return self.take((first & 0x3F) << (8 * (width - 1)) | self.number(width - 1))

    def expect(self, wanted: int, width: int, what: str) -> None:
        found = self.number(width)
        if found != wanted:
            raise Malformed(f"{what} is {found}, not {wanted}")


class ExternalSender:
    """Signs proposals with a P-256 key of its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def package(self) -> bytes:
        """What members are told of it: its public key and a basic credential."""
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return vector(point) + (1).to_bytes(2, "big") + vector(b"voice server")

    def add(self, group: bytes, epoch: int, key_package: bytes) -> bytes:
        """A signed proposal to take in whose key package it is."""
        return self._propose(group, epoch, ADD.to_bytes(2, "big") + key_package)

    def remove(self, group: bytes, epoch: int, leaf: int) -> bytes:
        """A signed proposal to put out the member of a leaf."""
        return self._propose(group, epoch, REMOVE.to_bytes(2, "big") + leaf.to_bytes(4, "big"))

    def _propose(self, group: bytes, epoch: int, proposal: bytes) -> bytes:
        sender = EXTERNAL.to_bytes(1, "big") + (0).to_bytes(4, "big")
        content = vector(group) + epoch.to_bytes(8, "big") + sender + vector(b"")
        content += PROPOSAL.to_bytes(1, "big") + proposal
        framed = MLS_10 + PUBLIC_MESSAGE + content
        signed = vector(b"MLS 1.0 FramedContentTBS") + vector(framed)
        return framed + vector(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))


def appended(proposals: Sequence[bytes]) -> bytes:
    """What follows opcode 27 when proposals are to be added."""
    return b"\x00" + vector(b"".join(proposals))


def split_commit(data: bytes, group: bytes, epoch: int) -> tuple[bytes, bytes]:
    """A member's commit for an epoch, and the welcome behind it, which is empty where nobody was added.

    Raises `Malformed` for anything else.
    """
    reader = Reader(data)
    reader.expect(1, 2, "the version")
    reader.expect(1, 2, "the wire format")
    if reader.vector() != group:
        raise Malformed("a commit for another group")
    reader.expect(epoch, 8, "the epoch")
    reader.expect(MEMBER, 1, "the sender's kind")
    reader.take(4)
    reader.vector()
    reader.expect(COMMIT, 1, "the content's kind")
    reader.vector()
    if reader.number(1):
        read_leaf(reader)
        reader.vector()
    for _ in ("signature", "confirmation tag", "membership tag"):
        reader.vector()
    return data[: reader.at], data[reader.at :]


def read_leaf(reader: Reader) -> bytes:
    """Pass over a leaf node; returns the identity in its credential."""
    reader.vector()
    reader.vector()
    reader.expect(1, 2, "the credential's kind")
    identity = reader.vector()
    for _ in ("versions", "cipher suites", "extensions", "proposals", "credentials"):
        reader.vector()
    source = reader.number(1)
    if source == FROM_KEY_PACKAGE:
        reader.take(16)
    elif source == FROM_COMMIT:
        reader.vector()
    reader.vector()
    reader.vector()
    return identity


def owner_of(key_package: bytes) -> int:
    """The user whose key package it is; `Malformed` where it is none of DAVE's."""
    reader = Reader(key_package)
    reader.expect(1, 2, "the version")
    reader.expect(P256_CIPHERSUITE, 2, "the cipher suite")
    reader.vector()
    identity = read_leaf(reader)
    reader.vector()
    reader.vector()
    if reader.at != len(key_package) or len(identity) != 8:
        raise Malformed("not a key package of DAVE's")
    return int.from_bytes(identity, "big")
