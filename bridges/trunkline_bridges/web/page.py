"""The page at `/`: the widget, filling the window."""

from __future__ import annotations

import html
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from trunkline.words import words

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}page.css">
<script src="{base}widget.js" data-manual async></script>
</head>
<body>
<trunkline-chat placement="page" server="{base}"{app}></trunkline-chat>
<noscript>{scriptless}</noscript>
</body>
</html>
"""
STYLE: Final = """html, body { height: 100%; margin: 0; }
trunkline-chat { display: block; width: 100%; height: 100vh; height: 100dvh; }
noscript { display: block; padding: 2rem; font-family: sans-serif; }
"""


def page(base: str, title: str, app: str) -> web.Response:
    """`base` is the server's base path, ending with a slash; `app` is "" for the default one."""
    chosen = f' app="{html.escape(app)}"' if app else ""
    text = _PAGE.format(
        base=html.escape(base),
        title=html.escape(title or words("chat")),
        app=chosen,
        scriptless=html.escape(words("scriptless")),
    )
    return web.Response(text=text, content_type="text/html", headers=_headers())


def style() -> web.Response:
    return web.Response(text=STYLE, content_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


def _headers() -> dict[str, str]:
    # The widget styles its shadow root; pictures of other websites load only when the visitor asks.
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data: blob: https:; media-src 'self' data: blob:; font-src 'self' data:; "
        "frame-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }


def base_path(public_url: str, prefix: str) -> str:
    """The path that everything lies under as the browser sees it, ending with a slash."""
    path = urlsplit(public_url).path if public_url else prefix
    return path.rstrip("/") + "/"
