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
from typing import Final

from aiohttp import ETag, hdrs, web

from trunkline.words import words

_HASHED = re.compile(r"-(?=[A-Za-z0-9_-]*[A-Z0-9])[A-Za-z0-9_-]{8}\.[a-z0-9]+$")
"""A name that changes with the content: `chat-BMcT6V8i.js`."""
_TEXT = frozenset({".js", ".css", ".html", ".json", ".svg", ".map", ".txt"})
_ZIPPED = ".gz"
"""Large scripts lie zipped in the folder, and are found under their own name."""
_SANDBOX: Final = "sandbox allow-scripts"
"""Frames hold what apps wrote: wherever one is opened, it is nobody's origin."""
_CLOSED: Final = "form-action 'none'; base-uri 'none'"
_POLICIES: Final = {
    "frame.html": (
        f"{_SANDBOX}; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
        f"img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; {_CLOSED}"
    ),
    "plot.html": (
        f"{_SANDBOX}; default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'unsafe-inline'; "
        f"img-src data: blob:; font-src data:; worker-src blob:; {_CLOSED}"
    ),
}
"""What a frame may load: nothing of other websites, unless the visitor asked (`open_frame.html`)."""


@dataclass(frozen=True, slots=True)
class Asset:
    """`data` is None where it is kept zipped only."""

    data: bytes | None
    zipped: bytes | None
    etag: str
    mime: str
    hashed: bool


class Assets:
    """The files of one of the package's folders, in memory. A name that is not among them is not found."""

    def __init__(self, folder_name: str = "static") -> None:
        folder = _package().joinpath(folder_name)
        found = _walk(folder, "") if folder.is_dir() else ()
        self._assets = {name.removesuffix(_ZIPPED): _read(name, file) for name, file in found}

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
            headers["Content-Security-Policy"] = _POLICIES.get(name, _SANDBOX)
        known = request.if_none_match or ()
        if any(tag.value == asset.etag for tag in known):
            response = web.Response(status=304, headers=headers)
        elif asset.zipped is not None and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            response = web.Response(body=asset.zipped, content_type=asset.mime, headers=headers)
        else:
            data = gzip.decompress(asset.zipped or b"") if asset.data is None else asset.data
            response = web.Response(body=data, content_type=asset.mime, headers=headers)
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
    content = file.read_bytes()
    data = None if name.endswith(_ZIPPED) else content
    name = name.removesuffix(_ZIPPED)
    ending = name[name.rfind(".") :]
    zipped = content if data is None else None
    if data is not None and ending in _TEXT and len(data) > 512:
        zipped = gzip.compress(data, 9, mtime=0)
    mime = "text/javascript" if ending in {".js", ".mjs"} else mimetypes.guess_type(name)[0]
    return Asset(
        data,
        zipped,
        hashlib.sha256(content).hexdigest()[:32],
        mime or "application/octet-stream",
        _HASHED.search(name) is not None,
    )
