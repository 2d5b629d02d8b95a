"""Socket Mode: the SDK's client as it is, which reconnects by itself, watched for when it does not."""

from __future__ import annotations

import asyncio
import random
from typing import Final

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from trunkline.clock import Clock
from trunkline.errors import PlatformError, SettingsError
from trunkline.pacing import backoff
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..sending.api import Api, code_of
from ..sending.refusals import MISSING_SCOPE, translate, unreachable
from .installing import quiet

CONNECT_SECONDS: Final = 30.0
WATCH_SECONDS: Final = 15.0
LOST_WATCHES: Final = 3
"""So often in a row it was not connected: the SDK does not get it back."""
HEALTHY_SECONDS: Final = 60.0
WRONG_TOKEN: Final = frozenset(
    {"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "token_expired", "account_inactive"}
)


async def hear_by_socket(desk: Desk, app: AsyncApp, ping_interval: float) -> None:
    """Be connected until cancelled. `SettingsError` when Slack does not take the app token."""
    failures = 0
    while True:
        began = desk.clock.now()
        try:
            address = await open_connection(desk)
            await _connection(desk, app, address, ping_interval)
        except PlatformError as error:
            log.warning("slack not connected", error=type(error).__name__, code=code_of(error))
        failures = 0 if desk.clock.now() - began > HEALTHY_SECONDS else failures + 1
        await desk.clock.sleep(backoff(failures, random.random, limit=60.0))


async def open_connection(desk: Desk) -> str:
    """The address of a new connection. `SettingsError` for a token that will never do, else `PlatformError`."""
    return await connection_address(desk.api, desk.options.app_token.get_secret_value().strip())


async def connection_address(api: Api, app_token: str) -> str:
    """As `open_connection`."""
    try:
        answer = await api.client(app_token).apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        refused = translate(error.response.status_code, error.response.data, reads=True)
        code = code_of(refused)
        if code in WRONG_TOKEN:
            raise SettingsError(words("slack_app_token")) from refused
        if code == MISSING_SCOPE:
            raise SettingsError(words("slack_app_token_scope")) from refused
        if code == "socket_mode_not_enabled":
            raise SettingsError(words("slack_socket_mode_off")) from refused
        raise refused from refused.__cause__
    except (aiohttp.ClientError, TimeoutError, OSError, AttributeError) as error:
        # An AttributeError is what the SDK makes of plain text, such as a proxy's.
        raise unreachable() from error
    return str(answer["url"])


async def _connection(desk: Desk, app: AsyncApp, address: str, ping_interval: float) -> None:
    """One client of the SDK; returns when it was without a connection for too long."""
    token = desk.options.app_token.get_secret_value().strip()
    handler = AsyncSocketModeHandler(
        app,
        token,
        logger=quiet(),
        web_client=desk.api.client(token),
        proxy=desk.options.proxy or None,
        ping_interval=ping_interval,
    )
    client = handler.client
    client.wss_uri = address
    try:
        if await _connected(client, desk.clock):
            log.info("slack connected")
            await _lost(client, desk.clock)
        log.warning("slack connection lost")
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def _connected(client: SocketModeClient, clock: Clock) -> bool:
    """Whether the connection stands before long: the SDK would try for ever."""
    connecting = asyncio.ensure_future(client.connect())  # type: ignore[no-untyped-call]
    patience = asyncio.ensure_future(clock.sleep(CONNECT_SECONDS))
    try:
        await asyncio.wait({connecting, patience}, return_when=asyncio.FIRST_COMPLETED)
        return connecting.done() and connecting.exception() is None
    finally:
        for one in (connecting, patience):
            one.cancel()
        await asyncio.wait({connecting, patience})


async def _lost(client: SocketModeClient, clock: Clock) -> None:
    missed = 0
    while missed < LOST_WATCHES:
        await clock.sleep(WATCH_SECONDS)
        missed = 0 if await client.is_connected() else missed + 1
