"""The built widget, served from the package."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from aiohttp import ETag, hdrs, web

from trunkline.words import words

_HASHED = re.compile(r"-(?=[A-Za-z0-9_-]*[A-Z0-9])[A-Za-z0-9_-]{8}\.[a-z0-9]+$")
"""A name that changes with the content: `chat-BMcT6V8i.js`."""
_TEXT = frozenset({".js", ".css", ".html", ".json", ".svg", ".map", ".txt"})


@dataclass(frozen=True, slots=True)
class Asset:
    data: bytes
    zipped: bytes | None
    etag: str
    mime: str
    hashed: bool


class Assets:
    """The files of the package's `static` folder, in memory. A name that is not among them is not found."""

    def __init__(self) -> None:
        folder = _package().joinpath("static")
        self._assets = {name: _read(name, file) for name, file in _walk(folder, "")} if folder.is_dir() else {}

    def __contains__(self, name: str) -> bool:
        return name in self._assets

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._assets)

    def response(self, request: web.Request, name: str) -> web.Response:
        """The file; 304 when the browser has it already."""
        asset = self._assets.get(name)
        if asset is None:
            raise web.HTTPNotFound(text=words("no_such_file"))
        caching = "public, max-age=31536000, immutable" if asset.hashed else "public, no-cache"
        headers = {
            hdrs.CACHE_CONTROL: caching,
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if asset.mime == "text/html":
            # Frames hold what apps wrote: wherever one is opened, it is nobody's origin.
            headers["Content-Security-Policy"] = "sandbox allow-scripts"
        known = request.if_none_match or ()
        if any(tag.value == asset.etag for tag in known):
            response = web.Response(status=304, headers=headers)
        elif asset.zipped is not None and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            response = web.Response(body=asset.zipped, content_type=asset.mime, headers=headers)
        else:
            response = web.Response(body=asset.data, content_type=asset.mime, headers=headers)
        # Weak: the zipped and the plain form are the same thing.
        response.etag = ETag(value=asset.etag, is_weak=True)
        return response


def _package() -> Traversable:
    return resources.files(__package__)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def _read(name: str, file: Traversable) -> Asset:
    data = file.read_bytes()
    ending = name[name.rfind(".") :]
    zipped = gzip.compress(data, 9, mtime=0) if ending in _TEXT and len(data) > 512 else None
    mime = "text/javascript" if ending in {".js", ".mjs"} else mimetypes.guess_type(name)[0]
    return Asset(
        data,
        zipped,
        hashlib.sha256(data).hexdigest()[:32],
        mime or "application/octet-stream",
        _HASHED.search(name) is not None,
    )
