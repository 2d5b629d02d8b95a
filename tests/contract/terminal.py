"""The terminal bridge in the contract suite: each channel is a terminal of its own, read as a program reads it.

The terminals outlive the lives of the core. What is seen of a turn is the last line that was written of it, as
`--json` promises; files are seen by the paths under which they were saved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from contract.harness import FakeHarness
from fakes.console import FakeConsole
from fakes.lives import MortalBridge
from fakes.platform import Kind, Seen, Traits
from trunkline.bridge import Budget, Capabilities, Core, Post, Shown, Target, TurnChange
from trunkline.errors import PlatformError
from trunkline.inbound import Place
from trunkline.messages import Speaker
from trunkline.services import Connected
from trunkline_bridges.terminal import descriptor
from trunkline_bridges.terminal.bridge import TerminalBridge
from trunkline_bridges.terminal.limits import CAPABILITIES
from trunkline_bridges.terminal.options import TerminalOptions

_USER = "ann"
_NO_LIMIT = 10**9


class Terminals:
    """One bridge for all terminals of a life, as if each had the process that it has in earnest."""

    name = "terminal"
    capabilities = CAPABILITIES

    def __init__(self, core: Core, consoles: dict[str, FakeConsole], folder: Path) -> None:
        self._core = core
        self._consoles = consoles
        self._folder = folder
        self._bridges: dict[str, TerminalBridge] = {}
        self._running: list[asyncio.Task[None]] = []

    async def end(self) -> None:
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def run(self, core: Core) -> None:
        await asyncio.Event().wait()

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return self._of(target).companions(target)

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        return self._of(target).budget(operation, target)

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        return await self._of(target).create(target, post, nonce, after)

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        await self._of(target).edit(target, shown, post)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self._of(target).append(target, shown, post)

    async def delete(self, target: Target, shown: Shown) -> None:
        await self._of(target).delete(target, shown)

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        return await self._of(target).find(target, nonce, after)

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        await self._of(target).turn_changed(target, change)

    def _of(self, target: Target) -> TerminalBridge:
        channel = str(target["channel"])
        if channel not in self._bridges:
            console = self._consoles.setdefault(channel, FakeConsole())
            options = TerminalOptions(conversation=channel, json_lines=True, save=str(self._folder / channel))
            bridge = self._bridges[channel] = TerminalBridge(options, app="app", console=console, user=_USER)
            self._running.append(asyncio.create_task(bridge.run(self._core)))
        return self._bridges[channel]


class TerminalHarness(FakeHarness):
    """The fake platform's core, with terminals in the platform's place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Traits("terminal", CAPABILITIES, limit=_NO_LIMIT))
        self._consoles: dict[str, FakeConsole] = {"general": FakeConsole()}
        self._terminals: Terminals | None = None

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def stop(self) -> None:
        await super().stop()
        await self._end_terminals()

    async def kill(self) -> None:
        self.life.end()
        await self._end_terminals()
        await super().kill()

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        return False

    def delete_post(self, post_id: str) -> bool:
        return False

    def delete_channel(self, channel: str = "general") -> bool:
        return False

    def posts(self, channel: str = "general") -> list[Seen]:
        console = self._consoles.get(channel)
        newest = {line["turn"]: line for line in console.lines} if console is not None else {}
        return [seen for line in newest.values() for seen in _seen(line)]

    async def until(self, condition: Any) -> None:
        await self._consoles["general"].until(condition)

    def place(self, channel: str) -> Place:
        return Place("terminal", "app", channel=channel, user=_USER)

    def _connection(self) -> Connected:
        self._terminals = Terminals(self.router, self._consoles, self._folder)
        return Connected(descriptor, MortalBridge(self._terminals, self.life), {"json_lines": True})

    def _speaker(self, person: str, channel: str) -> Speaker:
        return Speaker("terminal", person.lower(), person)

    async def _end_terminals(self) -> None:
        if self._terminals is not None:
            await self._terminals.end()
            self._terminals = None


def _seen(line: dict[str, Any]) -> Iterator[Seen]:
    """What stands in a line: the reply, then each of its files."""
    parts = line["parts"]
    files = [part for part in parts if part["type"] == "media"]
    lines = [part["text"] for part in parts if part["type"] == "text"]
    lines += [f"{file['name']}: {file['error']}" for file in files if file.get("error")]
    if line["final"]:
        lines += [f"({notice['text']})" for notice in line["notices"]]
    lines += {"stopped": ["[stopped]"], "failed": [f"[failed] {line['error']}"]}.get(line["state"], [])
    controls = tuple(f"option {option.get('label') or option['value']}" for option in line["options"])
    name = f"{line['turn']}.reply"
    yield Seen(name, "bot", "\n\n".join(lines), controls)
    for file in files:
        if "path" in file:
            assert Path(file["path"]).is_file()
            yield Seen(f"{name}.{file['path']}", "bot", file=file["path"])
