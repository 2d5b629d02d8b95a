"""The voice bridge: runs the calls that other bridges bring."""

from __future__ import annotations

from typing import cast

from trunkline.bridge import Bridge, Descriptor, Wiring

from .limits import CAPABILITIES
from .options import VoiceOptions
from .render import render


def _open(wiring: Wiring) -> Bridge:
    from trunkline.extras import require

    for module in ("numpy", "av", "pydub"):
        require(module, "Voice", "voice")
    from .bridge import VoiceBridge

    return VoiceBridge(wiring)


descriptor = Descriptor(
    name="voice",
    capabilities=CAPABILITIES,
    options=VoiceOptions,
    render=render,
    open=_open,
    starts=lambda options: cast("VoiceOptions", options).enabled,
)

__all__ = ["descriptor"]
