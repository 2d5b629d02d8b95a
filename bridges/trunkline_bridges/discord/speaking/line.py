"""The connection to a voice channel: discord.py's own, with what it needs to hear, and to come back quickly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import aiohttp
import discord
from discord.gateway import DiscordVoiceWebSocket
from discord.opus import OPUS_SILENCE
from discord.utils import MISSING
from discord.voice_state import ConnectionFlowState, VoiceConnectionState

from trunkline.audio.pcm import Pcm
from trunkline.clock import Clock

from .ears import Ears

KEEP_ALIVE_S: Final = 5.0
"""Routers forget who speaks by UDP when nothing was sent for a while."""
SILENCES: Final = 5
"""Frames of silence after joining, without which nothing is received."""
SETTLE_S: Final = 0.2
"""Until then Discord knows our SSRC, which comes to it on another way than sound."""
LEFT_S: Final = 2.0
"""So long Discord may take to say that we left."""
_TOLD: Final = frozenset({1000, 4014, 4021, 4022})
"""Close codes that the library does not answer by connecting anew: left, moved or put out, too often."""
_WAITING: Final = 512
"""Datagrams that wait for the loop; older ones are dropped."""
_AT_ONCE: Final = 32
"""Datagrams in one step of the loop, so that it is never held up for long."""

Made: TypeAlias = "Callable[[discord.Client, discord.abc.Connectable], Line]"


class Listener(Protocol):
    """Who is told what happens on a line; on the loop."""

    def heard(self, user: int, pcm: Pcm, at: float) -> None: ...

    def up(self, connected: bool) -> None: ...

    def gone(self) -> None:
        """The connection ended for good."""
        ...

    def unreadable(self) -> None:
        """What somebody says cannot be decrypted, for seconds by now."""
        ...


class Line(discord.VoiceClient):
    """One connection. `listener` is set by who runs the call; before that nobody is heard."""

    def __init__(self, client: discord.Client, channel: discord.abc.Connectable, clock: Clock) -> None:
        self._clock = clock
        self._inbox: deque[tuple[bytes, float]] = deque(maxlen=_WAITING)
        self._looking = False
        self.listener: Listener | None = None
        self.over = False
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
        return _State(self)

    async def keep_alive(self) -> None:
        """Until cancelled."""
        count = 0
        while True:
            await self._clock.sleep(KEEP_ALIVE_S)
            count += 1
            if self.is_connected():
                with contextlib.suppress(OSError):
                    self._connection.send_packet(count.to_bytes(8, "big"))

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

    def _failed(self) -> None:
        if self.listener is not None:
            self.listener.unreadable()


class _State(VoiceConnectionState):
    """The library's connection, with its socket's reader woken whenever it would stay at an old socket."""

    voice_client: Line

    def __init__(self, line: Line) -> None:
        self._listening = False
        super().__init__(line, hook=self._told)

    async def _told(self, _: DiscordVoiceWebSocket, message: dict[str, Any]) -> None:
        self.voice_client.ears.told(message["op"], message["d"])

    @property
    def state(self) -> ConnectionFlowState:
        return self._state

    @state.setter
    def state(self, state: ConnectionFlowState) -> None:
        was, now = self._state is ConnectionFlowState.connected, state is ConnectionFlowState.connected
        # The library's own setter is reached by its property alone.
        VoiceConnectionState.state.fset(self, state)  # type: ignore[attr-defined]
        if now:
            # Left from the disconnect before a reconnect: the next move would be taken for being put out.
            self._disconnected.clear()
        if was is not now:
            self.voice_client.changed(connected=now)

    async def _connect_websocket(self, resume: bool) -> DiscordVoiceWebSocket:
        ws = await super()._connect_websocket(resume)
        poll = ws.poll_event

        async def polled() -> None:
            try:
                await poll()
            except (discord.ConnectionClosed, TimeoutError) as error:
                if getattr(error, "code", 0) not in _TOLD:
                    # Else it counts as connected while the library waits before it tries again.
                    self.state = ConnectionFlowState.disconnected
                raise

        ws.poll_event = polled  # type: ignore[method-assign]
        return ws

    async def _connect(
        self, reconnect: bool, timeout: float, self_deaf: bool, self_mute: bool, resume: bool
    ) -> None:
        if resume:
            # The library would wait for events that Discord only sends to who comes anew.
            await self.disconnect(cleanup=False)
        try:
            await super()._connect(reconnect, timeout, self_deaf, self_mute, False)
        except (aiohttp.ClientError, OSError) as error:
            # Of other errors its task would die: this one it tries again after.
            raise TimeoutError from error

    async def _voice_disconnect(self) -> None:
        # What is expected is said first: Discord's answer may come before this is back, and would be taken for
        # being put out.
        self.state = ConnectionFlowState.disconnected
        self._expecting_disconnect = True
        self._disconnected.clear()
        await self.guild.change_voice_state(channel=None)

    def _create_socket(self) -> None:
        super()._create_socket()
        if not self._listening:
            # Only from here on: without a socket the reader spins.
            self._listening = True
            self.add_socket_listener(self.voice_client.received)

    async def disconnect(self, *, force: bool = True, cleanup: bool = True, wait: bool = False) -> None:
        self._wake()
        if wait:
            # For the event that says we left, which a broken connection to Discord never brings.
            self.timeout = min(self.timeout, LEFT_S)
        await super().disconnect(force=force, cleanup=cleanup, wait=wait)

    async def soft_disconnect(
        self, *, with_state: ConnectionFlowState = ConnectionFlowState.got_both_voice_updates
    ) -> None:
        self._wake()
        await super().soft_disconnect(with_state=with_state)

    def _wake(self) -> None:
        """The reader looks at a closed socket for up to 30 s, unless that says that it has ended."""
        self._socket_reader.pause()
        if self.socket is not MISSING:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


__all__ = ["Line", "Listener"]
