"""Somebody else's website, on an origin of its own, with the widget on its page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

WIDGET = Path(__file__).parents[2] / "widget"
PLAIN = """<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head>
<body><h1>A shop</h1><script src="{widget}" async></script></body></html>"""


class Website:
    """One page at `url`, and everywhere below it.

    `widget` is the address of the script that it loads, put into the page's `{widget}`; `policy` is its
    Content-Security-Policy, "" for none.
    """

    def __init__(self, page: str) -> None:
        self.page = page
        self.widget = ""
        self.policy = ""
        self.url = ""

    async def answer(self, _: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": self.policy} if self.policy else None
        text = self.page.format(widget=self.widget)
        return web.Response(text=text, content_type="text/html", headers=headers)


@asynccontextmanager
async def website(page: str = PLAIN) -> AsyncIterator[Website]:
    site = Website(page)
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield site
    finally:
        await runner.cleanup()


def documented_policy(server: str) -> str:
    """The list in the widget's README, for a server."""
    text = (WIDGET / "README.md").read_text("utf-8")
    found = re.search(r"^(default-src 'none';.*)$", text, re.MULTILINE)
    assert found is not None
    origin = server.rstrip("/")
    sources = {"S": origin, "W": origin.replace("http", "ws", 1)}
    return re.sub(r"\b([SW])\b", lambda match: sources[match[1]], found[1])
