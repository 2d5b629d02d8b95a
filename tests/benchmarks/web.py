"""The web server: what it adds to the first token, tokens a second over many pages, memory of an idle page.

The server runs in a process of its own, with the store on disk and a scripted app; the pages are this process's,
over TCP. A token counts when it has reached its page: those that the server joined on the way count one by one.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import aiohttp

from fakes.backend import Script, ScriptedBackend, Step, said
from fakes.core import AdjustableClock
from trunkline.app import Service, open_service
from trunkline.backend import TurnRequest
from trunkline.bridge import Bridge, Wiring
from trunkline.settings import load
from trunkline.telemetry import configure_logging
from trunkline_bridges.web import descriptor
from trunkline_bridges.web.bridge import WebBridge
from trunkline_bridges.web.options import WebOptions

PAGES = 100
TOKENS = 500
"""Of each reply."""
TOKEN = "token "
ROUNDS = 5
FIRST = 200
"""Turns of which the first token is timed."""
IDLE = (1_000, 3_000)
"""Open pages, each with one exchange said; the slope between them, once caches are full, is what one costs."""
_ENDED = frozenset({"delivered", "failed", "stopped", "undeliverable"})


# The server's process


def script(request: TurnRequest, number: int) -> Iterable[Step]:
    """ "now" is answered with the time, "tokens N" with so many tokens, anything else with a word."""
    word, _, count = said(request).partition(" ")
    if word == "now":
        yield str(time.monotonic_ns())
    elif word == "tokens":
        text = ""
        for _ in range(int(count)):
            text += TOKEN
            yield text
    else:
        yield "Hello."


@asynccontextmanager
async def serving(folder: Path, answer: Script) -> AsyncIterator[tuple[Service, WebBridge, AdjustableClock]]:
    limits = {"messages_per_minute": 0, "commands_per_minute": 0, "connections_per_address": 0}
    overrides = {
        "apps": {"app": {"url": "http://app.test"}},
        "default_app": "app",
        "store": {"url": str(folder / "bench.db")},
        "web": {"host": "127.0.0.1", "port": 0, "admin_port": 0, **limits},
    }
    backend = ScriptedBackend(script=answer)
    settings = load([descriptor], overrides=overrides)
    clock = AdjustableClock()

    def opened(wiring: Wiring) -> Bridge:
        return WebBridge(
            cast("WebOptions", wiring.options), secret=wiring.secret, default_app=wiring.app, clock=clock
        )

    async with open_service(settings, process="bench", make_backend=lambda *_: backend) as service:
        bridge = cast("WebBridge", await service.wire(replace(descriptor, open=opened)))
        yield service, bridge, clock


async def serve(folder: Path) -> None:
    """Serve until the input ends. Prints the port; for each line two minutes pass, then the resident bytes."""
    async with serving(folder, script) as (service, bridge, clock):
        running = asyncio.create_task(service.run())
        await bridge.listening()
        print(json.dumps(bridge.port), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            clock.skip(120.0)
            bridge.sweep()
            print(json.dumps(_resident()), flush=True)
        running.cancel()
        await asyncio.wait((running,))


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Server:
    """The process that serves."""

    base: str
    _process: asyncio.subprocess.Process

    async def resident(self) -> int:
        """Bytes of memory it holds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        return int(await self._process.stdout.readline())


