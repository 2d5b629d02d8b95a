"""The fault run of the web bridge: visitors talk while connections, the service and the app are cut off.

What counts is what each visitor's page shows when all is done.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from fakes.web_client import WebClient, post_text
from faults.ledger import Count, Standing, count
from faults.processes import Killable, app_process, free_port, service_process
from faults.trouble import Trouble

VISITORS = 10
IN_FLIGHT = 2
"""Messages a visitor sends before the first of them is answered."""
DONE = frozenset({"delivered", "failed", "stopped", "undeliverable"})
SETTLE_S = 120.0


class Visitor:
    """One visitor with a page that comes back by itself."""

    def __init__(self, base: str, messages: Sequence[str], up: asyncio.Event, answering: asyncio.Event) -> None:
        self.sent = list(messages)
        self.client = WebClient(base)
        self._up = up
        self._answering = answering

    async def talk(self, said: asyncio.Queue[str]) -> None:
        """Send everything, a few at a time; tell `said` of each."""
        for index, text in enumerate(self.sent):
            await self._answering.wait()
            await self._connected()
            frame = self.client.command("send", parts=[{"type": "text", "text": text}])
            await self._give(frame, wait=index == 0)
            said.put_nowait(text)
            if index + 1 >= IN_FLIGHT:
                await self.settled(index + 2 - IN_FLIGHT)
        await self.settled(len(self.sent))

    async def _give(self, frame: dict[str, Any], *, wait: bool) -> None:
        await self.client.give(frame)
        if wait:
            await self._until(lambda: frame["id"] in self.client.answers)

    async def settled(self, turns: int) -> None:
        """Wait until the first so many turns are done, coming back whenever the connection is gone."""
        await self._until(lambda: sum(t["state"] in DONE for t in self.client.turns.values()) >= turns)

    async def drop(self) -> None:
        """Cut the connection; whoever waits for it notices."""
        await self.client.drop()
        async with self.client._news:
            self.client.close_code = 1006
            self.client._news.notify_all()

    async def _until(self, holds: Any) -> None:
        async with asyncio.timeout(SETTLE_S):
            while not holds():
                await self._connected()
                await self.client.until(lambda: holds() or self.client.close_code is not None, SETTLE_S)

    async def _connected(self) -> None:
        while self.client.close_code is not None or not self.client.welcome:
            await self._up.wait()
            await self.client.drop()
            try:
                await self.client.connect(wait=False)
                await self.client.until(
                    lambda: bool(self.client.welcome) or self.client.close_code is not None, SETTLE_S
                )
            except (aiohttp.ClientError, ConnectionError):
                await asyncio.sleep(0)

    def standing(self) -> list[Standing]:
        return [_standing(turn) for _, turn in sorted(self.client.turns.items())]


def _standing(turn: dict[str, Any]) -> Standing:
    said = [post_text(post["body"]) for post in turn["posts"] if post["role"] == "user"]
    replies = [post_text(post["body"]) for post in turn["posts"] if post["role"] == "assistant"]
    failed = turn["state"] == "failed"
    return Standing("".join(said), () if failed else tuple(replies), failed)


class WebTrouble(Trouble):
    """Connections are cut."""

    one_in = 10

    def __init__(self, rng: random.Random, app: Killable, service: Killable) -> None:
        super().__init__(rng, app, service)
        self.visitors: Sequence[Visitor] = ()
        self.up = asyncio.Event()

    def _others(self, count: int) -> list[str]:
        return ["connections"] * count

    async def _kill_service(self) -> None:
        self.up.clear()
        await super()._kill_service()
        self.up.set()

    async def _strike_otherwise(self, what: str) -> None:
        for visitor in self._rng.sample(self.visitors, max(1, len(self.visitors) // 3)):
            await visitor.drop()


def _service(app_port: int, port: int, folder: Path) -> Killable:
    return service_process(
        app_port,
        folder,
        "web",
        ready='"listening"',
        host="127.0.0.1",
        port=str(port),
        admin_port="0",
        messages_per_minute="0",
    )


async def run(seed: int, turns: int, *, kills: int = 2) -> Count:
    """One seeded run of about `turns` turns; what the visitors see at its end."""
    rng = random.Random(seed)
    visitors_count = min(VISITORS, max(2, turns // 5))
    each = turns // visitors_count
    app_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="trunkline-faults-") as name:
        folder = Path(name)
        app, service = app_process(app_port, folder), _service(app_port, port, folder)
        trouble = WebTrouble(rng, app, service)
        visitors = [
            Visitor(
                f"http://127.0.0.1:{port}",
                [f"m-{v}-{n}" for n in range(each)],
                trouble.up,
                trouble.answering,
            )
            for v in range(visitors_count)
        ]
        trouble.visitors = visitors
        try:
            await app.start()
            await service.start()
            trouble.up.set()
            trouble.answering.set()
            said: asyncio.Queue[str] = asyncio.Queue()
            async with asyncio.TaskGroup() as group:
                for visitor in visitors:
                    group.create_task(visitor.talk(said))
                group.create_task(trouble.make(said, visitors_count * each, kills))
            return sum((count(v.sent, v.standing()) for v in visitors), Count())
        finally:
            for visitor in visitors:
                await visitor.client.leave()
            await service.kill()
            await app.kill()
