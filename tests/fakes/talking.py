"""A terminal bridge over a fake console, with the real router and store and a scripted app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from trunkline.app import Service, open_service
from trunkline.bridge import Bridge, Wiring
from trunkline.calls import Speech
from trunkline.settings import load
from trunkline_bridges.terminal import descriptor
from trunkline_bridges.terminal.bridge import TerminalBridge
from trunkline_bridges.terminal.options import TerminalOptions

from .backend import ScriptedBackend
from .console import FakeConsole


class Talk:
    """A conversation at a fake console, from `run` to its exit status."""

    def __init__(self, service: Service, bridge: TerminalBridge, console: FakeConsole) -> None:
        self.service = service
        self.bridge = bridge
        self.console = console
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._running = asyncio.create_task(self.bridge.run(self.service.router))

    async def ends(self) -> int:
        """The exit status, once the conversation has ended."""
        if self._running is None:
            self.start()
        assert self._running is not None
        await asyncio.wait_for(self._running, 20)
        return self.bridge.exit_status


class Terminal:
    """Opens conversations with a scripted app over one store."""

    def __init__(self, folder: Path, backend: ScriptedBackend) -> None:
        self.folder = folder
        self.backend = backend
        self._lives = 0

    @asynccontextmanager
    async def open(
        self, console: FakeConsole | None = None, *, speech: Speech | None = None, **options: Any
    ) -> AsyncIterator[Talk]:
        """A life of the program; `options` are those of `[terminal]`."""
        self._lives += 1
        console = console or FakeConsole()
        overrides = {
            "apps": {"app": {"url": "http://app.test"}},
            "default_app": "app",
            "store": {"url": str(self.folder / "chat.db")},
            "terminal": {"save": str(self.folder / "saved"), "colour": "never", **options},
            "turns": {"drain_s": 0.5},
        }

        def opened(wiring: Wiring) -> Bridge:
            return TerminalBridge(
                cast("TerminalOptions", wiring.options),
                app=wiring.app,
                console=console,
                user="ann",
                transcribes=speech is not None,
            )

        settings = load([descriptor], overrides=overrides, environment={})
        async with open_service(
            settings, process=f"chat{self._lives}", make_backend=lambda name, table, blobs: self.backend
        ) as service:
            service.services.speech = speech or service.services.speech
            await service.services.apps.connected("app")
            bridge = cast("TerminalBridge", await service.wire(replace(descriptor, open=opened)))
            talk = Talk(service, bridge, console)
            async with service.attended():
                yield talk
                if talk._running is not None:
                    talk._running.cancel()
                    await asyncio.wait((talk._running,))
