"""Who a browser is: ids of visitors, minted and signed by the server.

A token is `v1.<visitor>.<issued>.<signature>`: the id, when it was signed (seconds since the epoch), and an
HMAC-SHA256 over both. It travels in the first frame or in a header, never in an address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass

from trunkline.errors import Denied
from trunkline.messages import Json
from trunkline.words import words

_DAY = 86_400.0
_VISITOR = re.compile(r"[A-Za-z0-9_-]{22}")


class Signer:
    """Signs statements of one purpose: a signature for one is worth nothing for another."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._key = hmac.digest(secret, f"trunkline web {purpose}".encode(), hashlib.sha256)

    def sign(self, *statement: str) -> str:
        """22 characters (128 bits); the parts of the statement must not hold NUL."""
        digest = hmac.digest(self._key, _bytes("\0".join(statement)), hashlib.sha256)
        return _encode(digest[:16])

    def holds(self, signature: str, *statement: str) -> bool:
        return hmac.compare_digest(_bytes(signature), self.sign(*statement).encode())


class Visitors:
    """Mints visitors and knows them again."""

    def __init__(self, secret: bytes, days: float) -> None:
        self._signer = Signer(secret, "visitor")
        self._days = days

    def mint(self) -> str:
        """A new visitor's id: 128 random bits."""
        return _encode(secrets.token_bytes(16))

    def token(self, visitor: str, now: float) -> str:
        issued = str(int(now))
        return f"v1.{visitor}.{issued}.{self._signer.sign(visitor, issued)}"

    def visitor(self, token: str, now: float) -> str:
        """The visitor a token was made for. `Denied` when it is forged, of another kind, or too old."""
        version, _, rest = token.partition(".")
        visitor, _, rest = rest.partition(".")
        issued, _, signature = rest.partition(".")
        known = version == "v1" and _VISITOR.fullmatch(visitor) and issued.isascii() and issued.isdigit()
        if not known or not self._signer.holds(signature, visitor, issued):
            raise Denied(words("visitor_unknown"))
        if now - int(issued) > self._days * _DAY:
            raise Denied(words("visitor_expired"))
        return visitor


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a visitor has uploaded and not sent yet."""

    sha256: str
    size: int
    name: str
    mime: str
    kind: str


class Uploads:
    """Hands out references to uploads that only their visitor can use, and only for a while."""

    def __init__(self, secret: bytes, days: float) -> None:
        self._signer = Signer(secret, "upload")
        self._days = days

    def reference(self, visitor: str, upload: Upload, now: float) -> str:
        expires = int(now + self._days * _DAY)
        fields = [upload.sha256, upload.size, upload.name, upload.mime, upload.kind, expires]
        statement = _encode(json.dumps(fields, separators=(",", ":")).encode())
        return f"u1.{statement}.{self._signer.sign(visitor, statement)}"

    def upload(self, visitor: str, reference: str, now: float) -> Upload:
        """The upload named. `Denied` when the reference is not this visitor's, or has expired."""
        version, _, rest = reference.partition(".")
        statement, _, signature = rest.partition(".")
        if version != "u1" or not self._signer.holds(signature, visitor, statement):
            raise Denied(words("upload_not_yours"))
        sha256, size, name, mime, kind, expires = _fields(statement)
        if now > float(str(expires)):
            raise Denied(words("upload_expired", name=name))
        return Upload(str(sha256), int(str(size)), str(name), str(mime), str(kind))


def _bytes(text: str) -> bytes:
    """What a client sent may hold half a surrogate pair."""
    return text.encode("utf-8", "surrogatepass")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _fields(statement: str) -> list[Json]:
    """What `Uploads.reference` put in; the signature vouches for its form."""
    try:
        fields: list[Json] = json.loads(base64.urlsafe_b64decode(statement + "=" * (-len(statement) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Denied(words("upload_unreadable")) from error
    return fields
