"""Signed addresses of media for platforms that serve none themselves: those of the web bridge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.backend import ScriptedBackend
from fakes.platform import FakeBridge, FakePlatform, Traits, render
from trunkline.app import open_service
from trunkline.bridge import Descriptor
from trunkline.options import BridgeOptions
from trunkline.settings import load
from trunkline_bridges.web import descriptor as web

SHA = "ab" * 32


async def link_of(tmp_path: Path, **web_options: Any) -> str | None:
    platform = FakePlatform(Traits("chirp"))
    chirp = Descriptor(
        "chirp", platform.traits.capabilities, BridgeOptions, render, lambda _: FakeBridge(platform, "chirp")
    )
    overrides = {
        "apps": {"default": {"url": "http://app.test"}},
        "store": {"url": str(tmp_path / "links.db")},
        "web": web_options,
    }
    settings = load([chirp, web], overrides=overrides, environment={})
    backend = ScriptedBackend()
    async with open_service(settings, process="links", make_backend=lambda *_: backend) as service:
        await service.wire(chirp)
        link = service.services.bridges["chirp"].link
        return None if link is None else link(SHA, "long film.mp4")


async def test_a_platform_without_addresses_of_its_own_uses_those_of_the_web_bridge(tmp_path: Path) -> None:
    address = await link_of(tmp_path, public_url="https://chat.example.org/base")
    assert address is not None
    assert address.startswith(f"https://chat.example.org/base/media/{SHA}/long%20film.mp4?sig=")


async def test_without_a_public_address_there_is_none(tmp_path: Path) -> None:
    assert await link_of(tmp_path) is None
