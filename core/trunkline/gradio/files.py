"""Files in both directions: what a `FileData` of the app means, and uploads to it.

A path comes from the app and goes back to the app only; nothing of it ever names a file on our side.
"""

from __future__ import annotations

import mimetypes
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeGuard
from urllib.parse import quote, urlsplit

import aiohttp

from ..backend import BlobReader, FetchedFile
from ..errors import AppFailed, LoginFailed, MediaError
from ..messages import AppFile, Blob, Inline, Link, Media, MediaKind, Source
from ..mime import media_kind, mime_type
from .client import AppClient

UPLOAD_SECONDS = 300.0
KEPT_SECONDS = 900.0
"""How long an upload is counted on: apps may empty their cache (`delete_cache`)."""
PLAYLIST = "playlist.m3u8"
_CHUNK = 1 << 16
_ENDINGS = {"audio/aac": ".aac"}
_WEB = ("http://", "https://")


def file_data(path: str, name: str, mime: str, size: int | None = None) -> dict[str, Any]:
    """A file on the app's server as Gradio's front end names it."""
    return {
        "path": path,
        "url": None,
        "size": size,
        "orig_name": name or None,
        "mime_type": mime or None,
        "is_stream": False,
        "meta": {"_type": "gradio.FileData"},
    }


def is_file(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping) and isinstance(value.get("path"), str)


def source_of(value: Mapping[str, Any], root: str) -> Source:
    """Where the bytes of a `FileData` are. An address that is not the app's own is only ever a link."""
    path = str(value["path"])
    if value.get("is_stream"):
        return AppFile(path, live=True)
    if not path.lower().startswith(_WEB):
        return AppFile(path)
    if _origin(path) == _origin(root) and "/file=" in path:
        return AppFile(path.split("/file=", 1)[1])
    return Link(path)


def media_of(value: Mapping[str, Any], root: str, kind: MediaKind | None = None, **more: Any) -> Media:
    """A `FileData` as media; without a `kind` its type decides."""
    name = base_name(str(value.get("orig_name") or value["path"]))
    mime = str(value.get("mime_type") or "") or guess_mime(name) or guess_mime(str(value["path"]))
    return Media(kind or media_kind(mime), source_of(value, root), name=name, mime=mime, **more)


def guess_mime(name: str) -> str:
    return mimetypes.guess_type(urlsplit(name).path if name.startswith(_WEB) else name)[0] or ""


def base_name(path: str) -> str:
    """The last step of a path or address: a name to show, never a place to write to."""
    if path.startswith(_WEB):
        path = urlsplit(path).path
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def folder_of(file: AppFile) -> str:
    """Where a live file's segments are, relative to the app's streams; ends with a slash."""
    return file.path.removesuffix(PLAYLIST)


