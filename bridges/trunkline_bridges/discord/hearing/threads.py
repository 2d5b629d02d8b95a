"""Threads that are opened for an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from trunkline.errors import PlatformError, Unconfirmed
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..facts import Spot, Written
from ..limits import THREAD_NAME
from ..sending.refusals import code_of
from ..sending.rest import Rest

_EXISTS: Final = 160004
_TRIES: Final = 3
_MOST_REFUSALS: Final = 1000


def thread_name(written: Written) -> str:
    """The first words of a message, at most 100 characters, never empty."""
    line = next((" ".join(line.split()) for line in written.text.splitlines() if line.strip()), "")
    name = line or next((file.name for file in written.files), "")
    name = name or words("discord_thread_name", name=written.author.name or written.author.id)
    if len(name) <= THREAD_NAME:
        return name
    cut = name[: THREAD_NAME - 1]
    whole, space, _ = cut.rpartition(" ")
    return f"{(whole if space and len(whole) > THREAD_NAME // 2 else cut).rstrip()}…"


def thread_of(written: Written) -> Spot:
    """Where the thread of a message is: it has the message's id."""
    spot = written.spot
    return replace(spot, channel=written.id, parent=spot.channel, own_thread=True)


class Threads:
    """Opens threads; where it may not, it says so once in the log."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._refused: Recent[str, bool] = Recent(_MOST_REFUSALS)

    async def open(self, written: Written) -> Spot:
        """The thread of a message, made if there is none; the message's own place where none can be made."""
        path = f"/channels/{written.spot.channel}/messages/{written.id}/threads"
        for attempt in range(_TRIES):
            try:
                await self._rest.call("POST", path, json={"name": thread_name(written)}, patient=True)
            except Unconfirmed as error:
                # A message has one thread at most: making it twice does no harm.
                if attempt == _TRIES - 1 and not await self._is_there(written.id):
                    self._log(written.spot.channel, error)
                    return written.spot
            except PlatformError as error:
                if code_of(error) == _EXISTS:
                    break
                self._log(written.spot.channel, error)
                return written.spot
            else:
                break
        return thread_of(written)

    async def _is_there(self, thread: str) -> bool:
        """The answer to every try may have been lost."""
        try:
            await self._rest.call("GET", f"/channels/{thread}", patient=True)
        except PlatformError:
            return False
        return True

    def _log(self, channel: str, error: PlatformError) -> None:
        if self._refused.get(channel):
            return
        self._refused.put(channel, True)
        log.warning("no thread can be opened: answering in the channel", channel=channel, code=code_of(error))
