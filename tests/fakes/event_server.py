"""The routes of an app that a session uses, answered from a script: for what real apps do seldom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Frame = Mapping[str, Any]


class EventServer:
    """`frames` go to whoever reads the events; `joins` answers each joining call. `bodies` holds what was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.frames: asyncio.Queue[Frame | bytes | None] = asyncio.Queue()
        """Events in turn; bytes are written as they are, None ends the stream without a word."""
        self.joins: Callable[[int], web.Response] = _accepted
        self.predicts: Callable[[int], web.Response] = _no_data
        self.bodies: list[tuple[str, Any]] = []
        self.readers = 0
        self.most_readers = 0
        self.cancelled = asyncio.Event()
        self.uploads: list[bytes] = []
        self.pushed: asyncio.Queue[str] = asyncio.Queue()
        """"piece <event>" and "close <event>", as a step that listens is given its input."""
        self.push_status = 200
        self.playlist = ""
        self.segments: dict[str, bytes] = {}
        """Files of the app, too."""
        self.halfway: asyncio.Event | None = None
        """Waited for in the middle of each of them."""
        self.password: str | None = None
        self.logins = 0
        self.events_type = "text/event-stream"
        self.hearts: asyncio.Queue[str] = asyncio.Queue()
        """"open <session>" and "closed <session>", as heartbeats come and go."""
        self._over = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/gradio_api/queue/join", self._join)
        app.router.add_get("/gradio_api/queue/data", self._data)
        app.router.add_get("/gradio_api/heartbeat/{session}", self._heartbeat)
        app.router.add_post("/gradio_api/run/predict", self._predict)
        app.router.add_post("/gradio_api/cancel", self._cancel)
        app.router.add_post("/gradio_api/upload", self._upload)
        app.router.add_post("/gradio_api/stream/{event}", self._push)
        app.router.add_post("/gradio_api/stream/{event}/close", self._close)
        app.router.add_get("/gradio_api/stream/{session}/1/3/{name}", self._segment)
        app.router.add_get("/gradio_api/file={name}", self._segment)
        app.router.add_post("/login", self._login)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def send(self, *frames: Frame | bytes | None) -> None:
        for frame in frames:
            self.frames.put_nowait(frame)

    def names(self) -> list[str]:
        return [name for name, _ in self.bodies]

    async def _join(self, request: web.Request) -> web.Response:
        if not self._may(request):
            return web.Response(status=401)
        self.bodies.append(("join", await request.json()))
        return self.joins(self.names().count("join"))

    async def _predict(self, request: web.Request) -> web.Response:
        self.bodies.append(("predict", await request.json()))
        return self.predicts(self.names().count("predict"))

    async def _cancel(self, request: web.Request) -> web.Response:
        self.bodies.append(("cancel", await request.json()))
        self.cancelled.set()
        return web.json_response({"success": True})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["files"]
        assert isinstance(file, web.FileField)
        self.uploads.append(file.file.read())
        return web.json_response([f"/tmp/upload{len(self.uploads)}.wav"])

    async def _push(self, request: web.Request) -> web.Response:
        self.bodies.append(("piece", await request.json()))
        self.pushed.put_nowait(f"piece {request.match_info['event']}")
        return web.json_response({"msg": "success"}, status=self.push_status)

    async def _close(self, request: web.Request) -> web.Response:
        self.pushed.put_nowait(f"close {request.match_info['event']}")
        return web.json_response({"msg": "success"})

    async def _segment(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if not self._may(request):
            return web.Response(status=401)
        if name == "playlist.m3u8":
            return web.Response(text=self.playlist, content_type="application/vnd.apple.mpegurl")
        if self.halfway is None:
            return web.Response(body=self.segments[name], content_type="audio/aac")
        whole = self.segments[name]
        response = web.StreamResponse(headers={"Content-Type": "audio/aac"})
        await response.prepare(request)
        await response.write(whole[: len(whole) // 2])
        await self.halfway.wait()
        await response.write(whole[len(whole) // 2 :])
        return response

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        if self.password is None or form["password"] != self.password:
            return web.json_response({"detail": "Incorrect credentials."}, status=400)
        self.logins += 1
        response = web.json_response({"success": True})
        response.set_cookie("access-token", self.password)
        return response

    def _may(self, request: web.Request) -> bool:
        return self.password is None or request.cookies.get("access-token") == self.password

    async def _data(self, request: web.Request) -> web.StreamResponse:
        self.readers += 1
        self.most_readers = max(self.most_readers, self.readers)
        response = web.StreamResponse(headers={"Content-Type": self.events_type})
        await response.prepare(request)
        try:
            while (frame := await self.frames.get()) is not None:
                if isinstance(frame, bytes):
                    await response.write(frame)
                    continue
                await response.write(b"data: " + json.dumps(frame).encode() + b"\n\n")
                if frame.get("msg") == "close_stream":
                    break
        finally:
            self.readers -= 1
        return response

    async def _heartbeat(self, request: web.Request) -> web.StreamResponse:
        session = request.match_info["session"]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.hearts.put_nowait(f"open {session}")
        try:
            await self._over.wait()
        finally:
            self.hearts.put_nowait(f"closed {session}")
        return response


def _accepted(number: int) -> web.Response:
    return web.json_response({"event_id": f"event{number}"})


def _no_data(number: int) -> web.Response:
    return web.json_response({"data": [None]})
