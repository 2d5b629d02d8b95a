"""Socket Mode: connections of apps, envelopes to them and their acknowledgements.

reference: section 5 (`apps.connections.open`, at most 10 connections per app, each event goes to one of them,
disconnect messages `warning` and `refresh_requested`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.faults import Faults
from fakes.slack.world import World

MOST_CONNECTIONS = 10


@dataclass(eq=False)
class Connection:
    app: App
    socket: web.WebSocketResponse
    retiring: bool = False
    """It was told to disconnect and gets no more envelopes."""


class Broken(Exception):
    """The connection went before the envelope was acknowledged."""


class Sockets:
    """All Socket Mode connections."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.url = ""
        self.connections: list[Connection] = []
        self.opened = 0
        """How many connections there ever were."""
        self.acks: list[Json] = []
        """Every acknowledgement, as it came in."""
        self._world = world
        self._faults = faults
        self._tickets: dict[str, App] = {}
        self._pending: dict[str, tuple[Connection, asyncio.Future[Json]]] = {}
        self._turns: dict[str, itertools.count[int]] = defaultdict(itertools.count)

    def ticket(self, app: App) -> str:
        """The address of a new connection."""
        key = self._world.new_id("").lower()
        self._tickets[key] = app
        return f"{self.url}/?ticket={key}&app_id={app.id}"

    def of(self, app: App) -> list[Connection]:
        """The connections of an app that can be sent to."""
        return [each for each in self.connections if each.app is app and not each.retiring]

    async def connected(self, app: App, number: int = 1) -> None:
        """Returns once an app has so many connections."""
        await self._world.until(lambda: len(self.of(app)) >= number)

    async def accept(self, request: web.Request) -> web.StreamResponse:
        app = self._tickets.get(request.query.get("ticket", ""))
        if app is None or ((fault := self._faults.strike("socket")) is not None and fault.status != 200):
            return web.Response(status=401 if app is None else 503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(app, socket)
        self.opened += 1
        if len(self.of(app)) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.connections.append(connection)
        await socket.send_json(self._hello(app))
        self._world.changed()
        try:
            await self._read(connection)
        finally:
            self._forget(connection)
        return socket

    def _hello(self, app: App) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.of(app)),
            "debug_info": {"host": "fake", "approximate_connection_time": 18060},
            "connection_info": {"app_id": app.id},
        }

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            ack: Json = json.loads(frame.data)
            self.acks.append(ack)
            _, waiting = self._pending.pop(str(ack.get("envelope_id")), (None, None))
            if waiting is not None and not waiting.done():
                waiting.set_result(ack)
            self._world.changed()

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for key, (over, waiting) in list(self._pending.items()):
            if over is connection:
                del self._pending[key]
                if not waiting.done():
                    waiting.set_exception(Broken())
        self._world.changed()

    async def send(self, app: App, envelope: Json) -> Json:
        """Send to one of an app's connections, each in its turn, and return what it acknowledges with.

        Waits for a connection if there is none. Raises `Broken` if the connection goes.
        """
        while not (open_ones := self.of(app)):
            await self._world.until(lambda: self.of(app), 3600)
        connection = open_ones[next(self._turns[app.id]) % len(open_ones)]
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending[envelope["envelope_id"]] = (connection, waiting)
        try:
            await connection.socket.send_json(envelope)
            return await waiting
        except ConnectionError as error:
            raise Broken from error
        finally:
            self._pending.pop(envelope["envelope_id"], None)

    async def warn(self, app: App) -> None:
        """Tell all connections of an app that they end soon; they go on until they are closed."""
        for connection in self.of(app):
            with suppress(ConnectionError):  # It is going already.
                await connection.socket.send_json({"type": "disconnect", "reason": "warning", "debug_info": {}})

    async def refresh(self, app: App) -> None:
        """Ask all connections of an app to come anew; they get nothing more."""
        for connection in self.of(app):
            connection.retiring = True
            with suppress(ConnectionError):
                await connection.socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    def drop(self, app: App | None = None) -> None:
        """Cut connections without a word: those of an app, or all."""
        for connection in list(self.connections):
            if app is None or connection.app is app:
                transport = connection.socket._req.transport if connection.socket._req else None
                if transport is not None:
                    transport.abort()