class AppFiles:
    """The files of one app: fetched by their path, uploaded once while the app keeps them."""

    def __init__(self, client: AppClient, blobs: BlobReader | None) -> None:
        self._client = client
        self._blobs = blobs
        self._uploaded: dict[str, tuple[str, float]] = {}

    def forget(self) -> None:
        """The app lost its cache: everything is uploaded again when it is needed."""
        self._uploaded.clear()

    async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
        """The bytes of a file of the app; `MediaError` when it is gone or larger than `limit` bytes."""
        name = base_name(file.path)
        if not file.live:
            data, mime = await self.get(route_of(file), name, limit)
            return FetchedFile(data, mime or guess_mime(name), name)
        # Beside the playlist the app serves all of its segments as one file, whatever it calls that.
        data, mime = await self.get(f"stream/{quote(folder_of(file))}playlist-file", name, limit)
        mime = mime_type("", "", data[:64]) if mime.startswith("audio/") else mime
        stem = "film" if mime.startswith("video/") else "sound"
        return FetchedFile(data, mime, stem + (_ENDINGS.get(mime) or mimetypes.guess_extension(mime) or ""))

    async def get(self, route: str, name: str, limit: int) -> tuple[bytes, str]:
        """What the app has at one of its routes, and its type; `name` is what errors call it."""
        try:
            return await self._download(route, name, limit)
        except LoginFailed:
            await self._client.log_in()
            return await self._download(route, name, limit)

    async def pieces(self, route: str, name: str, limit: int) -> AsyncGenerator[bytes, None]:
        """`get`, while it comes: an error may stand behind the first pieces."""
        for attempt in (1, 2):
            try:
                async with self._opened(route, name, limit) as response:
                    async for piece in _limited(response, name, limit):
                        yield piece
                return
            except LoginFailed:
                if attempt == 2:
                    raise
                await self._client.log_in()

    async def _download(self, route: str, name: str, limit: int) -> tuple[bytes, str]:
        async with self._opened(route, name, limit) as response:
            return b"".join([piece async for piece in _limited(response, name, limit)]), response.content_type

    @asynccontextmanager
    async def _opened(self, route: str, name: str, limit: int) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self._client.download(self._client.address(route)) as response:
            if response.status == 401:
                raise LoginFailed("The app asks for a login again.")
            if response.status != 200:
                raise MediaError(_not_sent(name, response.status))
            if response.content_type == "text/html" and guess_mime(name) not in ("", "text/html"):
                raise MediaError(f"The app sent a web page in place of the file {name}.")
            if (response.content_length or 0) > limit:
                raise MediaError(_too_large(name, limit))
            yield response

    async def upload(self, media: Media) -> dict[str, Any]:
        """`media` as a `FileData` that the app accepts, uploaded first where it is not there yet.

        `MediaError` when its bytes are gone, `AppFailed` when the app does not take them.
        """
        source = media.source
        if isinstance(source, AppFile):
            return file_data(source.path, media.name, media.mime)
        if isinstance(source, Inline):
            path = await self._post(source.data, media)
            return file_data(path, media.name, media.mime, len(source.data))
        if isinstance(source, Blob):
            return file_data(await self._path_of(source, media), media.name, media.mime, source.size)
        raise MediaError(f"{media.name or 'A file'} has no bytes to send.")

    async def read(self, media: Media, limit: int) -> bytes:
        """The bytes of `media`, wherever they are. `MediaError` when they are gone or more than `limit`."""
        source = media.source
        if isinstance(source, AppFile):
            return (await self.fetch(source, limit)).data
        if isinstance(source, Inline):
            return source.data
        if isinstance(source, Blob) and self._blobs is not None:
            return await self._blobs.read(source.sha256)
        raise MediaError(f"{media.name or 'A file'} cannot be read here.")

    async def _path_of(self, blob: Blob, media: Media) -> str:
        key = f"{blob.sha256}/{media.name}"
        known = self._uploaded.get(key)
        if known is not None and time.monotonic() - known[1] < KEPT_SECONDS:
            return known[0]
        if self._blobs is None:
            raise MediaError(f"{media.name or 'A file'} cannot be read: this backend has no media store.")
        path = await self._post(await self._blobs.read(blob.sha256), media)
        self._uploaded[key] = (path, time.monotonic())
        return path

    async def _post(self, data: bytes, media: Media) -> str:
        name = media.name or f"file{mimetypes.guess_extension(media.mime) or ''}"
        form = aiohttp.FormData()
        form.add_field("files", data, filename=name, content_type=media.mime or "application/octet-stream")
        route = f"upload?upload_id={secrets.token_hex(8)}"
        status, answer = await self._client.post_form(route, form, UPLOAD_SECONDS)
        if status == 413:
            raise MediaError(f"{name} is larger than the app takes.")
        if status != 200 or not isinstance(answer, list) or not answer:
            raise AppFailed(f"The app did not take the file {name} (status {status}).")
        return str(answer[0])


def route_of(file: AppFile) -> str:
    """Where the app has a file that is not live."""
    return f"file={quote(file.path, safe='/:')}"


async def _limited(response: aiohttp.ClientResponse, name: str, limit: int) -> AsyncGenerator[bytes, None]:
    came = 0
    async for piece in response.content.iter_chunked(_CHUNK):
        came += len(piece)
        if came > limit:
            raise MediaError(_too_large(name, limit))
        yield piece


def _not_sent(name: str, status: int) -> str:
    if 300 <= status < 400:
        return f"The app keeps the file {name} at another address, which is not fetched from (status {status})."
    if status >= 500:
        return f"The app could not send the file {name} (status {status})."
    return f"The app no longer has the file {name} (status {status})."


def _too_large(name: str, limit: int) -> str:
    return f"{name} is larger than {limit / 1e6:.0f} MB."
