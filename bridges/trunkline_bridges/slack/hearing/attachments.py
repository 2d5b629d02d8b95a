"""Files that people attach: fetched with the bot's token from where Slack says they are, and kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from typing import Final, cast

from trunkline.errors import Forbidden, MediaError, PlatformError, StoreError, TargetGone, TooLarge
from trunkline.messages import Media, MediaKind
from trunkline.mime import mime_type
from trunkline.pacing import backoff
from trunkline.words import words

from ..desk import Desk
from ..facts import Attached
from .reading import attached

TRIES: Final = 4


async def fetch_all(desk: Desk, team: str, files: Sequence[Attached]) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files as media, in their order, and a sentence for each that could not be had. `StoreError`."""
    got = await asyncio.gather(*(_outcome(desk, team, file) for file in files))
    for one in got:
        if isinstance(one, StoreError):
            raise one
    return (
        tuple(one for one in got if isinstance(one, Media)),
        tuple(one for one in got if isinstance(one, str)),
    )


def media_kind(mime: str) -> MediaKind:
    """The kind of media that a file of this type is."""
    family = mime.partition("/")[0]
    return cast("MediaKind", family) if family in {"image", "audio", "video"} else "file"


async def _outcome(desk: Desk, team: str, file: Attached) -> Media | str | StoreError:
    """The file, or the sentence why there is none; none of the others is left behind for an error."""
    try:
        return await _media_of(desk, team, file)
    except MediaError as error:
        return error.user_message
    except StoreError as error:
        return error


async def _media_of(desk: Desk, team: str, file: Attached) -> Media:
    limit = desk.options.file_bytes
    if file.size > limit:
        raise _too_large(file, limit)
    if not file.url:
        # Files of Slack Connect are named in the event and described on request.
        file = await _described(desk, team, file)
    for attempt in range(TRIES):
        try:
            return await _once(desk, team, file, limit)
        except TooLarge as error:
            raise _too_large(file, limit) from error
        except Forbidden as error:
            # A missing scope is named: it is the operator's to add.
            raise MediaError(f"{file.name}: {error.user_message}") from error
        except TargetGone as error:
            raise _gone(file) from error
        except PlatformError as error:
            if attempt == TRIES - 1 or not error.retryable:
                raise _gone(file) from error
        await desk.clock.sleep(backoff(attempt, random.random))
    raise _gone(file)


async def _once(desk: Desk, team: str, file: Attached, limit: int) -> Media:
    async with desk.api.download(team, file.url, limit) as chunks:
        head = await anext(chunks, b"")
        mime = mime_type(file.mime, file.name, head)
        # A clip of the voice comes as MP4, the same as a film.
        mime = mime.replace("video/", "audio/", 1) if file.seconds else mime
        blob = await desk.core.media.put(_with(head, chunks), mime=mime, name=file.name, limit=limit)
    spoken = words("slack_voice_message", seconds=round(file.seconds)) if file.seconds else ""
    return Media(media_kind(mime), blob, name=file.name, mime=mime, alt=file.alt or spoken)


async def _described(desk: Desk, team: str, file: Attached) -> Attached:
    try:
        answer = await desk.api.call(team, "files.info", patient=True, file=file.id)
    except PlatformError as error:
        raise _gone(file) from error
    found = attached(answer.get("file") or {})
    if not found.url:
        raise _gone(file)
    return found


async def _with(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk


def _gone(file: Attached) -> MediaError:
    return MediaError(words("slack_file_gone", name=file.name))


def _too_large(file: Attached, limit: int) -> TooLarge:
    size = f"{limit / 1_048_576:.0f} MB" if limit >= 1_048_576 else f"{limit:,} bytes"
    return TooLarge(words("file_too_large", name=file.name, size=size))
