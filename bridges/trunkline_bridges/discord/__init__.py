"""The Discord bridge: a bot in servers, threads and direct messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from trunkline.bridge import Bridge, Descriptor, Finding, Scene, Wiring
from trunkline.extras import require

from .limits import CAPABILITIES
from .options import DiscordOptions
from .render import render


def _library() -> None:
    require("discord", "The Discord bridge", "discord")


def _open(wiring: Wiring) -> Bridge:
    _library()
    from .bridge import DiscordBridge

    return DiscordBridge(
        cast("DiscordOptions", wiring.options),
        default_app=wiring.app,
        apps=wiring.apps,
        media=wiring.media,
        vault=wiring.vault,
    )


async def _check(wiring: Wiring) -> Sequence[Finding]:
    _library()
    from .check import check

    return await check(cast("DiscordOptions", wiring.options), wiring.app, wiring.apps)


def _preview(scene: Scene) -> str:
    from .preview import preview

    return preview(scene)


descriptor = Descriptor(
    name="discord",
    capabilities=CAPABILITIES,
    options=DiscordOptions,
    render=render,
    open=_open,
    check=_check,
    secrets={"DISCORD_TOKEN": "token"},
    preview=_preview,
)

__all__ = ["descriptor"]
