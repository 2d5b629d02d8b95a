"""A gateway connection and a session: the one ends with its socket, the other lives on to be resumed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from fakes.discord.errors import Json
from fakes.discord.limits import Window


class Closed(Exception):
    """The server closes a connection with a code of its own."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def decoded(text: str) -> Json:
    """A frame of a client; what is no JSON object closes its connection."""
    try:
        frame = json.loads(text)
    except ValueError as error:
        raise Closed(4002, "Error while decoding payload.") from error
    if not isinstance(frame, dict):
        raise Closed(4002, "Error while decoding payload.")
    return frame


class Line:
    """One connection: what is written leaves in order, and closing comes after what was written before."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, rate: Window) -> None:
        self.socket = socket
        self.rate = rate
        self.session: Session | None = None
        self.ending = False
        """It is closed from this side as soon as what was written before has left."""
        self.over = asyncio.Event()
        self._request = request
        self._outgoing: asyncio.Queue[Json | bytes | tuple[int | None, str]] = asyncio.Queue()

    def write(self, frame: Json | bytes) -> None:
        """A frame of JSON, or a binary one."""
        self._outgoing.put_nowait(frame)

    def close(self, code: int | None, reason: str = "") -> None:
        """Close with a code; without one the connection is cut."""
        self.ending = True
        self._outgoing.put_nowait((code, reason))

    async def run(self) -> None:
        """Write until closed."""
        try:
            while not isinstance(frame := await self._outgoing.get(), tuple):
                if isinstance(frame, bytes):
                    await self.socket.send_bytes(frame)
                else:
                    await self.socket.send_str(json.dumps(frame))
            await self._end(*frame)
        except ConnectionError:
            # The client went away first.
            pass
        finally:
            self.over.set()

    async def _end(self, code: int | None, reason: str) -> None:
        if code is not None:
            await self.socket.close(code=code, message=reason.encode())
        elif self._request.transport is not None:
            self._request.transport.abort()


class Session:
    """What a client identified for: its events are numbered and kept for a RESUME."""

    def __init__(self, name: str, shard: int, shards: int, intents: int) -> None:
        self.id = name
        self.shard = shard
        self.shards = shards
        self.intents = intents
        self.seq = 0
        self.sent: list[dict[str, Any]] = []
        self.line: Line | None = None
        self._cut_at: float | None = None

    @property
    def connected(self) -> bool:
        return self.line is not None

    def has_guild(self, guild_id: int | None) -> bool:
        """Whether a guild's events, or those of DMs, come to this shard."""
        return self.shard == (0 if guild_id is None else (guild_id >> 22) % self.shards)

    def attach(self, line: Line | None, now: float) -> None:
        """Speak on a line from now on, or on none."""
        if self.line is not None and line is not None:
            self.line.session = None
        self.line = line
        self._cut_at = now if line is None else None
        if line is not None:
            line.session = self

    def write(self, frame: Json) -> None:
        if self.line is not None:
            self.line.write(frame)

    def lost(self, now: float, seconds: float) -> bool:
        """Whether it was cut too long ago to be resumed."""
        return self._cut_at is not None and now - self._cut_at > seconds
