"""Clients that keep no rule: REST and gateway by hand, to break what the library would not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from fakes.discord.errors import Json
from fakes.discord.server import FakeDiscord


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is None where there is no JSON."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int:
        """Discord's code of an error."""
        return int(self.body["code"])

    def problem(self, *path: str | int) -> str:
        """The code of the first error of a field of a form."""
        place = self.body["errors"]
        for step in path:
            place = place[str(step)]
        return str(place["_errors"][0]["code"])


class Raw:
    """REST without a library."""

    def __init__(self, discord: FakeDiscord, session: aiohttp.ClientSession) -> None:
        self._discord = discord
        self._session = session

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Sequence[tuple[str, bytes]] = (),
        token: str | None = None,
    ) -> Answer:
        """One call; with files it is multipart."""
        headers = {"Authorization": f"Bot {self._discord.token if token is None else token}"}
        data: Any = None
        if files:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}))
            for index, (name, content) in enumerate(files):
                data.add_field(f"files[{index}]", content, filename=name)
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        url = self._discord.api + path
        async with self._session.request(method, url, data=data, headers=headers) as response:
            is_json = response.headers.get("Content-Type") == "application/json"
            return Answer(response.status, await response.json() if is_json else None, response.headers)

    async def fetch(self, url: str) -> tuple[int, bytes]:
        """Any address, without a token."""
        async with self._session.get(url) as response:
            return response.status, await response.read()

    @asynccontextmanager
    async def gateway(self, version: int = 10) -> AsyncIterator[RawGateway]:
        """A gateway connection, after HELLO."""
        url = f"{self._discord.gateway.url}?v={version}&encoding=json"
        async with self._session.ws_connect(url) as socket:
            yield RawGateway(self._discord, socket)


class RawGateway:
    """One connection to the gateway."""

    def __init__(self, discord: FakeDiscord, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._discord = discord
        self.socket = socket

    async def send(self, op: int, data: Any = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, intents: int = 0, **more: Any) -> None:
        await self.send(2, {"token": self._discord.token, "intents": intents, "properties": {}} | more)

    async def frame(self) -> Json:
        """The next frame."""
        async with asyncio.timeout(10):
            frame: Json = await self.socket.receive_json()
        return frame

    async def event(self, name: str) -> Json:
        """The next event of a name; others are passed over."""
        while (frame := await self.frame()).get("t") != name:
            pass
        data: Json = frame["d"]
        return data

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(10):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


@asynccontextmanager
async def raw_client(discord: FakeDiscord) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(discord, session)
