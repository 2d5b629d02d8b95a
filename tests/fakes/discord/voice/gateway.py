"""The voice gateway, version 8: what each frame of a bot does, and by which code it is closed if it may not.

Close codes as Discord's documentation lists them under "Voice Close Event Codes".
reference: Receiving Discord voice (version 8; 4017 without DAVE; 5, 11–13, 18, 20–24 as JSON, 25–30 binary).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from fakes.discord.errors import Json
from fakes.discord.limits import Rate, Window
from fakes.discord.lines import Closed, Line, decoded
from fakes.discord.voice import dave
from fakes.discord.voice.mls import Malformed
from fakes.discord.voice.rtp import MODE
from fakes.discord.voice.sessions import Session

if TYPE_CHECKING:
    from fakes.discord.voice.server import FakeVoice

IDENTIFY, SELECT, READY, HEARTBEAT, DESCRIPTION, SPEAKING, ACK, RESUME, HELLO = range(9)
VIDEO, TRANSITION_READY, INVALID = 12, 23, 31
KEY_PACKAGE, COMMIT = 26, 28

DISCONNECTED, TERMINATED = 4014, 4022

RESUMABLE = (None, 1006, 4015)
"""Close codes after which the session lives on: the connection was cut, or the server crashed."""


class Connection:
    """One WebSocket of a bot, and what it has said so far."""

    def __init__(self, line: Line, server: int) -> None:
        self.line = line
        self.server = server
        """Which of the two servers it is on."""
        self.session: Session | None = None
        self.deadline = 0.0


class VoiceGateway:
    """Serves the connections of bots to voice servers."""

    def __init__(self, voice: FakeVoice) -> None:
        self._voice = voice
        self.connections: set[Connection] = set()

    async def accept(self, request: web.Request, server: int) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if self._voice.refuses:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(Line(socket, request, Window(Rate(1 << 30, 60.0))), server)
        self.connections.add(connection)
        writing = asyncio.create_task(connection.line.run())
        try:
            _check_version(request)
            interval = int(self._voice.heartbeat_interval * 1000)
            connection.line.write({"op": HELLO, "d": {"v": 8, "heartbeat_interval": interval}})
            await self._listen(connection)
        except Closed as closed:
            connection.line.close(closed.code, closed.reason)
        finally:
            if connection.line.ending:
                await connection.line.over.wait()
            self.connections.discard(connection)
            self._part(connection, socket.close_code)
            writing.cancel()
        return socket

    def _part(self, connection: Connection, code: int | None) -> None:
        """A connection ended: its session too, if it was closed and not cut."""
        session = connection.session
        if session is not None and session.line is connection.line:
            session.line = None
            if code not in RESUMABLE:
                session.room.end(session)
        self._voice.changed()

    async def _listen(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        patience = self._voice.heartbeat_interval * 1.5
        connection.deadline = loop.time() + patience
        while True:
            try:
                async with asyncio.timeout_at(connection.deadline):
                    message = await connection.line.socket.receive()
            except TimeoutError as error:
                raise Closed(4009, "Session timed out.") from error
            if message.type is WSMsgType.TEXT:
                self._receive(connection, decoded(message.data))
            elif message.type is WSMsgType.BINARY:
                self._receive_binary(connection, message.data)
            else:
                return
            self._voice.changed()

    def _receive(self, connection: Connection, frame: Json) -> None:
        op = frame.get("op")
        self._voice.frames.append((time.time(), frame))
        _check_session(connection)
        actions: dict[Any, Callable[[Connection, Any], None]] = {
            IDENTIFY: self._identify,
            HEARTBEAT: self._heartbeat,
            RESUME: self._resume,
            SELECT: self._select,
            SPEAKING: self._speaking,
            VIDEO: _ignore,
            TRANSITION_READY: self._ready,
            INVALID: self._invalid,
        }
        if op not in actions:
            raise Closed(4001, "Unknown opcode.")
        if connection.session is None and op not in (IDENTIFY, HEARTBEAT, RESUME):
            raise Closed(4003, "Not authenticated.")
        try:
            actions[op](connection, frame["d"])
        except (KeyError, TypeError, ValueError) as error:
            raise Closed(4020, "Bad request.") from error

    def _receive_binary(self, connection: Connection, data: bytes) -> None:
        session = connection.session
        if session is None:
            raise Closed(4003, "Not authenticated.")
        _check_session(connection)
        group = session.room.group
        if group is None or not session.described or not data:
            raise Closed(4020, "Bad request.")
        self._voice.frames.append((time.time(), {"op": data[0], "size": len(data) - 1}))
        try:
            if data[0] == KEY_PACKAGE:
                group.key_package(session.id, data[1:])
            elif data[0] == COMMIT:
                group.commit(session.id, data[1:])
            else:
                raise Closed(4001, "Unknown opcode.")
        except Malformed as error:
            raise Closed(4020, "Bad request.") from error

    def _heartbeat(self, connection: Connection, data: Json) -> None:
        """Version 8: it tells a time and the newest number that was read."""
        connection.deadline = asyncio.get_running_loop().time() + self._voice.heartbeat_interval * 1.5
        if not self._voice.deaf:
            connection.line.write({"op": ACK, "d": {"t": data["t"]}})

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closed(4005, "Already authenticated.")
        grant = self._voice.granted(data, connection.server)
        room = self._voice.room(grant.channel)
        if room.group is not None and self._voice.requires_dave and not data.get("max_dave_protocol_version"):
            raise Closed(4017, "E2EE/DAVE protocol required.")
        udp = self._voice.udps[connection.server]
        session = Session(self._voice.bot, room, grant.session_id, grant.token, udp)
        connection.session, session.line = session, connection.line
        room.begin(session)
        place = {"ssrc": session.ssrc, "ip": "127.0.0.1", "port": udp.port}
        session.write(READY, place | {"modes": self._voice.modes, "experiments": [], "streams": []})

    def _resume(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closed(4005, "Already authenticated.")
        grant = self._voice.granted(data | {"user_id": str(self._voice.bot.id)}, connection.server)
        session = self._voice.room(grant.channel).sessions.get(self._voice.bot.id)
        if session is None or session.token != grant.token:
            raise Closed(4006, "Session is no longer valid.")
        connection.session = session
        session.resume(connection.line, int(data.get("seq_ack", -1)))

    def _select(self, connection: Connection, data: Json) -> None:
        session = connection.session
        assert session is not None
        if data["protocol"] != "udp":
            raise Closed(4012, "Unknown protocol.")
        chosen = data["data"]
        if chosen["mode"] not in self._voice.modes:
            raise Closed(4016, "Unknown encryption mode.")
        session.address = (str(chosen["address"]), int(chosen["port"]))
        description: Json = {"mode": MODE, "secret_key": list(session.key), "audio_codec": "opus"}
        version = dave.VERSION if session.room.group is not None else 0
        session.write(DESCRIPTION, description | {"dave_protocol_version": version})
        session.room.describe(session)

    def _speaking(self, connection: Connection, data: Json) -> None:
        session = connection.session
        assert session is not None
        if data["ssrc"] != session.ssrc:
            raise Closed(4020, "Bad request.")
        session.spoke = True
        session.room.heard.speaking.append((time.time(), int(data["speaking"])))

    def _ready(self, connection: Connection, data: Json) -> None:
        group = _group(connection)
        assert connection.session is not None
        group.ready(connection.session.id, int(data["transition_id"]))

    def _invalid(self, connection: Connection, data: Json) -> None:
        group = _group(connection)
        assert connection.session is not None
        group.invalid(connection.session.id, int(data["transition_id"]))


def _check_session(connection: Connection) -> None:
    """A session that ended, such as by a newer one of the bot, says nothing any more."""
    session = connection.session
    if session is not None and session.room.sessions.get(session.id) is not session:
        raise Closed(4006, "Session is no longer valid.")


def _group(connection: Connection) -> dave.Group:
    assert connection.session is not None
    group = connection.session.room.group
    if group is None:
        raise Closed(4020, "Bad request.")
    return group


def _check_version(request: web.Request) -> None:
    if request.query.get("v") != "8":
        raise Closed(4012, "Unknown protocol.")


def _ignore(_: Connection, __: Any) -> None:
    """Nobody has a camera."""
