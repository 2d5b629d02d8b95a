"""The web bridge on a free port of this machine, with a scripted core behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.core import AdjustableClock, FakeCore
from fakes.web_client import WebClient
from trunkline.bridge import Archive
from trunkline.calls import Calls, Speech
from trunkline_bridges.web.bridge import WebBridge
from trunkline_bridges.web.options import WebOptions
from trunkline_bridges.web.previews import Installed
from trunkline_bridges.web.render import render

SECRET = b"a secret of the tests, 32 bytes!"


@dataclass
class Served:
    """A running web bridge and what is behind it."""

    bridge: WebBridge
    core: FakeCore
    clock: AdjustableClock
    base: str
    _task: asyncio.Task[None]
    _clients: list[WebClient] = field(default_factory=list)

    def client(self, **known: Any) -> WebClient:
        """A browser tab; it is closed with the server."""
        client = WebClient(self.base, **known)
        self._clients.append(client)
        return client

    async def visit(self, **known: Any) -> WebClient:
        """A tab that has said hello."""
        client = self.client(**known)
        await client.connect()
        return client

    async def left(self, connections: int) -> None:
        """Returns when only so many connections are open."""
        gauge = self.bridge.connections_open
        async with asyncio.timeout(15):
            while gauge() > connections:
                await asyncio.get_running_loop().run_in_executor(None, int)

    async def stop(self) -> None:
        """Stop the server as a deployment does."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def restart(self) -> None:
        """Another process: nothing is left in memory; the port and the store are the same."""
        await self.stop()
        options = self.bridge.options.model_copy(update={"port": self.bridge.port})
        self.bridge, self._task = await _started(options, self.core, self.clock)

    async def close(self) -> None:
        for client in self._clients:
            await client.leave()
        await self.stop()


async def _started(
    options: WebOptions,
    core: FakeCore | Path,
    clock: AdjustableClock,
    archive: Archive | None = None,
    installed: Installed = (),
    calls: Calls | None = None,
    speech: Speech | None = None,
) -> tuple[WebBridge, asyncio.Task[None]]:
    bridge = WebBridge(
        options,
        secret=SECRET,
        default_app="demo",
        clock=clock,
        archive=archive,
        installed=installed,
        calls=calls,
        speech=speech,
    )
    if isinstance(core, Path):
        core = FakeCore(bridge, render, core, clock)
    core.bridge = bridge
    task = asyncio.create_task(bridge.run(core))
    ready = asyncio.create_task(bridge.listening())
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        ready.cancel()
        task.result()
    return bridge, task


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    archive: Archive | None = None,
    installed: Installed = (),
    calls: Calls | None = None,
    speech: Speech | None = None,
    clock: AdjustableClock | None = None,
    **options: Any,
) -> AsyncIterator[Served]:
    """A server with `options` beside free ports of this machine; its media lie in `folder`.

    `archive` and the bridges `installed` are what the operator's pages show; visitors' calls go to `calls`.
    """
    chosen = WebOptions(**{"host": "127.0.0.1", "port": 0, "admin_port": 0, **options})
    clock = clock or AdjustableClock()
    bridge, task = await _started(chosen, folder, clock, archive, installed, calls, speech)
    core = bridge._site.core  # type: ignore[union-attr]
    assert isinstance(core, FakeCore)
    served = Served(bridge, core, clock, f"http://127.0.0.1:{bridge.port}{chosen.path_prefix}", task)
    try:
        yield served
    finally:
        await served.close()
