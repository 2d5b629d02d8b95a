"""A client that keeps no rule: Web API and Socket Mode by hand, to break what the library would not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.server import FakeSlack


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is empty where there is no JSON object."""

    status: int
    body: Json
    headers: Any

    @property
    def ok(self) -> bool:
        return bool(self.body.get("ok"))

    @property
    def error(self) -> str:
        """The name of the error, empty if there was none."""
        return str(self.body.get("error", ""))

    @property
    def problems(self) -> str:
        """What Slack says of blocks, views and chunks."""
        return "\n".join(self.body.get("response_metadata", {}).get("messages", []))

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


class Raw:
    """The Web API without a library, by the token of one app unless told."""

    def __init__(self, slack: FakeSlack, app: App | None, session: aiohttp.ClientSession) -> None:
        self._slack = slack
        self._app = app
        self.session = session

    async def call(self, method: str, *, token: str | None = None, form: bool = False, **args: Any) -> Answer:
        """One call, with its arguments as JSON or as a form."""
        bearer = token if token is not None else self._app.token if self._app else ""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        sent: dict[str, Any] = {"data": args} if form else {"json": args}
        async with self.session.post(self._slack.api + method, headers=headers, **sent) as response:
            body = await response.json()
            return Answer(response.status, body, response.headers)

    async def post(self, url: str, body: Any = None, **more: Any) -> Answer:
        """Post JSON to any address."""
        async with self.session.post(url, json=body, **more) as response:
            is_json = response.content_type == "application/json"
            return Answer(response.status, await response.json() if is_json else {}, response.headers)

    async def fetch(self, url: str, token: str = "") -> tuple[str, bytes]:
        """The type and the content of an address."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.get(url, headers=headers) as response:
            return response.content_type, await response.read()

    async def upload(self, name: str, content: bytes, **more: Any) -> tuple[str, Answer]:
        """All three steps; the id of the file and the last answer."""
        announced = await self.call("files.getUploadURLExternal", filename=name, length=len(content), form=True)
        async with self.session.post(announced["upload_url"], data=content) as response:
            assert response.status == 200
        key = announced["file_id"]
        return key, await self.call("files.completeUploadExternal", files=[{"id": key}], **more)

    @asynccontextmanager
    async def socket(self, app: App) -> AsyncIterator[RawSocket]:
        """A Socket Mode connection, after its hello."""
        opened = await self.call("apps.connections.open", token=app.app_token)
        async with self.session.ws_connect(opened["url"]) as socket:
            connection = RawSocket(socket)
            connection.hello = await connection.frame()
            yield connection


class RawSocket:
    """One Socket Mode connection, acknowledging only when it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.hello: Json = {}

    async def frame(self) -> Json:
        async with asyncio.timeout(10):
            frame: Json = await self.socket.receive_json()
        return frame

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        answer = {"envelope_id": envelope["envelope_id"]}
        await self.socket.send_json(answer | ({"payload": payload} if payload is not None else {}))

    async def next(self) -> Json:
        """The next envelope, acknowledged."""
        envelope = await self.frame()
        await self.ack(envelope)
        return envelope

    async def event(self, kind: str) -> Json:
        """The next event of a type; everything before it is acknowledged too."""
        while True:
            envelope = await self.next()
            event: Json = envelope["payload"].get("event", {})
            if event.get("type") == kind:
                return event


@asynccontextmanager
async def raw_client(slack: FakeSlack, app: App | None = None) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(slack, app, session)
