"""How the connection to a voice channel is made, lost and made again: discord.py's own, where that falls short."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
import struct
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord.gateway import DiscordVoiceWebSocket
from discord.utils import MISSING
from discord.voice_state import ConnectionFlowState, VoiceConnectionState

from trunkline.telemetry import causes, log

from .rtp import discovered, discovery, is_discovery

if TYPE_CHECKING:
    from .line import Line

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
_TOLD: Final = frozenset({1000, 4014, 4021, 4022})
"""Close codes that the library does not answer by connecting anew: left, moved or put out, too often."""
_SENSELESS: Final = (ValueError, TypeError, LookupError, RuntimeError, struct.error)
"""What the library raises at messages that make no sense, or that do not fit the keys of the call."""


class Connection(VoiceConnectionState):
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
            self._given_up = True
            self._end(self._connector)
        try:
            await super().disconnect(force=force, cleanup=cleanup, wait=wait)
        finally:
            if cleanup:
                # Only now: it reads that Discord closed the connection, which is waited for.
                self._end(self._runner)
                self._close_former()

    def _go_on(self) -> None:
        """Ends the library's task that asks, once the connection is given up: a cancellation may be swallowed."""
        if self._given_up:
            raise asyncio.CancelledError

    def _end(self, task: asyncio.Task[Any] | None) -> None:
        """The library's tasks would go on trying to come back to where it is told to leave."""
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


__all__ = ["Connection"]
