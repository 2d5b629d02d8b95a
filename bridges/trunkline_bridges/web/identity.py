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
from typing import Final

from trunkline.errors import Denied
from trunkline.inbound import Place
from trunkline.messages import Json, Speaker
from trunkline.words import words

SIGNED_IN: Final = "signed-in"
"""The team of people whom a website has signed in; anonymous visitors have none."""
_SIGN: Final = "@"
"""Begins the name of a visitor who is signed in; no minted id begins with it."""
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


def visitor_of(subject: str) -> str:
    """The visitor that a person is whom a website knows as `subject`."""
    return f"{_SIGN}{subject}"


def is_signed_in(visitor: str) -> bool:
    return visitor.startswith(_SIGN)


def speaker_of(visitor: str, name: str = "") -> Speaker:
    """A visitor as the core knows them."""
    if is_signed_in(visitor):
        return Speaker("web", visitor.removeprefix(_SIGN), name, SIGNED_IN)
    return Speaker("web", visitor, name)


def place_of(app: str, visitor: str) -> Place:
    """The one place of a visitor, the same for all tabs and devices."""
    speaker = speaker_of(visitor)
    return Place(platform="web", app=app, team=speaker.team, channel=speaker.user_id)


class Visitors:
    """Mints visitors and knows them again."""

    def __init__(self, secret: bytes, days: float) -> None:
        self._signer = Signer(secret, "visitor")
        self._pass_signer = Signer(secret, "pass")
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

    def pass_for(self, visitor: str, until: float) -> str:
        """What somebody signed in shows where no connection tells who they are; good for so long."""
        name, expires = _encode(_bytes(visitor)), str(int(until))
        return f"p1.{name}.{expires}.{self._pass_signer.sign(name, expires)}"

    def holder(self, token: str, now: float) -> str:
        """The visitor of a token or a pass. `Denied` like `visitor`."""
        version, _, rest = token.partition(".")
        if version != "p1":
            return self.visitor(token, now)
        name, _, rest = rest.partition(".")
        expires, _, signature = rest.partition(".")
        if not self._pass_signer.holds(signature, name, expires):
            raise Denied(words("visitor_unknown"))
        if now > int(expires):
            raise Denied(words("sign_in_expired"))
        return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode("utf-8", "surrogatepass")


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
