"""The widget in Chromium: what a page loads, how soon one can write, and what a thousand messages cost.

The server runs in a process of its own, with a scripted app; the page is Chromium's, on the same machine. Costs
are of the page's main thread, as Chromium counts its tasks. Each figure is the median of its rounds.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from benchmarks.web import server, serving
from e2e.conftest import FLAGS
from fakes.backend import Step, said
from trunkline.backend import TurnRequest
from trunkline.telemetry import configure_logging

OPENINGS = 7
STREAMS = 5
STREAM_S = 2.0
TOKENS = 100
"""Of a stream: one every 20 ms."""
KEYS = 50
FEW, MANY = 10, 1_000
"""Messages in the chat, half of them the visitor's."""
_END = "the end, told at "
_ANSWER = (
    "Here is what I found about **{topic}**, in two points:\n\n"
    "* the first one is [explained here](https://example.org/{number}) at some length, with `code` in it;\n"
    "* the second one follows from it, and nothing more need be said.\n\nShall I go on?"
)


# The server's process


def script(request: TurnRequest, number: int) -> Iterable[Step]:
    """ "stream" is answered with tokens over two seconds, anything else at once."""
    if said(request) != "stream":
        yield _ANSWER.format(topic=said(request), number=number)
        return
    loop = asyncio.get_running_loop()
    start, text = loop.time(), ""
    for count in range(TOKENS):
        tick = asyncio.Event()
        loop.call_at(start + STREAM_S * count / TOKENS, tick.set)
        yield tick
        text += f"word{count} "
        yield text
    yield f"{text}{_END}{time.time() * 1_000:.1f}."


