"""Which bridges run, and what they need of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec, TypeVar

import pytest
from aiohttp import web as aiohttp_web
from pydantic import Field, SecretStr
from sqlalchemy import Connection

from fakes.backend import ScriptedBackend
from fakes.platform import FakeBridge, FakePlatform, Traits, render
from trunkline.app import Service, open_service
from trunkline.apps import Apps
from trunkline.bridge import Core, Descriptor, Post, Shown, Target
from trunkline.clock import SystemClock
from trunkline.errors import SettingsError, UsageError
from trunkline.inbound import Inbound, Place, Say
from trunkline.media import MediaStore
from trunkline.messages import Speaker, Text
from trunkline.options import BridgeOptions
from trunkline.router import Router
from trunkline.services import Services
from trunkline.serving import selected
from trunkline.settings import CoreSettings, load
from trunkline.store import Store, turns
from trunkline.store.store import Engine
from trunkline.telemetry import Metrics
from trunkline_bridges.web import descriptor as web

P = ParamSpec("P")
T = TypeVar("T")


class ChirpOptions(BridgeOptions):
    token: Annotated[SecretStr, Field(description="Token of the bot.")] = SecretStr("")
    hook: Annotated[str, Field(description="Where events come to.")] = ""


PLATFORM = FakePlatform(Traits("chirp"))
CHIRP = Descriptor(
    "chirp",
    PLATFORM.traits.capabilities,
    ChirpOptions,
    render,
    lambda _: FakeBridge(PLATFORM, "chirp"),
    secrets={"CHIRP_TOKEN": "token"},
)


def settings(**chirp: str) -> CoreSettings:
    overrides = {"apps": {"default": {"url": "http://app.test"}}, "chirp": chirp}
    return load([CHIRP, web], overrides=overrides, environment={})


def names(found: tuple[Descriptor, ...]) -> list[str]:
    return [descriptor.name for descriptor in found]


def test_without_tokens_only_the_web_runs() -> None:
    assert names(selected(settings(), (CHIRP, web), ())) == ["web"]
    assert names(selected(settings(token="t"), (CHIRP, web), ())) == ["chirp", "web"]


def test_a_bridge_may_say_itself_when_it_has_enough_to_run() -> None:
    by_hook = replace(CHIRP, starts=lambda options: bool(getattr(options, "hook", "")))
    assert names(selected(settings(token="t"), (by_hook, web), ())) == ["web"]
    assert names(selected(settings(hook="/chirp"), (by_hook, web), ())) == ["chirp", "web"]


def test_what_a_bridge_needs_runs_with_it() -> None:
    needing = replace(CHIRP, needs=lambda options: ("web",) if getattr(options, "hook", "") else ())
    assert names(selected(settings(), (needing, web), ("chirp",))) == ["chirp"]
    assert names(selected(settings(hook="/chirp"), (needing, web), ("chirp",))) == ["chirp", "web"]
    with pytest.raises(SettingsError, match="no bridge 'web'"):
        selected(settings(hook="/chirp"), (needing,), ("chirp",))


async def answer(request: aiohttp_web.Request) -> aiohttp_web.Response:
    return aiohttp_web.Response(text="heard")


def stored(folder: Path) -> CoreSettings:
    """Settings of a service that is gone at once when it is told to."""
    tables = {
        "apps": {"default": {"url": "http://app.test"}},
        "store": {"url": str(folder / "s.db")},
        "turns": {"drain_s": 0},
    }
    return load([CHIRP, web], overrides=tables, environment={})


async def test_paths_are_mounted_on_the_web_server_of_the_process(tmp_path: Path) -> None:
    given = stored(tmp_path)
    backend = ScriptedBackend()
    async with open_service(given, process="mounting", make_backend=lambda *_: backend) as service:
        wiring = await service.wiring(CHIRP)
        with pytest.raises(UsageError, match="/chirp needs a web server"):
            wiring.mount("/chirp", answer)
        await service.wire(web)
        unmount = wiring.mount("/chirp", answer)
        with pytest.raises(ValueError, match="answered by something else"):
            wiring.mount("/chirp", answer)
        unmount()
        wiring.mount("/chirp", answer)


class Asking(FakeBridge):
    """Needs its core to post: `ran` tells whether it had it when it was to."""

    def __init__(self, platform: FakePlatform) -> None:
        super().__init__(platform, "chirp")
        self.runs = False
        self.ran: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def run(self, core: Core) -> None:
        self.runs = True
        await super().run(core)

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        if not self.ran.done():
            self.ran.set_result(self.runs)
        return await super().create(target, post, nonce, after)


class SlowStore(Store):
    """Looks for what waits so long as the test wants."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.let = asyncio.Event()

    async def read(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if function is turns.waiting:
            await self.let.wait()
        return await super().read(function, *args, **kwargs)


async def test_a_bridge_runs_before_what_was_left_is_delivered(tmp_path: Path) -> None:
    given, backend = stored(tmp_path), ScriptedBackend()
    bridge = Asking(FakePlatform(Traits("chirp")))
    chirp = replace(CHIRP, open=lambda _: bridge)
    backend.script = lambda request, number: [asyncio.Event()]
    async with open_service(given, process="first", make_backend=lambda *_: backend) as service:
        await service.wire(chirp)
        say, ann = Say((Text("hello"),)), Speaker("chirp", "ann", "Ann")
        place = Place("chirp", "default", "t", "c")
        await service.router.accept(Inbound("event", place, ann, say, 0.0, target={"channel": "c"}))
    backend.script = lambda request, number: ["Hello."]
    store = await SlowStore.open(given.store.location())
    assert isinstance(store, SlowStore)
    media, routing = MediaStore(given.store.media_folder(), store), given.router()
    services = Services(
        store, media, Apps({"default": backend}), SystemClock(), routing.turns, Metrics(), "first/again"
    )
    service = Service(given, services, Router(services, routing), media)
    await service.wire(chirp)
    running = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(15):
            assert await bridge.ran
    finally:
        store.let.set()
        running.cancel()
        await asyncio.wait({running})
        await service.router.close(0)
        await store.close()
