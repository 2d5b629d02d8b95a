"""The service and the app as processes that a fault run starts and kills."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).parent
START_S = 120.0
"""Seconds within which a process says that it is ready, on a busy machine."""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


class Killable:
    """A process that says a word on one of its streams once it is ready."""

    def __init__(self, command: list[str], ready: str, environment: dict[str, str], log: Path) -> None:
        self._command = command
        self._ready = ready
        self._environment = {**os.environ, **environment}
        self._log = log
        self._process: Process | None = None
        self._drain: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdout=PIPE, stderr=asyncio.subprocess.STDOUT, env=self._environment
        )
        started = asyncio.Event()
        self._drain = asyncio.create_task(self._read(self._process, started))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait((waiting, self._drain), timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not started.is_set():
            raise RuntimeError(f"{self._command[1:4]} did not start; see {self._log}")

    async def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
        if self._drain is not None:
            await self._drain

    async def _read(self, process: Process, started: asyncio.Event) -> None:
        assert process.stdout is not None
        with self._log.open("ab") as log:
            async for line in process.stdout:
                log.write(line)
                log.flush()
                if self._ready.encode() in line:
                    started.set()


def app_process(port: int, folder: Path) -> Killable:
    environment = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(HERE.parent)}
    return Killable(
        [sys.executable, str(HERE / "echo_app.py"), str(port)], "ready", environment, folder / "app.log"
    )


def service_process(
    app_port: int,
    folder: Path,
    bridge: str,
    *,
    ready: str,
    beside: Mapping[str, str] = MappingProxyType({}),
    **options: str,
) -> Killable:
    """The service with one bridge, whose `options` are given as they stand in the environment.

    `beside` is more of the environment, for bridges that this one needs.
    """
    environment = {
        "TRUNKLINE_APPS__DEFAULT__URL": f"http://127.0.0.1:{app_port}",
        "TRUNKLINE_STORE__URL": str(folder / "faults.db"),
        "TRUNKLINE_LOG__FORM": "json",
        **{f"TRUNKLINE_{bridge.upper()}__{name.upper()}": value for name, value in options.items()},
        **beside,
    }
    command = [sys.executable, "-c", "from trunkline.cli import main; main()", "run", f"--{bridge}"]
    return Killable(command, ready, environment, folder / "service.log")
