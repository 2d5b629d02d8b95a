"""The operator's address: previews, the theme editor, metrics. It listens on this machine alone by default.

Everything here is read only. A browser of the operator's may be led here by any website, so that who asks is
checked: a request must name this machine (no name of a stranger that points here), and no other website may
put these pages, or what they load, into its own.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from trunkline import __version__
from trunkline.errors import TrunklineError
from trunkline.words import words

from .origins import is_host
from .page import Markup, page, policy
from .previews import Installed, Previews

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from trunkline.bridge import Archive

    from .server import Server
    from .site import Site
    from .static import Assets

_OPEN: Final = frozenset({"/metrics", "/healthz"})
"""Asked for by programs, under whatever name; they tell nothing that anybody said."""
_PLACEMENTS: Final = frozenset({"inline", "bubble", "panel"})


class Admin:
    """The routes of the operator's address. `server` answers what the widget on these pages asks for."""

    def __init__(
        self,
        site: Site,
        server: Server,
        assets: Assets,
        registry: CollectorRegistry,
        archive: Archive | None,
        installed: Installed,
    ) -> None:
        self._site = site
        self._server = server
        self._registry = registry
        self._previews = Previews(site, assets, archive, installed)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[guard(self._site.options.admin_names)])
        get = app.router.add_get
        get("/", self._index)
        get("/theme", self._theme)
        get("/theme/frame", self._theme_frame)
        get("/metrics", self._metrics)
        get("/healthz", self._healthz)
        self._previews.add_to(app)
        self._server.serve_widget(app)
        return app

    @property
    def _base(self) -> str:
        return f"{self._site.options.path_prefix}/"

    async def _index(self, request: web.Request) -> web.Response:
        try:
            app = (await self._site.profile(self._site.default_app)).title or self._site.default_app
        except TrunklineError as error:
            app = error.user_message
        values = {
            "base": self._base,
            "app": app,
            "connections": str(self._site.connected),
            "version": __version__,
            "public": self._public(request),
        }
        return page("admin", values, policy(_origin(request)))

    def _public(self, request: web.Request) -> str:
        """The public address as this browser can open it."""
        options = self._site.options
        host = urlsplit(f"//{request.host}").hostname or "localhost"
        shown = f"[{host}]" if ":" in host else host
        return f"{options.public_url or f'http://{shown}:{self._site.port}{options.path_prefix}'}/"

    async def _theme(self, request: web.Request) -> web.Response:
        options = self._site.options
        current = {"theme": dict(options.theme), "strings": dict(options.strings), "public": self._public(request)}
        return page("theme", {"base": self._base, "current": json.dumps(current)}, policy(_origin(request)))

    async def _theme_frame(self, request: web.Request) -> web.Response:
        placement = request.query.get("placement", "")
        values = {
            "base": self._base,
            "placement": placement if placement in _PLACEMENTS else "inline",
            "open": Markup("" if placement == "inline" else " open"),
        }
        return page("theme_frame", values, policy(_origin(request)))

    async def _metrics(self, request: web.Request) -> web.Response:
        """In the form the reader asks for: Prometheus text or OpenMetrics."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})


def guard(names: Sequence[str]) -> Middleware:
    """Refuses what the operator did not ask for themselves, and tells in a sentence what cannot be shown now."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _OPEN:
            if not names_us(request.host, names):
                return _refusal(words("admin_name", name=request.host[:80]))
            if _is_foreign(request):
                return _refusal(words("admin_foreign"))
        try:
            response = await handler(request)
        except TrunklineError as error:
            return _refusal(error.user_message, 503)
        if not response.prepared:
            response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    return check


def names_us(host: str, names: Sequence[str]) -> bool:
    """Whether a `Host` is an address, localhost, or one of `names`: what no stranger's DNS can point here."""
    if not is_host(host):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in {known.lower() for known in names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(request: web.Request) -> bool:
    """Whether another website asks, other than by a link that was followed."""
    headers = request.headers
    # Without the scheme, which a proxy that speaks TLS for us changes.
    if headers.get(hdrs.ORIGIN, _origin(request)).partition("://")[2].lower() != request.host.lower():
        return True
    if headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:
        return False
    return (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")) != ("navigate", "document")


def _refusal(sentence: str, status: int = 403) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=status, text=sentence, headers=headers)


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
