"""What the bot says in a call: samples in from the loop, frames of 20 ms out to the library's player thread."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import Final

import discord

from trunkline.audio.pcm import Pcm

RATE: Final = 48_000
CHANNELS: Final = 2
SAMPLES: Final = RATE // 50
"""Of one frame, 20 ms."""
FRAME: Final = SAMPLES * CHANNELS * 2
"""Bytes of a frame: 3,840."""
ENOUGH: Final = 150 * FRAME
"""Bytes, three seconds, beyond which `room` waits."""

_QUIET: Final = bytes(FRAME)


class Mouth(discord.AudioSource):
    """A queue of samples. Gives silence while a reply is still being made, and ends when it was played."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.played = 0
        """Samples of one channel that were given to be sent."""
        self._loop = loop
        self._lock = threading.Lock()
        self._queue: deque[bytes] = deque()
        self._begun = 0  # bytes of the first piece that are gone
        self._size = 0
        self._ended = True
        self._room = asyncio.Event()
        self._empty = asyncio.Event()
        self._room.set()
        self._empty.set()

    @property
    def over(self) -> bool:
        """Nothing is queued, and nothing comes."""
        return self._ended and not self._size

    def put(self, pcm: Pcm) -> None:
        """Queue samples, shape (n, 2)."""
        data = pcm.astype("<i2", copy=False).tobytes()
        with self._lock:
            self._ended = False
            if data:
                self._queue.append(data)
                self._size += len(data)
                self._empty.clear()
            if self._size >= ENOUGH:
                self._room.clear()

    async def room(self) -> None:
        """Returns at once, or when less than three seconds are queued."""
        await self._room.wait()

    def end(self) -> None:
        """No more comes for this reply."""
        with self._lock:
            self._ended = True
            if not self._size:
                self._empty.set()

    def drop(self) -> None:
        """Nothing of what is queued is said."""
        with self._lock:
            self._queue.clear()
            self._begun = self._size = 0
            self._ended = True
            self._empty.set()
            self._room.set()

    async def drained(self) -> None:
        """Returns once nothing is queued that could be sent."""
        await self._empty.wait()

    # In the player's thread.

    def read(self) -> bytes:
        with self._lock:
            if self._size < FRAME and not (self._ended and self._size):
                return b"" if self._ended else _QUIET
            full = self._size >= ENOUGH
            frame = self._taken(min(FRAME, self._size))
            self.played += len(frame) // (2 * CHANNELS)
            # Less than a frame waits for more of its reply.
            if self._size < (1 if self._ended else FRAME):
                self._loop.call_soon_threadsafe(self._now_empty)
            # Only then: each costs this thread the interpreter's lock for a moment.
            if full and self._size < ENOUGH:
                self._loop.call_soon_threadsafe(self._room.set)
        return frame.ljust(FRAME, b"\0")

    def is_opus(self) -> bool:
        return False

    def _taken(self, count: int) -> bytes:
        parts: list[bytes] = []
        self._size -= count
        while count:
            part = self._queue[0][self._begun : self._begun + count]
            parts.append(part)
            count -= len(part)
            self._begun += len(part)
            if self._begun == len(self._queue[0]):
                self._queue.popleft()
                self._begun = 0
        return b"".join(parts)

    def _now_empty(self) -> None:
        with self._lock:
            if self._size < (1 if self._ended else FRAME):
                self._empty.set()