@asynccontextmanager
async def server(module: str = "benchmarks.web") -> AsyncIterator[Server]:
    """A process that runs a module of this folder: given a folder, it serves there and prints its port first."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        port = (await process.stdout.readline()).decode().strip()
        if not port:
            raise RuntimeError("the web server did not start")
        try:
            yield Server(f"http://127.0.0.1:{port}", process)
        finally:
            process.stdin.close()
            await process.wait()


# The pages


class Page:
    """A tab that talks in one conversation and reads no more of a frame than it must."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._conversation = 0
        self._count = 0
        self.frames = 0

    async def hello(self) -> None:
        await self._socket.send_json({"type": "hello", "protocol": 1})
        while (await self._next())["type"] != "snapshot":
            pass

    async def turn(self, text: str) -> tuple[str, int]:
        """The reply to a message, and when its first words came (monotonic, ns)."""
        self._count += 1
        command = f"bench-{self._count:08d}"
        parts = [{"type": "text", "text": text}]
        await self._socket.send_json(
            {"type": "send", "id": command, "conversation": self._conversation, "parts": parts}
        )
        words, first, state = "", 0, ""
        while state not in _ENDED:
            frame = await self._next()
            kind = frame["type"]
            if kind == "post.patch":
                words += "".join(p["value"] for p in frame["patches"] if p["op"] == "append")
            elif kind == "post.create" and frame["role"] == "assistant":
                first = time.monotonic_ns()
                words = _words(frame["body"])
            elif kind == "turn":
                state = frame["state"]
            elif kind == "snapshot":
                self._conversation = frame["conversation"]
                state, words, first = _shown(frame, (state, words, first))
        if state != "delivered":
            raise RuntimeError(f"a measured turn ended as {state}")
        return words, first

    async def _next(self) -> dict[str, Any]:
        self.frames += 1
        return cast("dict[str, Any]", json.loads(await self._socket.receive_str()))


def _words(body: dict[str, Any]) -> str:
    return "".join(part["text"] for message in body["messages"] for part in message["parts"])


def _shown(frame: dict[str, Any], known: tuple[str, str, int]) -> tuple[str, str, int]:
    """State, words and arrival of the newest turn of a snapshot; what was known while it has no reply."""
    if not frame["turns"]:
        return known
    turn = frame["turns"][-1]
    replies = [post for post in turn["posts"] if post["role"] == "assistant"]
    return turn["state"], _words(replies[-1]["body"]) if replies else "", time.monotonic_ns()


@asynccontextmanager
async def pages(own: Server, count: int) -> AsyncIterator[list[Page]]:
    """So many open pages, each of a visitor of its own, with one exchange said; some fifty in two minutes."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        opened: list[Page] = []
        for start in range(0, count, 50):
            some = [Page(await http.ws_connect(f"{own.base}/ws")) for _ in range(min(50, count - start))]
            await asyncio.gather(*(page.hello() for page in some))
            await asyncio.gather(*(page.turn("hello") for page in some))
            opened += some
            await own.resident()
        yield opened


async def _first_token(own: Server) -> float:
    """Milliseconds from the app's first token to the page."""
    async with pages(own, 1) as (page,):
        took = []
        for _ in range(FIRST):
            words, first = await page.turn("now")
            took.append((first - int(words)) / 1e6)
    quantiles = statistics.quantiles(took, n=20)
    print(f"  first token: median {statistics.median(took):.2f} ms, 95 % {quantiles[18]:.2f} ms")
    return statistics.median(took)


async def _tokens_per_s(own: Server) -> float:
    found = []
    async with pages(own, PAGES) as opened:
        for _ in range(ROUNDS):
            for page in opened:
                page.frames = 0
            start = time.perf_counter()
            replies = await asyncio.gather(*(page.turn(f"tokens {TOKENS}") for page in opened))
            elapsed = time.perf_counter() - start
            if any(words != TOKEN * TOKENS for words, _ in replies):
                raise RuntimeError("a reply did not arrive whole")
            found.append(PAGES * TOKENS / elapsed)
            frames = sum(page.frames for page in opened)
            print(f"  {found[-1]:,.0f} tokens/s, {PAGES * TOKENS / frames:.2f} tokens in a frame")
    return statistics.median(found)


async def _bytes_per_page() -> float:
    resident = []
    for count in IDLE:
        async with server() as own, pages(own, count):
            resident.append(await own.resident())
            print(f"  {count:,} idle pages: {resident[-1] / 1e6:.1f} MB")
    return (resident[1] - resident[0]) / (IDLE[1] - IDLE[0])


async def measure() -> dict[str, Any]:
    """The `web.*` results."""
    async with server() as own:
        first = await _first_token(own)
        tokens = await _tokens_per_s(own)
    return {
        "web.first_token_added_ms": first,
        "web.tokens_per_s_100": tokens,
        "web.bytes_per_idle_session": await _bytes_per_page(),
    }


if __name__ == "__main__":
    configure_logging("error")
    asyncio.run(serve(Path(sys.argv[1])))
