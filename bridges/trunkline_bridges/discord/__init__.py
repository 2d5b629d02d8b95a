"""The Discord bridge: a bot in servers, threads and direct messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import BaseModel

from trunkline.bridge import Bridge, Descriptor, Finding, Scene, Wiring
from trunkline.extras import require
from trunkline.messages import Json

from .limits import CAPABILITIES
from .options import DiscordOptions
from .render import render


def _library() -> None:
    require("discord", "The Discord bridge", "discord")


def _needs(options: BaseModel) -> tuple[str, ...]:
    return ("voice",) if cast("DiscordOptions", options).voice else ()


def _open(wiring: Wiring) -> Bridge:
    _library()
    options = cast("DiscordOptions", wiring.options)
    if options.voice:
        for module in ("av", "davey", "nacl", "numpy"):
            require(module, "Voice channels", "voice")
    from .bridge import DiscordBridge

    return DiscordBridge(
        options,
        default_app=wiring.app,
        apps=wiring.apps,
        media=wiring.media,
        vault=wiring.vault,
        calls=wiring.calls,
        manner=_manner(wiring),
    )


def _manner(wiring: Wiring) -> Mapping[str, Json]:
    """The settings of the voice bridge, which runs the calls."""
    return next((options for descriptor, options in wiring.installed if descriptor.name == "voice"), {})


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
    needs=_needs,
)

__all__ = ["descriptor"]
