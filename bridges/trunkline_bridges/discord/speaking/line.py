"""The connection to a voice channel: discord.py's own, with what it needs to hear, and to come back quickly."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import discord
from discord.opus import OPUS_SILENCE, Encoder
from discord.voice_state import VoiceConnectionState

from trunkline.audio.pcm import Pcm
from trunkline.clock import Clock

from .connection import Connection
from .ears import Ears
from .player import Player

KEEP_ALIVE_S: Final = 5.0
"""Routers forget who speaks by UDP when nothing was sent for a while."""
SILENCES: Final = 5
"""Frames of silence after joining, without which nothing is received."""
SETTLE_S: Final = 0.2
"""Until then Discord knows our SSRC, which comes to it on another way than sound."""
RENEWED: Final = 4000
"""With this code a connection is closed that is to be made anew."""
_WAITING: Final = 512
"""Datagrams that wait for the loop; older ones are dropped."""
_AT_ONCE: Final = 32
"""Datagrams in one step of the loop, so that it is never held up for long."""


class Listener(Protocol):
    """Who is told what happens on a line; on the loop."""

    def heard(self, user: int, pcm: Pcm, at: float) -> None: ...

    def up(self, connected: bool) -> None: ...

    def gone(self) -> None:
        """The connection ended for good."""
        ...

    def unreadable(self, everybody: bool) -> None:
        """What somebody says, or everybody, cannot be decrypted, for seconds by now."""
        ...


class Line(discord.VoiceClient):
    """One connection. `listener` is set by who runs the call; before that nobody is heard."""

    def __init__(self, client: discord.Client, channel: discord.abc.Connectable, clock: Clock) -> None:
        self._clock = clock
        self._inbox: deque[tuple[bytes, float]] = deque(maxlen=_WAITING)
        self._looking = False
        self.listener: Listener | None = None
        self.over = False
        self.put_out = False
        """Somebody disconnected us, or the channel is gone."""
        self.there = asyncio.Event()
        self.away = asyncio.Event()
        """The connection is there, or not."""
        self.away.set()
        self._sending = threading.Lock()
        self._opening: asyncio.TimerHandle | None = None
        super().__init__(client, channel)
        self.ears = Ears(self._connection, self.loop, self._heard)
        self.ears.failed = self._failed

    supported_modes = ("aead_xchacha20_poly1305_rtpsize",)
    """What the ears can decrypt; Discord offers it everywhere."""

    def create_connection_state(self) -> VoiceConnectionState:
        return Connection(self)

    async def keep_alive(self) -> None:
        """Until cancelled."""
        count = 0
        while True:
            await self._clock.sleep(KEEP_ALIVE_S)
            count += 1
            if self.is_connected():
                with contextlib.suppress(OSError):
                    self._connection.send_packet(count.to_bytes(8, "big"))

    async def renew(self) -> None:
        """Connect anew: all keys are agreed on once more."""
        if self.is_connected():
            self.ears.forget_failures()
            await self._connection.ws.close(RENEWED)

    def cleanup(self) -> None:
        super().cleanup()
        self.over = True
        self._stop_opening()
        self.ears.close()
        if self.listener is not None:
            self.listener.gone()

    # From the connection

    def changed(self, *, connected: bool) -> None:
        """The connection is there, or lost."""
        self._stop_opening()
        (self.away if connected else self.there).clear()
        (self.there if connected else self.away).set()
        if connected:
            self._opening = self.loop.call_later(SETTLE_S, self._open)
        if self.listener is not None:
            self.listener.up(connected)

    def play(
        self,
        source: discord.AudioSource,
        *,
        after: Callable[[Exception | None], object] | None = None,
        **_: object,
    ) -> None:
        """Raises `ClientException` between two connections, and while something is played."""
        if not self.is_connected() or self.is_playing():
            raise discord.ClientException("nothing can be played now")
        self.encoder = Encoder()
        self._player = Player(source, self, after=after)
        self._player.start()

    def encoded(self, pcm: bytes) -> bytes:
        """A frame as Opus."""
        return self.encoder.encode(pcm, Encoder.SAMPLES_PER_FRAME)

    def send_audio_packet(self, data: bytes, *, encode: bool = True) -> None:
        # The player's thread and the loop both send: each number is used once.
        with self._sending:
            super().send_audio_packet(data, encode=encode)

    def _open(self) -> None:
        self._opening = None
        if self.is_connected() and not self.is_playing():
            for _ in range(SILENCES):
                self.send_audio_packet(OPUS_SILENCE, encode=False)

    def _stop_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None

    def received(self, data: bytes) -> None:
        """A datagram; on the thread of the socket's reader."""
        self._inbox.append((data, self._clock.now()))
        if not self._looking:
            self._looking = True
            self.loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        self._looking = False
        for _ in range(_AT_ONCE):
            if not self._inbox:
                return
            self.ears.take(*self._inbox.popleft())
        if self._inbox and not self._looking:
            self._looking = True
            self.loop.call_soon(self._look)

    def _heard(self, user: int, pcm: Pcm, at: float) -> None:
        if self.listener is not None:
            self.listener.heard(user, pcm, at)

    def _failed(self, everybody: bool) -> None:
        if self.listener is not None:
            self.listener.unreadable(everybody)


__all__ = ["Line", "Listener"]
