"""What goes out to one connection: answers in order, and the stream it follows at its own pace.

Frames of a stream are not queued here: the connection remembers the last one it sent and fetches what came since.
One that is so slow that the stream keeps those frames no longer gets a snapshot; nobody ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from .frames import Frame, dumps
from .stream import Stream

_MOST: Final = 64
"""Answers that wait before no more requests are read."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A conversation's state as a frame: it holds everything up to `seq` of the stream's life `name`."""

    data: bytes
    name: str
    seq: int


@dataclass(frozen=True, slots=True)
class _Item:
    data: bytes
    stream: Stream | None = None
    name: str = ""
    seq: int = 0


class Outbox:
    """The frames for one connection. `run` sends them, one waits for `room`; everything else returns at once."""

    __slots__ = ("_items", "_name", "_news", "_room", "_send", "_sending", "_seq", "_snapshot", "_stream")

    def __init__(
        self, send: Callable[[bytes], Awaitable[None]], snapshot: Callable[[Stream], Awaitable[Snapshot]]
    ) -> None:
        self._send = send
        self._snapshot = snapshot
        # A list and futures made when they are needed: most connections are idle, and there are many.
        self._items: list[_Item] = []
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._stream: Stream | None = None
        self._name = ""
        self._seq = 0
        self._sending = False

    def put(self, frame: Frame) -> None:
        """Send a frame behind what was put, and behind what the stream holds by now."""
        self._append(_Item(dumps(frame)))

    def put_data(self, data: bytes) -> None:
        """Likewise, sound of a call."""
        self._append(_Item(data))

    def push(self, data: bytes) -> None:
        """Likewise, unless much waits already: for what may be lost without harm."""
        if len(self._items) < _MOST:
            self._append(_Item(data))

    def follow(self, data: bytes, stream: Stream | None, name: str, seq: int) -> None:
        """Send `data` and then, in place of what was followed, the stream's frames after `seq`."""
        if stream is not None:
            stream.watch(self)
        self._append(_Item(data, stream, name, seq))

    def wake(self) -> None:
        _done(self._news)

    def unfollow(self) -> None:
        """Send nothing more of what was followed, nor of what was to be."""
        for stream in (self._stream, *(item.stream for item in self._items)):
            if stream is not None:
                stream.unwatch(self)
        self._stream = None
        self._items = [item for item in self._items if not item.name]
        _done(self._room)

    def close(self) -> None:
        """Send nothing any more."""
        self.unfollow()
        self._items.clear()

    async def room(self, most: int = _MOST) -> None:
        """Returns when at most `most` answers are not sent yet."""
        while len(self._items) + self._sending > most:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    async def run(self) -> None:
        """Send until cancelled. What `send` and `snapshot` raise ends it."""
        while True:
            await self._catch_up()
            if self._items:
                item = self._items.pop(0)
                if item.name:
                    self._switch(item)
                self._sending = True
                await self._send(item.data)
                self._sending = False
                _done(self._room)
            elif not self._behind():
                self._news = asyncio.get_running_loop().create_future()
                await self._news

    def _append(self, item: _Item) -> None:
        self._items.append(item)
        self.wake()

    def _switch(self, item: _Item) -> None:
        if self._stream is not None and self._stream is not item.stream:
            self._stream.unwatch(self)
        if item.stream is not None:
            item.stream.watch(self)
        self._stream, self._name, self._seq = item.stream, item.name, item.seq

    def _behind(self) -> bool:
        stream = self._stream
        return stream is not None and (stream.name != self._name or stream.seq != self._seq)

    async def _catch_up(self) -> None:
        stream = self._stream
        if stream is None or not self._behind():
            return
        frames = stream.after(self._seq) if stream.name == self._name else None
        if frames is None:
            snapshot = await self._snapshot(stream)
            if self._stream is stream:
                self._name, self._seq = snapshot.name, snapshot.seq
                await self._send(snapshot.data)
            return
        for data in frames:
            if self._stream is not stream:
                return
            self._seq += 1
            await self._send(data)


def _done(waited_for: asyncio.Future[None] | None) -> None:
    if waited_for is not None and not waited_for.done():
        waited_for.set_result(None)
