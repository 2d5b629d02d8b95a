"""Hearing from Slack, over a socket or over HTTP, until the bridge ends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any, Final, TypeAlias

from slack_bolt.async_app import AsyncApp

from trunkline.bridge import Mount, Vault
from trunkline.errors import PlatformError, SettingsError
from trunkline.pacing import backoff
from trunkline.telemetry import log
from trunkline.words import words

from .. import acting
from ..declared import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from ..desk import Desk
from ..options import SlackOptions
from ..sending.api import code_of
from .dispatch import Dispatch
from .installing import Installations, Installed, oauth_flow
from .intake import Intake
from .reading import Bot
from .sockets import WRONG_TOKEN, hear_by_socket
from .web import Door

PING_SECONDS: Final = 10.0
Listeners: TypeAlias = "Callable[[AsyncApp, Desk], None]"


async def receive(
    desk: Desk,
    vault: Vault,
    mount: Mount,
    *,
    installations: Installations | None = None,
    ping_interval: float = PING_SECONDS,
    listeners: Listeners | None = None,
) -> None:
    """Hear what happens on Slack until cancelled.

    `installations` are those by which `desk.api` finds tokens, `listeners` Bolt's for what people press and
    command.

    `SettingsError`, one sentence, when tokens are missing, wrong or revoked, `UsageError` when HTTP is wanted and
    no web bridge runs; everything else is tried again.
    """
    options = desk.options
    require(options)
    installations = installations or Installations(vault, options, desk.clock, desk.api.client)
    if options.bot_token.get_secret_value().strip():
        installations.settle(await _own(desk))
    if options.many_workspaces:
        desk.api.tokens = installations.token
    intake = Intake(desk, vault)
    dispatch = Dispatch(desk, installations, intake)
    flow = (
        oauth_flow(options, installations, vault, desk.clock, desk.api.client())
        if options.many_workspaces
        else None
    )
    app = dispatch.app(flow, lambda made: (listeners or acting.install)(made, desk))
    door = Door(app, options.signing_secret.get_secret_value().strip(), flow)
    with ExitStack() as mounted:
        if options.over_http:
            mounted.callback(mount(EVENTS_PATH, door.events))
        if flow is not None:
            mounted.callback(mount(INSTALL_PATH, door.install))
            mounted.callback(mount(REDIRECT_PATH, door.redirect))
        try:
            if options.over_http:
                log.info("slack is heard over http", path=EVENTS_PATH)
                await dispatch.gone
            else:
                await _first_of(hear_by_socket(desk, app, ping_interval), dispatch.gone)
        finally:
            dispatch.gone.cancel()
            await intake.close()


def require(options: SlackOptions) -> None:
    """`SettingsError` unless the settings say how to hear, and as whom to answer."""
    if not options.app_token.get_secret_value().strip() and not options.over_http:
        raise SettingsError(words("slack_no_connection"))
    if not options.bot_token.get_secret_value().strip() and not options.many_workspaces:
        raise SettingsError(words("slack_no_token"))


async def _own(desk: Desk) -> Installed:
    """Who the token of the settings is. `SettingsError` when Slack does not know it."""
    attempt = 0
    while True:
        try:
            answer = await desk.api.call("", "auth.test", patient=True)
            break
        except PlatformError as error:
            if code_of(error) in WRONG_TOKEN:
                raise SettingsError(error.user_message) from error
            log.warning("slack not reached", error=type(error).__name__, code=code_of(error))
        await desk.clock.sleep(backoff(attempt, random.random, limit=60.0))
        attempt += 1
    enterprise = str(answer.get("enterprise_id") or "") if answer.get("is_enterprise_install") else ""
    bot = Bot(str(answer["team_id"]), str(answer["user_id"]), str(answer.get("bot_id") or ""), enterprise)
    return Installed(bot, desk.options.bot_token.get_secret_value().strip())


async def _first_of(work: Coroutine[Any, Any, None], ended: asyncio.Future[None]) -> None:
    """Work until it ends or `ended` does; whichever came first decides how."""
    working = asyncio.create_task(work, name="slack socket")
    try:
        await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        await asyncio.wait({working})
    if ended.done():
        ended.result()
    if not working.cancelled():
        working.result()
