"""A local Hugging Face hub with Spaces that run, sleep, build, pause or are private.

Answers what `huggingface_hub` asks for: a Space's info and runtime. Each Space has an address of its own, as
`owner-name.hf.space` is: a gate before a real app that refuses who may not see it and wakes it when it sleeps.
Nothing depends on time: a Space that wakes takes one step with each request that looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

# Headers that belong to one connection and are not passed on.
HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
AWAKE = frozenset({"RUNNING", "RUNNING_BUILDING"})


@dataclass
class Space:
    """A Space and its knobs. `requests` lists what its own address was asked: (method, path, token)."""

    id: str
    app_url: str
    stage: str = "RUNNING"
    """As the hub names it: RUNNING, SLEEPING, BUILDING, APP_STARTING, PAUSED, RUNTIME_ERROR, …"""
    private: bool = False
    waking: Sequence[str] = ("BUILDING", "APP_STARTING", "RUNNING")
    """The stages after it was visited asleep, each seen once."""
    host: str = ""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    _ahead: list[str] = field(default_factory=list)

    def visit(self) -> None:
        """Somebody opens its address: one that sleeps begins to wake."""
        if self.stage == "SLEEPING" and not self._ahead:
            self._ahead = list(self.waking)

    def build(self, *stages: str) -> None:
        """Go through `stages`, one with each look at it."""
        self._ahead = list(stages)

    def look(self) -> str:
        """The stage as it is reported now; one that wakes is one step further."""
        if self._ahead:
            self.stage = self._ahead.pop(0)
        return self.stage


class HubDouble:
    """The hub: `url` is what HF_ENDPOINT must name. `token` is the one that may see private Spaces."""

    def __init__(self, token: str = "hf_right") -> None:
        self.token = token
        self.url = ""
        self.spaces: dict[str, Space] = {}
        self.requests: list[tuple[str, str]] = []
        """(path, token) of every question to the hub itself."""
        self._runners: list[web.AppRunner] = []
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application()
        app.router.add_get("/api/spaces/{owner}/{name}", self._info)
        app.router.add_get("/api/spaces/{owner}/{name}/runtime", self._runtime)
        self.url = await self._serve(app)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners:
            await runner.cleanup()
        assert self._client is not None
        await self._client.close()

    async def add(self, space: Space) -> Space:
        """Publish a Space; its `host` is set."""
        gate = _Gate(space, self.token, self._open_client())
        app = web.Application(client_max_size=256 * 2**20)
        app.router.add_route("*", "/{path:.*}", gate.answer)
        space.host = await self._serve(app)
        self.spaces[space.id] = space
        return space

    def _open_client(self) -> aiohttp.ClientSession:
        assert self._client is not None
        return self._client

    async def _serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners.append(runner)
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def _info(self, request: web.Request) -> web.Response:
        space = self._seen(request)
        if isinstance(space, web.Response):
            return space
        runtime = {"stage": space.look(), "hardware": {"current": "cpu-basic", "requested": "cpu-basic"}}
        return web.json_response(
            {
                "id": space.id,
                "author": space.id.partition("/")[0],
                "sdk": "gradio",
                "private": space.private,
                "host": space.host,
                "subdomain": space.id.replace("/", "-").lower(),
                "runtime": runtime,
                "siblings": [],
                "tags": ["gradio"],
            }
        )

    async def _runtime(self, request: web.Request) -> web.Response:
        space = self._seen(request)
        if isinstance(space, web.Response):
            return space
        hardware = {"current": "cpu-basic", "requested": "cpu-basic"}
        return web.json_response({"stage": space.look(), "hardware": hardware, "gcTimeout": 172_800})

    def _seen(self, request: web.Request) -> Space | web.Response:
        """The Space that is asked for, or the hub's refusal: it does not tell hidden from absent."""
        token = _token(request)
        self.requests.append((request.path, token))
        if token and token != self.token:
            return _refusal(401, "", "Invalid credentials in Authorization header")
        space = self.spaces.get("{owner}/{name}".format(**request.match_info))
        if space is None or (space.private and not token):
            return _refusal(404 if token else 401, "RepoNotFound", "Repository not found")
        return space


class _Gate:
    """Stands before a Space's app as the hub's proxy does."""

    def __init__(self, space: Space, token: str, client: aiohttp.ClientSession) -> None:
        self._space = space
        self._token = token
        self._client = client

    async def answer(self, request: web.Request) -> web.StreamResponse:
        token = _token(request)
        self._space.requests.append((request.method, request.path, token))
        if self._space.private and token != self._token:
            return web.Response(status=404, text="Sorry, we can't find the page you are looking for.")
        self._space.visit()
        if self._space.stage not in AWAKE:
            return web.Response(status=503, content_type="text/html", text="<h1>Your Space is not running</h1>")
        return await self._pass_on(request)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        async with self._client.request(
            request.method,
            f"{self._space.app_url}{request.rel_url}",
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as upstream:
            kept = {name: value for name, value in upstream.headers.items() if name.lower() not in HOP_BY_HOP}
            response = web.StreamResponse(status=upstream.status, headers=kept)
            await response.prepare(request)
            async for chunk in upstream.content.iter_any():
                await response.write(chunk)
            return response


def _token(request: web.Request) -> str:
    headers = request.headers
    return (headers.get("x-hf-authorization") or headers.get("Authorization") or "").removeprefix("Bearer ")


def _refusal(status: int, code: str, message: str) -> web.Response:
    headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
    return web.json_response({"error": message}, status=status, headers=headers)
