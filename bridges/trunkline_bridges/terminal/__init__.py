"""The terminal bridge: talk to an app where commands are typed, or from a script."""

from __future__ import annotations

from typing import cast

from trunkline.bridge import Bridge, Descriptor, Scene, Wiring

from .limits import CAPABILITIES
from .options import TerminalOptions
from .render import render


def _open(wiring: Wiring) -> Bridge:
    from .bridge import TerminalBridge
    from .console import SystemConsole

    options, transcribes = cast("TerminalOptions", wiring.options), wiring.speech.hears
    return TerminalBridge(options, app=wiring.app, console=SystemConsole(), transcribes=transcribes)


def _preview(scene: Scene) -> str:
    from .preview import preview

    return preview(scene)


descriptor = Descriptor(
    name="terminal",
    capabilities=CAPABILITIES,
    options=TerminalOptions,
    render=render,
    open=_open,
    preview=_preview,
)

__all__ = ["descriptor"]
