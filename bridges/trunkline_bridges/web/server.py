"""The HTTP server: routes, and who may use them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from trunkline.errors import Denied, TrunklineError
from trunkline.words import words

from . import page
from .handshake import BAD_ORIGIN, RESTARTS
from .media import headers as media_headers
from .origins import Origins, Proxies
from .session import Session
from .static import Assets
from .uploads import VISITOR_HEADER, error_response, upload

if TYPE_CHECKING:
    from .options import WebOptions
    from .site import Site

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
READY_SECONDS: Final = 5.0


class Mounts:
    """Routes that others add to the server, while it runs or before."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, path: str, handler: Handler) -> Callable[[], None]:
        """Answer requests to `path` and below it; the result takes the route away again.

        `ValueError` when the path is taken.
        """
        path = "/" + path.strip("/")
        if path in self._handlers:
            raise ValueError(f"The path {path} is answered by something else already.")
        self._handlers[path] = handler
        return lambda: self._handlers.pop(path, None) and None

    def find(self, path: str) -> Handler | None:
        """The handler of the longest path that `path` lies at or below."""
        path = "/" + path.strip("/")
        while path != "/":
            if path in self._handlers:
                return self._handlers[path]
            path = path.rpartition("/")[0] or "/"
        return None


class Server:
    """The routes below the path prefix."""

    def __init__(self, site: Site, assets: Assets, mounts: Mounts) -> None:
        self._site = site
        self._assets = assets
        self._pages = Assets(page.PLACES)
        self._mounts = mounts
        self._options: WebOptions = site.options
        self._proxies = Proxies(site.options.trusted_proxies)
        self._origins = Origins(site.options.allowed_origins, site.options.public_url)

    def app(self) -> web.Application:
        prefix = self._options.path_prefix
        app = web.Application()
        # No middleware: one would be held by every open connection.
        app.on_response_prepare.append(self._cross_origin)
        get, add = app.router.add_get, app.router.add_route
        front = self._showcase if self._options.showcase else self._chat
        get(f"{prefix}/", front)
        if prefix:
            get(prefix, front)
        get(f"{prefix}/chat", self._chat)
        get(f"{prefix}/healthz", self._healthz)
        get(f"{prefix}/readyz", self._readyz)
        self.serve_widget(app)
        add("*", f"{prefix}/{{path:.*}}", self._rest)
        return app

    def serve_widget(self, app: web.Application) -> None:
        """Add what the widget itself asks for."""
        prefix = self._options.path_prefix
        get, add = app.router.add_get, app.router.add_route
        get(f"{prefix}/ws", self._socket, allow_head=False)
        add("POST", f"{prefix}/upload", self._upload)
        add("OPTIONS", f"{prefix}/upload", self._preflight)
        get(f"{prefix}/media/{{sha256}}/{{name}}", self._media)
        get(f"{prefix}/widget.js", self._script)
        get(f"{prefix}/static/{{name:.+}}", self._asset)
        get(f"{prefix}/{page.PLACES}/{{name}}", self._page_asset)

    def address(self, request: web.Request) -> str:
        """The client's address, past the proxies that are trusted."""
        return self._proxies.address(request.remote or "", request.headers)

    def origin(self, request: web.Request) -> str:
        """The origin that the browser sent the request to."""
        return self._proxies.own_origin(request.remote or "", request.scheme, request.host, request.headers)

    def _allowed(self, request: web.Request) -> bool:
        return self._origins.allow(request.headers.get(hdrs.ORIGIN), self.origin(request))

    async def _cross_origin(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let allowed websites read what they ask for."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin and hdrs.ACCESS_CONTROL_ALLOW_ORIGIN not in response.headers and self._allowed(request):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers.add(hdrs.VARY, hdrs.ORIGIN)

    async def _chat(self, request: web.Request) -> web.Response:
        app = self._chosen_app(request)
        accepted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
        return page.chat_page(self.base, await self._title(app), app, self.origin(request), accepted)

    async def _showcase(self, request: web.Request) -> web.Response:
        app, options = self._chosen_app(request), self._options
        embedding = page.Embedding(
            tuple(self._site.apps), options.public_url, embeddable=bool(options.allowed_origins)
        )
        return page.showcase_page(self.base, await self._title(app), app, self.origin(request), embedding)

    @property
    def base(self) -> str:
        """The path that everything lies under as the browser sees it, ending with a slash."""
        return page.base_path(self._options.public_url, self._options.path_prefix)

    def _chosen_app(self, request: web.Request) -> str:
        app = request.query.get("app", "")
        return app if app in self._site.apps and app != self._site.default_app else ""

    async def _title(self, app: str) -> str:
        try:
            return (await self._site.profile(app or self._site.default_app)).title
        except TrunklineError:
            # The page says by itself, in the widget, that the app cannot be reached.
            return ""

    async def _script(self, request: web.Request) -> web.Response:
        return self._assets.response(request, "widget.js")

    async def _asset(self, request: web.Request) -> web.Response:
        return self._assets.response(request, request.match_info["name"])

    async def _page_asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name.endswith(".html"):
            # A template, which is no page yet.
            return error_response(404, "not_found", words("nothing_here"))
        return self._pages.response(request, name)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            compress=False,  # a compressor takes some 300 kB for each connection
            max_msg_size=2 * self._options.frame_bytes,
            timeout=2.0,
        )
        if not socket.can_prepare(request):
            return error_response(426, "bad_frame", words("websocket_only"))
        try:
            await socket.prepare(request)
        except ConnectionError:
            # The browser went away meanwhile; nobody reads this.
            return web.Response(status=400)
        with suppress(ConnectionError):
            if not await self._refused(request, socket):
                await Session(self._site, socket, self.address(request)).run()
        return socket

    async def _refused(self, request: web.Request, socket: web.WebSocketResponse) -> bool:
        """Whether the connection was turned away."""
        if not self._allowed(request):
            # A browser learns why only from a connection that was accepted.
            self._site.metrics.refused.labels("origin").inc()
            text = words("website_not_served", website=request.headers[hdrs.ORIGIN])
            await socket.send_json({"type": "error", "code": "origin", "message": text})
            await socket.close(code=BAD_ORIGIN, message=b"origin")
            return True
        if self._site.closing:
            await socket.close(code=RESTARTS, message=b"restart")
        return self._site.closing

    async def _upload(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            self._site.metrics.refused.labels("origin").inc()
            return error_response(403, "origin", words("website_not_allowed"))
        return await upload(request, self._site)

    async def _preflight(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            return error_response(403, "origin", words("website_not_allowed"))
        headers = {
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST",
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: VISITOR_HEADER,
            hdrs.ACCESS_CONTROL_MAX_AGE: "86400",
        }
        return web.Response(status=204, headers=headers)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        sha256, name = request.match_info["sha256"], request.match_info["name"]
        signature, expires = request.query.get("sig", ""), request.query.get("exp", "")
        try:
            self._site.links.check(sha256, name, signature, expires, self._site.clock.now())
        except Denied as error:
            return error_response(403, "token", error.user_message)
        path = self._site.core.media.path(sha256)
        if not await asyncio.to_thread(path.is_file):
            return error_response(404, "not_found", words("file_gone"))
        return web.FileResponse(path, headers=media_headers(name))

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _readyz(self, _: web.Request) -> web.Response:
        """Ready means that events flow: the core answers, and the app can be reached."""
        if self._site.closing or self._site.core.draining:
            return error_response(503, "unavailable", words("server_stops"))
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._site.core.profile(self._site.default_app)
                await self._site.core.conversations(self._site.place(self._site.default_app, ""), limit=1)
        except TimeoutError:
            return error_response(503, "unavailable", words("app_silent"))
        except TrunklineError as error:
            return error_response(503, "unavailable", error.user_message)
        return web.json_response({"ok": True})

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        """What others have mounted."""
        handler = self._mounts.find(request.match_info["path"])
        if handler is not None:
            return await handler(request)
        return error_response(404, "not_found", words("nothing_here"))
