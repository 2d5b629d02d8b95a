"""Which bridges run, and what they need of each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
from aiohttp import web as aiohttp_web
from pydantic import Field, SecretStr

from fakes.backend import ScriptedBackend
from fakes.platform import FakeBridge, FakePlatform, Traits, render
from trunkline.app import open_service
from trunkline.bridge import Descriptor
from trunkline.errors import SettingsError, UsageError
from trunkline.options import BridgeOptions
from trunkline.serving import selected
from trunkline.settings import CoreSettings, load
from trunkline_bridges.web import descriptor as web


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


async def test_paths_are_mounted_on_the_web_server_of_the_process(tmp_path: Path) -> None:
    given = settings().model_copy(
        update={"store": settings().store.model_copy(update={"url": str(tmp_path / "s.db")})}
    )
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
