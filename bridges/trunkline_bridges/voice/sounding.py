"""What goes out of a call: one loudspeaker, so that it is always known what was heard of what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np

from trunkline.audio.pcm import Chunk, Pcm, Resampler, Samples, seconds, to_int16, to_mono
from trunkline.calls import VoiceTransport

from .limits import PIECE_S


class Loudspeaker:
    """A transport's way out. Positions count samples of one channel since the call began, as `played` does."""

    def __init__(self, transport: VoiceTransport) -> None:
        self.rate = transport.rate
        self.channels = transport.channels
        self._transport = transport
        self._end = 0
        self._replying = False
        self._stopping = 0
        self._up = asyncio.Event()
        self._up.set()

    @property
    def position(self) -> int:
        """Where the next sample will be heard."""
        return max(self._end, self._transport.played)

    @property
    def played(self) -> int:
        return self._transport.played

    @property
    def busy(self) -> bool:
        """Something is still to be heard."""
        return self._end > self._transport.played

    def line(self, *, up: bool) -> None:
        """While the line is down what is played waits."""
        if up:
            self._up.set()
        else:
            self._up.clear()

    async def tone(self, pcm: Pcm) -> None:
        """Play a tone, unless a reply is heard or about to be. `PlatformError`."""
        if not self._replying and not self._stopping and self._up.is_set():
            await self._queue(pcm)
            if not self._replying:
                await self._transport.ended()

    async def play(self, pcm: Pcm) -> None:
        """Play `(n,)` or `(n, channels)` of a reply at `rate`; returns once it is queued. `PlatformError`."""
        self._replying = True
        await self._queue(pcm)

    async def _queue(self, pcm: Pcm) -> None:
        piece = max(1, round(PIECE_S * self.rate))
        for start in range(0, len(pcm), piece):
            await self._up.wait()
            part = self._wide(pcm[start : start + piece])
            await self._transport.play(part)
            self._end = self.position + len(part)

    async def ended(self) -> None:
        """The reply is queued to its end."""
        self._replying = False
        await self._transport.ended()

    async def stop(self) -> None:
        """Drop what is queued, at once."""
        self._replying = False
        self._stopping += 1
        try:
            await self._transport.stop_playing()
        finally:
            self._stopping -= 1
            self._end = self._transport.played

    async def drained(self) -> None:
        """Returns once all was heard."""
        await self._transport.drained()

    def _wide(self, pcm: Pcm) -> Pcm:
        if pcm.ndim == 1:
            pcm = pcm[:, None]
        return np.ascontiguousarray(np.broadcast_to(pcm, (len(pcm), self.channels)))


class Converter:
    """Chunks as engines give them to mono at one rate; what is inside at the end comes with `flush`."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler: Resampler | None = None

    def feed(self, chunk: Chunk) -> Iterator[Pcm]:
        """`MediaError` for what is no sound."""
        rate = int(chunk[0])
        if self._resampler is None or self._resampler.rate_in != rate:
            yield from self.flush()
            self._resampler = Resampler(rate, self._rate)
        for piece in seconds((rate, chunk[1])):
            yield from _some(self._resampler.feed(to_mono(piece)))

    def flush(self) -> Iterator[Pcm]:
        if self._resampler is not None:
            yield from _some(self._resampler.flush())


def _some(sound: Samples) -> Iterator[Pcm]:
    if sound.size:
        yield to_int16(sound)
