"""Runs a real Bolt app against the fake, over Socket Mode or over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from fakes.slack.apps import App
from fakes.slack.server import FakeSlack


def bolt_for(slack: FakeSlack, app: App, **settings: Any) -> AsyncApp:
    """A Bolt app with the settings by which it reaches the fake, and no others unless told."""
    finds_tokens = {"authorize", "oauth_settings", "oauth_flow", "installation_store"} & settings.keys()
    client = AsyncWebClient(token=None if finds_tokens else app.token, base_url=slack.api)
    return AsyncApp(signing_secret=app.signing_secret, client=client, **settings)


@asynccontextmanager
async def app_on(
    slack: FakeSlack, app: App, bolt: AsyncApp, *, http: bool = False, ping_interval: float = 10
) -> AsyncIterator[AsyncApp]:
    """A Bolt app that is connected, or, with `http`, listens and is posted to."""
    async with over_http(app, bolt) if http else over_sockets(slack, app, bolt, ping_interval):
        yield bolt


@asynccontextmanager
async def over_sockets(slack: FakeSlack, app: App, bolt: AsyncApp, ping_interval: float) -> AsyncIterator[None]:
    client = AsyncWebClient(token=app.app_token, base_url=slack.api)
    handler = AsyncSocketModeHandler(bolt, app.app_token, web_client=client, ping_interval=ping_interval)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await slack.sockets.connected(app)
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def over_http(app: App, bolt: AsyncApp) -> AsyncIterator[None]:
    async def serve(request: web.Request) -> web.Response:
        asked, flow = await to_bolt_request(request), bolt.oauth_flow
        if flow is not None and request.path == flow.install_path:
            return await to_aiohttp_response(await flow.handle_installation(asked))
        if flow is not None and request.path == flow.redirect_uri_path:
            return await to_aiohttp_response(await flow.handle_callback(asked))
        return await to_aiohttp_response(await bolt.async_dispatch(asked))

    server = web.Application()
    server.router.add_route("*", "/slack/{rest:.*}", serve)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        app.listen(f"http://{host}:{port}/slack/events")
        yield
    finally:
        await runner.cleanup()