async def serve(folder: Path) -> None:
    """Serve until the input ends, beside the chat a page with a closed bubble. Prints the port."""
    async with serving(folder, script) as (service, bridge, _):
        running = asyncio.create_task(service.run())
        await bridge.listening()
        origin = f"http://127.0.0.1:{bridge.port}"

        async def page(_: web.Request) -> web.Response:
            script = f'<script src="{origin}/widget.js" async></script>'
            return web.Response(text=f"<!doctype html><title>A site</title>{script}", content_type="text/html")

        bridge.mount("/site", page)
        print(bridge.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        running.cancel()
        await asyncio.wait((running,))


# The page

_USABLE = """
() => new Promise((resolve) => {
  const root = document.querySelector("trunkline-chat").shadowRoot;
  const clicked = performance.now();
  root.querySelector("[part~=launcher]").click();
  const look = () => {
    const box = root.querySelector("textarea");
    if (box !== null && !box.disabled && root.activeElement === box && box.checkVisibility()) {
      resolve(performance.now() - clicked);
    } else {
      requestAnimationFrame(look);
    }
  };
  look();
})
"""
_LOADED = """
() => performance.getEntriesByType("resource").map((one) => [new URL(one.name).pathname, one.encodedBodySize])
"""
_SAY_ALL = """
async ([first, count]) => {
  const chat = document.querySelector("trunkline-chat");
  for (let number = first; number < first + count; number += 1) {
    const answered = new Promise((resolve) => chat.addEventListener("message", resolve, { once: true }));
    chat.send(`topic ${number}`);
    await answered;
  }
}
"""
_STREAM = """
([text, end]) => new Promise((resolve, reject) => {
  const chat = document.querySelector("trunkline-chat");
  const root = chat.shadowRoot;
  const older = [...root.querySelectorAll("[part~=turn]")].slice(0, -1);
  if (older.length < 3) reject(new Error("there are no older messages to watch"));
  let changes = 0;
  const changed = new MutationObserver((seen) => { changes += seen.length; });
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  for (const turn of older) changed.observe(turn, all);
  const look = () => {
    const replies = root.querySelectorAll("[part~=reply]");
    const found = replies[replies.length - 1].textContent.split(end)[1];
    if (found === undefined) { requestAnimationFrame(look); return; }
    changed.disconnect();
    resolve([Date.now() - Number.parseFloat(found), changes]);
  };
  chat.send(text);
  requestAnimationFrame(look);
})
"""
_COUNT = "() => document.querySelector('trunkline-chat').shadowRoot.querySelectorAll('[part~=turn]').length"


class Measured:
    """A page and Chromium's counters of it."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self.page = page
        self._devtools = devtools

    @classmethod
    async def open(cls, context: BrowserContext, address: str) -> Measured:
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        await page.goto(address)
        await page.wait_for_function("() => customElements.get('trunkline-chat') !== undefined")
        return cls(page, devtools)

    async def busy_ms(self) -> float:
        """Milliseconds that the main thread has worked so far."""
        counters = await self._devtools.send("Performance.getMetrics")
        return float(next(c["value"] for c in counters["metrics"] if c["name"] == "TaskDuration")) * 1_000

    async def heap_bytes(self) -> float:
        """JavaScript objects that are reachable."""
        await self._devtools.send("HeapProfiler.collectGarbage")
        return float((await self._devtools.send("Runtime.getHeapUsage"))["usedSize"])

    async def slow_down(self, times: float) -> None:
        await self._devtools.send("Emulation.setCPUThrottlingRate", {"rate": times})


async def _opening(browser: Browser, origin: str, slower: float) -> tuple[float, dict[str, int], dict[str, int]]:
    """Milliseconds to an open chat; the bytes loaded for the bubble alone and for all."""
    context = await browser.new_context()
    try:
        measured = await Measured.open(context, f"{origin}/site")
        page = measured.page
        await page.wait_for_selector("trunkline-chat", state="attached")
        launcher = dict(await page.evaluate(_LOADED))
        if slower > 1:
            await measured.slow_down(slower)
        took = float(await page.evaluate(_USABLE))
        return took, launcher, dict(await page.evaluate(_LOADED))
    finally:
        await context.close()


async def _openings(browser: Browser, origin: str) -> dict[str, Any]:
    fast = [await _opening(browser, origin, 1) for _ in range(OPENINGS)]
    slow = [await _opening(browser, origin, 4) for _ in range(OPENINGS)]
    _, launcher, loaded = fast[-1]
    for name, size in loaded.items():
        print(f"  {size:8d} bytes {name}")
    return {
        "widget.launcher_gzip_bytes": sum(launcher.values()),
        "widget.first_open_gzip_bytes": sum(loaded.values()),
        "widget.usable_ms": statistics.median(took for took, *_ in fast),
        "widget.usable_ms_slow_cpu": statistics.median(took for took, *_ in slow),
    }


async def _stream_costs(measured: Measured) -> tuple[float, float]:
    """Milliseconds of the main thread for a token, and by which a stream ended late; medians."""
    costs, lags = [], []
    for _ in range(STREAMS):
        before = await measured.busy_ms()
        lag, changes = await measured.page.evaluate(_STREAM, ["stream", _END])
        if changes:
            raise RuntimeError(f"{changes} changes in older messages while a reply streamed")
        costs.append((await measured.busy_ms() - before) / TOKENS)
        lags.append(lag)
    return statistics.median(costs), statistics.median(lags)


async def _key_cost(measured: Measured) -> float:
    box = measured.page.locator("textarea")
    await box.focus()
    before = await measured.busy_ms()
    for _ in range(KEYS):
        await measured.page.keyboard.press("a")
    cost = (await measured.busy_ms() - before) / KEYS
    await box.fill("")
    return cost


async def _thousand(browser: Browser, origin: str) -> dict[str, Any]:
    context = await browser.new_context(viewport={"width": 1_000, "height": 800})
    measured = await Measured.open(context, f"{origin}/chat")
    page = measured.page
    await page.wait_for_selector("textarea")
    await page.evaluate(_SAY_ALL, [0, FEW // 2])
    await _stream_costs(measured)  # the first streams also compile
    few, _ = await _stream_costs(measured)
    shown = int(await page.evaluate(_COUNT))
    await page.evaluate(_SAY_ALL, [shown, MANY // 2 - shown])
    heap = await measured.heap_bytes()
    many, lag = await _stream_costs(measured)
    key = await _key_cost(measured)
    print(f"  a token costs {few:.2f} ms after {FEW} messages and {many:.2f} ms after {MANY}")
    await context.close()
    return {
        "widget.heap_mb_1000": heap / 2**20,
        "widget.token_cost_ratio_1000_vs_10": many / few,
        "widget.stream_lag_ms_1000": lag,
        "widget.key_ms_1000": key,
    }


async def measure() -> dict[str, Any]:
    """The `widget.*` results: bytes over the wire, milliseconds, MiB."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("these figures need Debian's package chromium")
    async with server("benchmarks.widget") as own, async_playwright() as playwright:
        origin = own.base
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        results = {**await _openings(browser, origin), **await _thousand(browser, origin)}
        await browser.close()
    return results


if __name__ == "__main__":
    configure_logging("error")
    asyncio.run(serve(Path(sys.argv[1])))
