"""Pages of our own: templates and styles lie in `pages/`; here is what is put into them, and sent with them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from trunkline.words import words

from .origins import is_host

PLACES: Final = "pages"
"""The folder, in the package and in addresses."""
LANGUAGES: Final = frozenset({"ar", "de", "en", "es", "fr", "hi", "it", "ja", "pt", "zh"})
"""Those that the widget speaks."""
_ACCEPTED: Final = re.compile(r"\s*([a-z]+)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Embedding:
    """What the showcase tells of the server. `embeddable`: other websites may hold the chat."""

    apps: tuple[str, ...]
    public_url: str
    embeddable: bool


class Markup(str):
    """Text of a page that is HTML already."""

    __slots__ = ()


def page(name: str, values: Mapping[str, str], policy: Mapping[str, str]) -> web.Response:
    """The page `pages/<name>.html` with values put in; what is no `Markup` is escaped."""
    filled = {key: value if isinstance(value, Markup) else html.escape(value) for key, value in values.items()}
    return answer(_template(name).substitute(filled), policy)


def answer(text: str, policy: Mapping[str, str]) -> web.Response:
    """A page that may load what its policy says."""
    headers = {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return web.Response(text=text, content_type="text/html", headers=headers)


def policy(origin: str, **more: str) -> dict[str, str]:
    """The documented Content-Security-Policy of a page that holds the widget of its own origin.

    `more` are further directives, or others in place of these, with _ for -. Pictures of other websites are
    allowed because the widget loads none before the visitor asks.
    """
    scheme, _, host = origin.partition("://")
    # Older browsers do not count sockets as 'self'.
    socket = f" {scheme.replace('http', 'ws')}://{host}" if is_host(host) else ""
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": f"'self'{socket}",
        "img-src": "'self' data: blob: https:",
        "media-src": "'self' data: blob: https:",
        "font-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return {**directives, **{name.replace("_", "-"): sources for name, sources in more.items()}}


def language(accepted: str) -> str:
    """The most wanted language of an `Accept-Language` header that the widget speaks, else English."""
    wanted: dict[str, float] = {}
    for entry in map(_ACCEPTED.fullmatch, accepted.split(",")):
        if entry is not None and entry[1].lower() in LANGUAGES:
            wanted.setdefault(entry[1].lower(), float(entry[2] or 1))
    return max(wanted, key=lambda name: wanted[name], default="en")


def chat_page(base: str, title: str, app: str, origin: str, accepted: str) -> web.Response:
    """The chat, filling the window, in a language of `accepted`, the visitor's `Accept-Language`.

    `base` is the server's base path, ending with a slash; `app` may be "".
    """
    values = {
        "lang": language(accepted),
        "base": base,
        "title": title or words("chat"),
        "app": Markup(f' app="{html.escape(app)}"' if app else ""),
        "scriptless": words("scriptless"),
    }
    response = page("chat", values, policy(origin))
    response.headers.add(hdrs.VARY, hdrs.ACCEPT_LANGUAGE)
    return response


def showcase_page(base: str, title: str, app: str, origin: str, site: Embedding) -> web.Response:
    """The chat in its placements, and the line that puts it on another website."""
    options = "".join(
        f'<option value="{html.escape("" if number == 0 else name)}"{" selected" if name == app else ""}>'
        f"{html.escape(name)}</option>"
        for number, name in enumerate(site.apps)
    )
    values = {
        "base": base,
        "server": f"{site.public_url}/" if site.public_url else "",
        "title": title or words("chat"),
        "app": Markup(f' app="{html.escape(app)}"' if app else ""),
        "apps": Markup(options),
        "one_app": Markup(" hidden" if len(site.apps) < 2 else ""),
        "origins_set": Markup(" hidden" if site.embeddable else ""),
        "scriptless": words("scriptless"),
    }
    return page("showcase", values, policy(origin))


def base_path(public_url: str, prefix: str) -> str:
    """The path that everything lies under as the browser sees it, ending with a slash."""
    path = urlsplit(public_url).path if public_url else prefix
    return path.rstrip("/") + "/"


@cache
def _template(name: str) -> Template:
    return Template(resources.files(__package__).joinpath(PLACES, f"{name}.html").read_text("utf-8"))
