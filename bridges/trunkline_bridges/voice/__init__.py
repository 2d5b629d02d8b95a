"""The voice bridge: runs the calls that other bridges bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from trunkline.bridge import Bridge, Descriptor, Finding, Wiring
from trunkline.errors import MissingExtra
from trunkline.extras import require

from .limits import CAPABILITIES
from .options import VoiceOptions
from .render import render


def _libraries() -> None:
    for module in ("numpy", "av", "pydub"):
        require(module, "Voice", "voice")


def _open(wiring: Wiring) -> Bridge:
    _libraries()
    from .bridge import VoiceBridge

    return VoiceBridge(wiring)


async def _check(wiring: Wiring) -> Sequence[Finding]:
    try:
        _libraries()
    except MissingExtra as error:
        return (Finding(False, error.user_message),)
    from .check import check

    return await check(cast("VoiceOptions", wiring.options), wiring.speech)


descriptor = Descriptor(
    name="voice",
    capabilities=CAPABILITIES,
    options=VoiceOptions,
    render=render,
    open=_open,
    check=_check,
    starts=lambda options: cast("VoiceOptions", options).enabled,
)

__all__ = ["descriptor"]
