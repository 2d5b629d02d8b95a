"""Addresses of media: signed, expiring, for one file each; and the answer to whoever follows one.

Bodies are kept with the sources that the core knows (`Blob`, `Inline`, …). They become addresses on their way to a
browser, so that every address is fresh and a body does not change because one is about to expire.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

from trunkline.errors import Denied
from trunkline.messages import Json
from trunkline.words import words

from .identity import Signer
from .limits import INLINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    Address = Callable[[str, str], str]

_DAY = 86_400.0
_UNTITLED = "file"
_ADDRESS = re.compile(r"/media/([0-9a-f]{64})/([^/]+)")
_SHOWN = re.compile(r"(image/(?!svg)[a-z0-9.+-]+|audio/[a-z0-9.+-]+|video/[a-z0-9.+-]+)")
"""Types that a browser may show by itself: none of them can run a script."""


class Links:
    """Makes addresses of media, and knows its own again."""

    def __init__(self, secret: bytes, days: float, base: str = "/") -> None:
        self._base = base
        self._signer = Signer(secret, "media")
        self._seconds = days * _DAY
        self._step = min(_DAY, self._seconds / 2)

    def address(self, sha256: str, name: str, now: float) -> str:
        """`<base>media/<sha256>/<name>?sig=…&exp=…`; `base` is a path ending with a slash.

        It holds for `days` at least. All made within a day are the same, so that a browser keeps what it fetched.
        """
        expires = str(int((now // self._step + 1) * self._step + self._seconds))
        signature = self._signer.sign(sha256, name, expires)
        return f"{self._base}media/{sha256}/{quote(name, safe='')}?sig={signature}&exp={expires}"

    def check(self, sha256: str, name: str, signature: str, expires: str, now: float) -> None:
        """`Denied` when the address was not made by us, or has expired."""
        if not self._signer.holds(signature, sha256, name, expires):
            raise Denied(words("link_not_valid"))
        if now > int(expires):
            raise Denied(words("link_expired"))

    def read(self, address: str, now: float) -> tuple[str, str]:
        """SHA-256 and name of an address of ours, whatever base address stands before it. `Denied` likewise."""
        parts = urlsplit(address)
        found = _ADDRESS.search(parts.path)
        query = parse_qs(parts.query)
        if found is None:
            raise Denied(words("file_not_ours"))
        sha256, name = found[1], unquote(found[2])
        self.check(sha256, name, query.get("sig", [""])[0], query.get("exp", [""])[0], now)
        return sha256, name


def mime_of(name: str) -> str:
    """The type that a name tells."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def file_name(name: str, mime: str) -> str:
    """A name for the address, without path or control characters; it ends so that it tells the type."""
    clean = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip(" .")
    clean = clean[-150:] or _UNTITLED
    ending = mimetypes.guess_extension(mime) if mime and mimetypes.guess_type(clean)[0] is None else None
    return clean + (ending or "")


def headers(name: str) -> dict[str, str]:
    """What tells a browser how to treat a file: never as anything but what its name says, never as a page."""
    mime = mime_of(name)
    shown = _SHOWN.fullmatch(mime) is not None
    fields = {
        "Content-Type": mime,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    if not shown:
        fields["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return fields


def with_addresses(value: Json, address: Address) -> Json:
    """`value` with the source of every media as an address; what holds none stays the same object."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, list | tuple):
        items = [with_addresses(item, address) for item in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if not isinstance(value, dict | Mapping):
        return value
    if value.get("type") == "media":
        return _addressed(value, address) if "source" in value else value
    if value.get("type") in {"text", "option", "notice"}:
        return value
    members = {name: with_addresses(member, address) for name, member in value.items()}
    return value if all(members[name] is value[name] for name in value) else members


def _addressed(media: Mapping[str, Json], address: Address) -> dict[str, Json]:
    fields = {name: member for name, member in media.items() if name != "source"}
    source = browser_source(
        cast("Mapping[str, Json]", media["source"]),
        str(media.get("name", "")),
        str(media.get("mime", "")),
        address,
    )
    if source is not None:
        fields["source"] = source
    elif cast("Mapping[str, Json]", media["source"]).get("type") == "link":
        fields.setdefault("error", words("address_not_opened"))
    return fields


def browser_source(source: Mapping[str, Json], name: str, mime: str, address: Address) -> dict[str, Json] | None:
    """A source in the codec's form as the browser gets it; None where there is nothing to open (yet)."""
    match source.get("type"):
        case "blob":
            url = address(str(source["sha256"]), file_name(name, mime))
            return {"url": url, "size": source["size"]}
        case "link":
            url = str(source["url"])
            return {"url": url, "external": True} if urlsplit(url).scheme in {"http", "https"} else None
        case "inline":
            data = str(source["data"])
            if _SHOWN.fullmatch(mime) is None or len(data) * 3 // 4 > INLINE_BYTES:
                return None
            return {"url": f"data:{mime};base64,{data}"}
        case _:
            return None
