"""`POST /upload`: files of a message before it is sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from aiohttp import BodyPartReader, MultipartReader, hdrs, web

from trunkline.accepting import fits, takes
from trunkline.backend import Accepts
from trunkline.errors import Denied, TooLarge, TrunklineError
from trunkline.incoming import too_large
from trunkline.messages import Json, Media
from trunkline.mime import media_kind
from trunkline.quantities import limit_text
from trunkline.words import words

from .identity import Upload
from .media import file_name, mime_of

if TYPE_CHECKING:
    from .site import Site

VISITOR_HEADER: Final = "X-Trunkline-Visitor"
_CHUNK = 64 * 1024
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_OVERHEAD: Final = 64 * 1024
"""Bytes of a form beside its files."""


class Refused(Exception):
    """The upload is answered with `status` and one sentence."""

    def __init__(self, status: int, code: str, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


async def upload(request: web.Request, site: Site) -> web.Response:
    """Keep the files of a form; answers with a reference for each."""
    try:
        files = await _take(request, site)
    except Refused as refused:
        site.metrics.refused.labels(refused.code).inc()
        return error_response(refused.status, refused.code, refused.message, refused.retry_after)
    return web.json_response({"files": files})


def error_response(status: int, code: str, message: str, retry_after: float = 0.0) -> web.Response:
    """One plain sentence as the protocol's `UploadError`."""
    headers = {hdrs.RETRY_AFTER: str(max(1, round(retry_after)))} if retry_after else None
    return web.json_response({"error": {"code": code, "message": message}}, status=status, headers=headers)


async def _take(request: web.Request, site: Site) -> list[Json]:
    visitor = _visitor(request, site)
    app = request.query.get("app", "") or site.default_app
    accepts = await _accepts(site, app)
    if not site.may_talk(app, visitor):
        raise Refused(403, "denied", words("not_allowed"))
    options = site.options
    if (
        request.content_length is not None
        and request.content_length > options.files * options.file_bytes + _OVERHEAD
    ):
        raise Refused(413, "too_large", words("file_limit", size=limit_text(options.file_bytes)))
    try:
        reader = await request.multipart()
    except (ValueError, AssertionError, KeyError) as error:
        raise Refused(400, "bad_frame", "An upload must be a form with files (multipart/form-data).") from error
    files: list[Json] = []
    async for part in _files(reader):
        if len(files) >= options.files:
            raise Refused(413, "too_large", words("files_limit", limit=options.files))
        wait = site.files.wait(visitor, site.clock.now())
        if wait:
            raise Refused(429, "rate", words("files_too_fast", wait=max(1, round(wait))), wait)
        files.append(await _keep(part, site, visitor, accepts))
    if not files:
        raise Refused(400, "bad_frame", words("upload_empty"))
    return files


def _visitor(request: web.Request, site: Site) -> str:
    try:
        return site.visitors.holder(request.headers.get(VISITOR_HEADER, ""), site.clock.now())
    except Denied as error:
        raise Refused(401, "token", error.user_message) from error


async def _accepts(site: Site, app: str) -> Accepts:
    """What a message to the app may hold; `Refused` when it takes no files at all."""
    try:
        profile = await site.profile(app)
    except Denied as error:
        raise Refused(404, "not_found", error.user_message) from error
    except TrunklineError as error:
        raise Refused(503, "unavailable", error.user_message, 5.0) from error
    accepts = site.accepts(profile)
    if not accepts.files and not accepts.microphone:
        raise Refused(415, "too_large", words("file_not_taken"))
    return accepts


async def _files(reader: MultipartReader) -> AsyncIterator[BodyPartReader]:
    try:
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == "file":
                yield part
    except ValueError as error:
        raise Refused(400, "bad_frame", words("upload_broken")) from error


async def _keep(part: BodyPartReader, site: Site, visitor: str, accepts: Accepts) -> Json:
    mime = _mime(part)
    name = file_name(part.filename or "", mime)
    kind = media_kind(mime)
    file = Media(kind, name=name, mime=mime)
    for taken, types in (
        (takes(accepts, file), accepts.file_types),
        (fits(file, site.options.file_types), site.options.file_types),
    ):
        if not taken:
            raise Refused(
                415, "too_large", words("file_type_not_taken", types=", ".join(types) or "audio", name=name)
            )
    limit = site.options.file_bytes
    try:
        blob = await site.core.media.put(_chunks(part), mime=mime, name=name, limit=limit)
    except TooLarge as error:
        raise Refused(413, "too_large", too_large(name, limit).user_message) from error
    except TrunklineError as error:
        raise Refused(503, "unavailable", error.user_message, 5.0) from error
    now = site.clock.now()
    kept = Upload(blob.sha256, blob.size, name, mime, kind)
    site.metrics.uploads.inc()
    site.metrics.upload_bytes.inc(blob.size)
    return {
        "upload": site.uploads.reference(visitor, kept, now),
        "name": name,
        "mime": mime,
        "size": blob.size,
        "kind": kind,
        "url": site.address(blob.sha256, name),
    }


def _mime(part: BodyPartReader) -> str:
    declared = part.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()
    if _MIME.fullmatch(declared) and declared != "application/octet-stream":
        return declared
    return mime_of(part.filename or "")


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk
