"""The web bridge: a page, a widget and the WebSocket behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import cast

from trunkline.bridge import Bridge, Descriptor, Finding, Scene, Wiring

from .limits import CAPABILITIES
from .media import Links
from .options import WebOptions
from .render import render


def _open(wiring: Wiring) -> Bridge:
    from .bridge import WebBridge

    return WebBridge(
        cast("WebOptions", wiring.options),
        secret=wiring.secret,
        default_app=wiring.app,
        registry=wiring.metrics,
        archive=wiring.archive,
        installed=wiring.installed,
        calls=wiring.calls,
        speech=wiring.speech,
    )


def _link(wiring: Wiring) -> Callable[[str, str], str] | None:
    """Addresses of media for people who are not on our page; none without a public address."""
    options = cast("WebOptions", wiring.options)
    if not options.public_url:
        return None
    links = Links(wiring.secret, options.link_days)
    return lambda sha256, name: options.public_url + links.address(sha256, name, time.time())


def _preview(scene: Scene) -> str:
    from .preview import preview

    return preview(scene)


async def _check(wiring: Wiring) -> Sequence[Finding]:
    from .check import check

    return await check(cast("WebOptions", wiring.options))


descriptor = Descriptor(
    name="web",
    capabilities=CAPABILITIES,
    options=WebOptions,
    render=render,
    open=_open,
    link=_link,
    check=_check,
    preview=_preview,
    secrets={"TRUNKLINE_WEB_IDENTITY_SECRET": "identity_secret"},
)

__all__ = ["descriptor"]
