"""slack-bolt's app as it is: who may call, and a middleware that stores an event before Bolt acknowledges it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse

from trunkline.errors import SettingsError, StoreError
from trunkline.telemetry import causes, log
from trunkline.words import words

from ..desk import Desk
from .installing import Installations, quiet
from .intake import Intake
from .reading import HEARD, Bot, team_of

_GONE: Final = frozenset({"app_uninstalled", "tokens_revoked"})


class Authorize(AsyncAuthorize):
    """Gives a request the installation it came through; none where the app is not installed."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None, **_: Any
    ) -> AuthorizeResult | None:
        found = await self._installations.find(team_id or "", enterprise_id or "")
        if found is None:
            log.warning("slack request from where the app is not installed", team=team_id)
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=found.bot.user,
            bot_id=found.bot.bot,
            bot_token=found.token,
            user_id=user_id,
        )


class Dispatch:
    """Gives what Slack tells to the intake or to Bolt's listeners. `gone` ends when the one workspace left us."""

    def __init__(self, desk: Desk, installations: Installations, intake: Intake) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._desk = desk
        self._installations = installations
        self._intake = intake

    def app(self, flow: AsyncOAuthFlow | None, install: Callable[[AsyncApp], None]) -> AsyncApp:
        """Bolt's app, with the listeners that `install` puts there."""
        secret = self._desk.options.signing_secret.get_secret_value()
        app = AsyncApp(
            name="trunkline",
            logger=quiet(),
            signing_secret=secret,
            client=self._desk.api.client(),
            authorize=Authorize(self._installations),  # type: ignore[arg-type]
            oauth_flow=flow,
        )
        app.use(self._store)
        app.error(_failed)
        install(app)
        # What nobody listens to was received all the same.
        app.event(re.compile(".+"))(_nothing)
        return app

    async def _store(
        self, body: Mapping[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        kind = str((body.get("event") or {}).get("type") or "")
        if body.get("type") == "app_rate_limited":
            log.warning("slack sends no more events for a while", team=body.get("team_id"))
            return BoltResponse(status=200, body="")
        if body.get("type") != "event_callback" or kind not in HEARD | _GONE:
            return await next_()
        if kind in _GONE:
            await self._gone(body, kind)
            return BoltResponse(status=200, body="")
        stored = await self._intake.hear(body, _bot_of(context, body))
        return BoltResponse(status=200 if stored else 503, body="")

    async def _gone(self, body: Mapping[str, Any], kind: str) -> None:
        """The app was removed, or the bot's tokens revoked: nothing of them is kept."""
        if kind == "tokens_revoked" and not ((body["event"].get("tokens") or {}).get("bot")):
            return
        team, enterprise = team_of(body), str(body.get("enterprise_id") or "")
        own = self._installations.own
        if own is not None and team == own.bot.team:
            log.error("slack revoked the token", team=team)
            self._installations.settle(None)
            if not self._desk.options.many_workspaces and not self.gone.done():
                self.gone.set_exception(SettingsError(words("slack_revoked")))
            return
        if await self._installations.erase(team, enterprise, float(body.get("event_time") or 0) + 1):
            log.info("slack removed the app", team=team)


def _bot_of(context: AsyncBoltContext, body: Mapping[str, Any]) -> Bot:
    enterprise = str(context.enterprise_id or "") if context.is_enterprise_install else ""
    return Bot(team_of(body), str(context.bot_user_id or ""), str(context.bot_id or ""), enterprise)


async def _failed(error: Exception) -> BoltResponse:
    """Bolt would log what people wrote with the error."""
    level = log.warning if isinstance(error, StoreError) else log.error
    level("slack request failed", errors=causes(error))
    return BoltResponse(status=503 if isinstance(error, StoreError) else 500, body="")


async def _nothing() -> None:
    return
