"""The real service behind a page: in this process for most tests, in one of its own for those that kill it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from faults.processes import Killable, free_port
from trunkline.app import open_service
from trunkline.bridge import Bridge
from trunkline.settings import settings_type
from trunkline_bridges.voice import descriptor as voice_descriptor
from trunkline_bridges.voice.bridge import VoiceBridge
from trunkline_bridges.web import descriptor
from trunkline_bridges.web.bridge import WebBridge


@asynccontextmanager
async def served(
    app_url: str,
    folder: Path,
    process: str = "e2e",
    *,
    speech: Mapping[str, Any] | None = None,
    voice: Mapping[str, Any] | None = None,
    **web: Any,
) -> AsyncIterator[str]:
    """The service and its web bridge on a free port; gives its address. `web` are further settings of `[web]`.

    With `speech` or `voice`, settings of those tables, people can call. Those that run at the same time on one
    folder need names of their own (`process`).
    """
    calls = {name: given for name, given in (("speech", speech), ("voice", voice)) if given is not None}
    tables: dict[str, Any] = {
        "apps": {"default": {"url": app_url}},
        "store": {"url": str(folder / "trunkline.db")},
        "turns": {"drain_s": 0},
        "web": {"host": "127.0.0.1", "port": 0, "admin_port": 0, **web},
        **calls,
    }
    beside = (voice_descriptor,) if calls else ()
    settings = settings_type([descriptor, *beside])(**tables)
    async with open_service(settings, process=process) as service:
        bridge = await service.wire(descriptor)
        assert isinstance(bridge, WebBridge)
        others = [await service.wire(each) for each in beside]
        running = asyncio.create_task(service.run())
        ready = asyncio.create_task(_ready(bridge, others))
        try:
            await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
            assert not running.done(), running.exception()
            yield f"http://127.0.0.1:{bridge.port}/"
        finally:
            ready.cancel()
            running.cancel()
            await asyncio.gather(running, ready, return_exceptions=True)


async def _ready(web: WebBridge, others: Sequence[Bridge]) -> None:
    await web.listening()
    for each in others:
        assert isinstance(each, VoiceBridge)
        await each.taking.wait()


@asynccontextmanager
async def demo_app(folder: Path) -> AsyncIterator[str]:
    """The demo's Gradio app in a process of its own; gives its address."""
    program = "\n".join(
        (
            "import sys; from pathlib import Path; from trunkline.demo import running_demo",
            "with running_demo(Path(sys.argv[1])) as url: print(url, flush=True); sys.stdin.read()",
        )
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        str(folder),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": str(folder / "files")},
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


class LoneService:
    """`trunkline run` in a process of its own, to be killed and started again on the same port and store."""

    def __init__(self, app_url: str, folder: Path) -> None:
        port = free_port()
        environment = {
            "TRUNKLINE_STORE__URL": str(folder / "trunkline.db"),
            "TRUNKLINE_WEB__HOST": "127.0.0.1",
            "TRUNKLINE_WEB__PORT": str(port),
            "TRUNKLINE_WEB__ADMIN_PORT": "0",
            "TRUNKLINE_LOG__FORM": "json",
        }
        command = [
            sys.executable,
            "-c",
            "from trunkline.cli import main; main()",
            "run",
            "--web",
            "--app",
            app_url,
        ]
        self._process = Killable(command, '"listening"', environment, folder / "service.log")
        self.url = f"http://127.0.0.1:{port}/"

    async def start(self) -> None:
        await self._process.start()

    async def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        await self._process.kill()
