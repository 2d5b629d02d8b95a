"""Files that people attach: fetched with the bot's token from where Slack says they are, and kept."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from trunkline import incoming
from trunkline.errors import Forbidden, MediaError, PlatformError, TargetGone, TooLarge
from trunkline.incoming import shelve, too_large
from trunkline.messages import Media
from trunkline.pacing import backoff
from trunkline.words import words

from ..desk import Desk
from ..facts import Attached
from .reading import attached

TRIES: Final = 4


async def fetch_all(desk: Desk, team: str, files: Sequence[Attached]) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files as media, in their order, and a sentence for each that could not be had. `StoreError`."""
    return await incoming.fetch_all(files, lambda file: _media_of(desk, team, file))


async def _media_of(desk: Desk, team: str, file: Attached) -> Media:
    limit = desk.options.file_bytes
    if file.size > limit:
        raise too_large(file.name, limit)
    if not file.url:
        # Files of Slack Connect are named in the event and described on request.
        file = await _described(desk, team, file)
    for attempt in range(TRIES):
        try:
            return await _once(desk, team, file, limit)
        except TooLarge as error:
            raise too_large(file.name, limit) from error
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
    spoken = words("slack_voice_message", seconds=round(file.seconds)) if file.seconds else ""
    async with desk.api.download(team, file.url, limit) as chunks:
        return await shelve(file, chunks, desk.core.media, limit, spoken=spoken)


async def _described(desk: Desk, team: str, file: Attached) -> Attached:
    try:
        answer = await desk.api.call(team, "files.info", patient=True, file=file.id)
    except PlatformError as error:
        raise _gone(file) from error
    found = attached(answer.get("file") or {})
    if not found.url:
        raise _gone(file)
    return found


def _gone(file: Attached) -> MediaError:
    return MediaError(words("slack_file_gone", name=file.name))
