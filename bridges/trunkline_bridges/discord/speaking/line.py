"""The connection to a voice channel: discord.py's own, with what it needs to hear, and to come back quickly."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import aiohttp
import discord
from discord.gateway import DiscordVoiceWebSocket
from discord.opus import OPUS_SILENCE, Encoder
from discord.utils import MISSING
from discord.voice_state import ConnectionFlowState, VoiceConnectionState

from trunkline.audio.pcm import Pcm
from trunkline.clock import Clock
from trunkline.telemetry import causes, log

from .ears import Ears
from .player import Player
from .rtp import discovered, discovery, is_discovery

KEEP_ALIVE_S: Final = 5.0
"""Routers forget who speaks by UDP when nothing was sent for a while."""
SILENCES: Final = 5
"""Frames of silence after joining, without which nothing is received."""
SETTLE_S: Final = 0.2
"""Until then Discord knows our SSRC, which comes to it on another way than sound."""
LEFT_S: Final = 2.0
"""So long Discord may take to say that we left."""
ASK_S: Final = 0.5
"""Seconds after which Discord is asked once more from where our packets come to it: UDP loses some."""
BACK_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Waits before a lost connection is tried anew; the last holds for all that follow."""
AGAIN_S: Final = 8.0
"""So long Discord may take for that: what was asked while its gateway is away is never answered."""
CUT: Final = 1006
"""Stands for the code of a connection that was closed without one."""
RENEWED: Final = 4000
"""With this code a connection is closed that is to be made anew."""
_TOLD: Final = frozenset({1000, 4014, 4021, 4022})
"""Close codes that the library does not answer by connecting anew: left, moved or put out, too often."""
_SENSELESS: Final = (ValueError, TypeError, LookupError, RuntimeError, struct.error)
"""What the library raises at messages that make no sense, or that do not fit the keys of the call."""
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


class _State(VoiceConnectionState):
    """The library's connection, with its socket's reader woken whenever it would stay at an old socket."""

    voice_client: Line

    def __init__(self, line: Line) -> None:
        self._listening = False
        self._given_up = False
        self._former: socket.socket | None = None
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
        ws.discover_ip = self._discovered  # type: ignore[method-assign]
        poll = ws.poll_event

        async def polled() -> None:
            self._go_on()
            try:
                await poll()
            except (discord.ConnectionClosed, aiohttp.ClientError, OSError, *_SENSELESS) as error:
                self._go_on()
                if self.is_connected() and getattr(error, "code", 0) not in _TOLD:
                    log.info("voice connection lost", errors=causes(error))
                    await self._come_back()
                elif isinstance(error, discord.ConnectionClosed | TimeoutError):
                    raise
                else:
                    # Of others the library's task would die.
                    raise discord.ConnectionClosed(ws.ws, shard_id=None, code=CUT) from error

        ws.poll_event = polled  # type: ignore[method-assign]
        return ws

    async def _potential_reconnect(self) -> bool:
        """Moved, or put out: Discord says soon which. Where it says neither, or the way breaks, we come anew."""
        waits, self.timeout = self.timeout, min(self.timeout, AGAIN_S)
        try:
            found = await super()._potential_reconnect()
        except (aiohttp.ClientError, OSError):
            found = False
        finally:
            self.timeout = waits
        if not (found or self._given_up or self.voice_client.put_out):
            await self._come_back()
        return self.is_connected()

    async def _come_back(self) -> None:
        """Returns once the connection is there again. The library's waits grow with each that was ever lost."""
        self.state = ConnectionFlowState.disconnected
        for wait in itertools.chain(BACK_S, itertools.repeat(BACK_S[-1])):
            # Not everybody at once, where a server went down.
            await asyncio.sleep(random.uniform(0.5, 1.5) * wait)  # noqa: S311
            self._go_on()
            await self.disconnect(cleanup=False)
            me = self.self_voice_state or self
            with contextlib.suppress(TimeoutError):
                await self._connect(
                    self.reconnect, min(self.timeout, AGAIN_S), me.self_deaf, me.self_mute, resume=False
                )
            if self.is_connected():
                return

    async def _discovered(self) -> tuple[str, int]:
        """Our address as Discord sees it. The library asks once, and misses what comes before it listens."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def told(data: bytes) -> None:
            if not answer.done():
                answer.set_result(data)

        def read(data: bytes) -> None:
            """On the thread of the socket's reader."""
            if is_discovery(data):
                answer.get_loop().call_soon_threadsafe(told, data)

        self.add_socket_listener(read)
        try:
            while not answer.done():
                # Its thread begins by pausing itself, perhaps only now.
                self._socket_reader.resume()
                with contextlib.suppress(OSError):
                    self.send_packet(discovery(self.ssrc))
                await asyncio.wait((answer,), timeout=ASK_S)
        finally:
            self.remove_socket_listener(read)
        return discovered(answer.result())

    async def _connect(
        self, reconnect: bool, timeout: float, self_deaf: bool, self_mute: bool, resume: bool
    ) -> None:
        self._go_on()
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

    async def voice_state_update(self, data: Any) -> None:
        if data["channel_id"] is None:
            if self.state is ConnectionFlowState.set_guild_voice_state:
                # Discord did not answer yet that we come: this tells of the time before, perhaps once more.
                self._expecting_disconnect = True
            elif not self._expecting_disconnect:
                self.voice_client.put_out = True
        await super().voice_state_update(data)

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
            # A client that is being closed takes in no events: all of its calls would be waited for in turn.
            wait = not self.voice_client.client.is_closed()
        if cleanup:
            self._give_up()
        try:
            await super().disconnect(force=force, cleanup=cleanup, wait=wait)
        finally:
            if cleanup:
                self._close_former()

    def _go_on(self) -> None:
        """Ends the library's task that asks, once the connection is given up: a cancellation may be swallowed."""
        if self._given_up:
            raise asyncio.CancelledError

    def _give_up(self) -> None:
        """The library's tasks would go on trying to come back to where it is told to leave."""
        self._given_up = True
        for task in (self._runner, self._connector):
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    async def soft_disconnect(
        self, *, with_state: ConnectionFlowState = ConnectionFlowState.got_both_voice_updates
    ) -> None:
        self._wake()
        await super().soft_disconnect(with_state=with_state)

    def _wake(self) -> None:
        """The reader looks at a closed socket for up to 30 s, unless that says that it has ended.

        It stays open till later: by a reader that wakes late, a new one of its number would be taken for it.
        """
        self._socket_reader.pause()
        if self.socket is MISSING or self.socket.fileno() < 0:
            return
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._close_former()
        self._former, self.socket = self.socket, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.close()

    def _close_former(self) -> None:
        if self._former is not None:
            self._former.close()
            self._former = None


__all__ = ["Line", "Listener"]
