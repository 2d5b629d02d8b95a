"""SimCord in the place of Discord: another reading of its rules than ours, with the same bridge before it.

SimCord stands in for discord.py's HTTP client, within the process. What our own `rest.py` sends goes over TCP to a
front that hands it to that client, so that every body of ours meets SimCord's checks, and every answer ours. It
knows no rate limits, no nonces and no sizes of files: for those there is `fakes.discord.server`.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord as library
from aiohttp import web

from fakes.core import AdjustableClock, FakeCore
from trunkline_bridges.discord.acting.memory import Memory
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.desk import Desk
from trunkline_bridges.discord.hearing.client import Client, Hearing
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.render import render
from trunkline_bridges.discord.sending.rest import Rest

_BASE = "/api/v10"
_LARGEST = 30 * 1024 * 1024
_INTENTS_GRANTED = 1 << 19


@dataclass
class Front:
    """REST over TCP, answered by a discord.py client's own HTTP client."""

    api: str = ""
    client: library.Client | None = None
    refused: list[str] = field(default_factory=list)
    """What SimCord did not take, with its reason."""

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(_BASE)
        if path == "/applications/@me":
            return web.json_response({"id": str(self._client.application_id), "flags": _INTENTS_GRANTED})
        body, files = await _read(request)
        try:
            answer = await self._client.http.request(
                library.http.Route(request.method, path), json=body, files=files, params=dict(request.query)
            )
        except library.HTTPException as error:
            self.refused.append(f"{request.method} {path.split('/')[1]}: {error.text}")
            return web.json_response({"code": error.code, "message": error.text}, status=error.status)
        return web.json_response(answer) if answer is not None else web.Response(status=204)

    @property
    def _client(self) -> library.Client:
        assert self.client is not None, "the simulation runs"
        return self.client


@asynccontextmanager
async def fronted() -> AsyncIterator[Front]:
    front = Front()
    app = web.Application(client_max_size=_LARGEST)
    app.router.add_route("*", _BASE + "/{path:.*}", front.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        front.api = f"http://127.0.0.1:{runner.addresses[0][1]}{_BASE}"
        yield front
    finally:
        await runner.cleanup()


async def _read(request: web.Request) -> tuple[Any, list[library.File]]:
    """The JSON of a request and its files, each with the description that the JSON has for it."""
    if not request.content_type.startswith("multipart/"):
        return (await request.json() if request.can_read_body else None), []
    parts = await request.post()
    payload = parts["payload_json"]
    assert not isinstance(payload, web.FileField)
    body = json.loads(payload)
    holder = body.get("data", body)
    described = {one["id"]: one.get("description") for one in holder.get("attachments", ())}
    files = []
    for name, part in parts.items():
        if isinstance(part, web.FileField):
            number = name.removeprefix("files[").removesuffix("]")
            files.append(
                library.File(io.BytesIO(part.file.read()), part.filename, description=described.get(number))
            )
    return body, files


class WallClock(AdjustableClock):
    """SimCord lets the monotonic clock stand still for the bot's work, and not for the test's."""

    def now(self) -> float:
        return time.time()


class OutsideCore(FakeCore):
    """Its turns outlive the event that began them: SimCord does not wait for them."""

    def _spawn(self, work: object) -> None:
        contextvars.Context().run(super()._spawn, work)


@dataclass
class Simulation:
    """The whole bridge as the service runs it, and a core whose turns a test ends."""

    front: Front
    core: OutsideCore
    bridge: DiscordBridge
    desk: Desk
    bot: Client

    @property
    def me(self) -> int:
        """The bot's user id."""
        assert self.bot.user is not None, "the bot has logged in"
        return self.bot.user.id

    async def until(self, look: Callable[[], object], seconds: float = 10.0) -> None:
        """Returns as soon as it is so: SimCord waits for what its events began, and not for turns."""
        async with asyncio.timeout(seconds):
            while not look():
                await asyncio.get_running_loop().run_in_executor(None, int)

    def reborn(self) -> Client:
        """A client of another life: nothing is left that was only remembered."""
        self.desk.memory = Memory()
        self.bot = _client(self.desk)
        self.front.client = self.bot
        return self.bot


@asynccontextmanager
async def simulation(root: Path, **settings: Any) -> AsyncIterator[Simulation]:
    """Everything but SimCord itself, which runs around `bot`."""
    async with fronted() as front:
        options = DiscordOptions.model_validate({"token": "token", "api_url": front.api, **settings})
        clock = WallClock()
        core = OutsideCore(None, render, root, clock)  # type: ignore[arg-type]
        async with Rest(options, clock) as rest:
            bridge = DiscordBridge(options, default_app="demo", media=core.media, clock=clock, rest=rest)
            core.bridge = bridge
            apps = ("demo", *options.apps)
            desk = Desk(core, options, "demo", apps, rest, clock)
            bridge._desk = desk
            made = Simulation(front, core, bridge, desk, _client(desk))
            front.client = made.bot
            yield made
            for turn in core.turns.values():
                turn.die()


class _Client(Client):
    """What SimCord leaves out: which application it is, and that a server and not a person installed it."""

    async def setup_hook(self) -> None:
        self._desk.application = str(self.application_id)
        parsers = self._connection.parsers
        told = parsers["INTERACTION_CREATE"]
        parsers["INTERACTION_CREATE"] = lambda data: told(
            {**data, "authorizing_integration_owners": {"0": data.get("guild_id", "0")}}
        )
        await super().setup_hook()


def _client(desk: Desk) -> Client:
    hearing = Hearing(desk)
    client = _Client(hearing, ([0], 1))
    hearing.channels.client = client
    return client


def custom_ids(components: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of all controls and fields, in their order."""
    found: list[str] = []
    for one in components:
        found += [str(one["custom_id"])] if "custom_id" in one else []
        found += custom_ids(one.get("components", ()))
        found += custom_ids([one["component"]]) if "component" in one else []
    return found
