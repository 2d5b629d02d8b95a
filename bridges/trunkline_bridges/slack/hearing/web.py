"""Slack over HTTP, on the public web server: signed events and interactions, and installation."""

from __future__ import annotations

from typing import Final

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.signature import SignatureVerifier

from trunkline.errors import StoreError
from trunkline.recent import Recent
from trunkline.telemetry import causes, log
from trunkline.words import words

from ..declared import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH

_MOST_SIGNATURES: Final = 10_000
_SIGNATURE: Final = "X-Slack-Signature"
_TIMESTAMP: Final = "X-Slack-Request-Timestamp"
_FORM: Final = "application/x-www-form-urlencoded"


class Door:
    """Handlers for `Wiring.mount`."""

    def __init__(self, app: AsyncApp, secret: str, flow: AsyncOAuthFlow | None) -> None:
        self._app = app
        self._verifier = SignatureVerifier(secret) if secret else None
        self._flow = flow
        self._seen: Recent[str, bool] = Recent(_MOST_SIGNATURES)

    async def events(self, request: web.Request) -> web.Response:
        """Events, interactions and commands. 401 for what Slack did not sign, or not just now, or for a repeat."""
        if request.method != "POST" or not request.path.rstrip("/").endswith(EVENTS_PATH):
            return web.Response(status=404)
        if not self._is_signed(request, await request.read()):
            log.warning("slack request refused: bad signature, old, or a repeat", source=request.remote)
            return web.Response(status=401)
        # Events come again under the signature of the first time, and are known by their keys.
        if request.content_type == _FORM and not self._is_new(request.headers[_SIGNATURE]):
            log.warning("slack request refused: bad signature, old, or a repeat", source=request.remote)
            return web.Response(status=401)
        return await to_aiohttp_response(await self._app.async_dispatch(await to_bolt_request(request)))

    async def install(self, request: web.Request) -> web.Response:
        """The page from which a workspace installs the app."""
        return await self._installation(request, INSTALL_PATH)

    async def redirect(self, request: web.Request) -> web.Response:
        """Where Slack sends the browser after the consent."""
        return await self._installation(request, REDIRECT_PATH)

    async def _installation(self, request: web.Request, path: str) -> web.Response:
        if self._flow is None or request.method != "GET" or not request.path.rstrip("/").endswith(path):
            return web.Response(status=404)
        asked = await to_bolt_request(request)
        begins = path == INSTALL_PATH
        try:
            answer = await (self._flow.handle_installation(asked) if begins else self._flow.handle_callback(asked))
        except StoreError as error:
            log.warning("slack installation not stored", errors=causes(error))
            return web.Response(status=503, text=error.user_message)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("slack installation broke off", errors=causes(error))
            return web.Response(status=502, text=words("slack_unreachable"))
        log.info("slack installation", step="begun" if begins else "ended", status=answer.status)
        return await to_aiohttp_response(answer)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        if self._verifier is None:
            return False
        timestamp, signature = request.headers.get(_TIMESTAMP), request.headers.get(_SIGNATURE)
        if not timestamp or not timestamp.isascii() or not timestamp.isdigit() or not signature:
            return False
        try:
            return self._verifier.is_valid(body.decode(), timestamp, signature)
        except UnicodeDecodeError:
            return False

    def _is_new(self, signature: str) -> bool:
        new = signature not in self._seen
        self._seen.put(signature, True)
        return new
