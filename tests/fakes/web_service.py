"""The web bridge of a running service: the real core behind it, and a scripted app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.backend import ScriptedBackend
from trunkline.app import open_service
from trunkline.settings import settings_type
from trunkline_bridges.web import descriptor
from trunkline_bridges.web.bridge import WebBridge


@asynccontextmanager
async def running_bridge(
    folder: Path, backend: ScriptedBackend, port: int = 0, **web: Any
) -> AsyncIterator[WebBridge]:
    """`web` are further settings of `[web]`."""
    tables: dict[str, Any] = {
        "apps": {"default": {"url": "http://app.test"}},
        "store": {"url": str(folder / "trunkline.db")},
        "turns": {"drain_s": 0},
        "web": {"host": "127.0.0.1", "port": port, "admin_port": 0, **web},
    }
    settings = settings_type([descriptor])(**tables)
    async with open_service(settings, process="test", make_backend=lambda *_: backend) as opened:
        bridge = await opened.wire(descriptor)
        assert isinstance(bridge, WebBridge)
        running = asyncio.create_task(opened.run())
        listening = asyncio.create_task(bridge.listening())
        try:
            await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
            assert not running.done(), running.exception()
            yield bridge
        finally:
            listening.cancel()
            running.cancel()
            await asyncio.gather(running, listening, return_exceptions=True)


@asynccontextmanager
async def service(folder: Path, backend: ScriptedBackend, port: int = 0, **web: Any) -> AsyncIterator[str]:
    """A running service; its address."""
    async with running_bridge(folder, backend, port, **web) as bridge:
        yield f"http://127.0.0.1:{bridge.port}"
