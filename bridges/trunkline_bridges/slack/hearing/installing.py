"""Where the app is installed, kept in our vault; installation by OAuth; tokens that rotate."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot as BotRecord
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from trunkline.bridge import Vault
from trunkline.clock import Clock
from trunkline.messages import Json
from trunkline.telemetry import causes, log

from ..declared import INSTALL_PATH, REDIRECT_PATH, SCOPES
from ..options import SlackOptions
from .reading import Bot

INSTALLATIONS: Final = "installation"
STATES: Final = "oauth_state"
ORGANISATIONS: Final = "organisation"
STATE_SECONDS: Final = 600
REMEMBERED_SECONDS: Final = 60.0
"""For so long an installation is not looked up again; other processes change it too."""
ROTATION_MINUTES: Final = 120
_FIELDS: Final = (
    *("app_id", "enterprise_id", "enterprise_name", "team_id", "team_name", "bot_token", "bot_id", "bot_user_id"),
    *("bot_scopes", "bot_refresh_token", "bot_token_expires_at", "user_id", "is_enterprise_install"),
    *("token_type", "installed_at"),
)


def quiet() -> logging.Logger:
    """The logger for Slack's libraries, whose lines may hold what people wrote, and tokens."""
    logger = logging.getLogger("trunkline.slack_libraries")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


@dataclass(frozen=True, slots=True)
class Installed:
    """An app in a workspace: who it is there, and its token."""

    bot: Bot
    token: str


class Installations(AsyncInstallationStore):
    """The SDK's installation store on our vault. `own` is the workspace of the token in the settings."""

    def __init__(
        self, vault: Vault, options: SlackOptions, clock: Clock, client: Callable[[], AsyncWebClient]
    ) -> None:
        self.own: Installed | None = None
        # Replies of an earlier process go on before anybody asked Slack whose the token is.
        self._presumed = options.bot_token.get_secret_value().strip()
        self._vault = vault
        self._options = options
        self._clock = clock
        self._client = client
        self._remembered: dict[str, tuple[Installed, float]] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    # What the bridge asks

    async def token(self, team: str) -> str:
        """The bot token of a workspace, "" where the app is not installed."""
        # It may be settled whose that of the settings is while the store is asked.
        presumed = self._presumed
        found = await self.find(team)
        return found.token if found is not None else presumed

    def settle(self, own: Installed | None) -> None:
        """From now on it is known whose the token of the settings is, or that it is no longer good."""
        self.own, self._presumed = own, ""

    async def find(self, team: str, enterprise: str = "") -> Installed | None:
        """The app in a workspace, or in the whole organisation. `StoreError`."""
        own = self.own
        if own is not None and (team == own.bot.team or (own.bot.enterprise and enterprise == own.bot.enterprise)):
            return own
        if not self._options.many_workspaces:
            return None
        # One after another, so that what is heard keeps its order, and a token is renewed once.
        async with self._locks[team or enterprise]:
            known = self._remembered.get(team)
            if known is not None and self._clock.now() < known[1]:
                return known[0]
            found = await self._read(team, enterprise)
            if found is not None:
                self._remembered[team] = (found, self._clock.now() + REMEMBERED_SECONDS)
            return found

    async def erase(self, team: str, enterprise: str, before: float) -> bool:
        """Forget the tokens of an installation that is older; one that was made since stays."""
        found = await self._installation(team) or (await self._installation(enterprise) if enterprise else None)
        if found is None or found.installed_at > before:
            return False
        await self.async_delete_all(enterprise_id=found.enterprise_id, team_id=found.team_id)
        return True

    async def _read(self, team: str, enterprise: str) -> Installed | None:
        installation = await self._installation(team)
        if installation is None:
            enterprise = enterprise or str(await self._vault.get(ORGANISATIONS, team) or "")
            installation = await self._installation(enterprise) if enterprise else None
            if installation is not None and team and team != enterprise:
                # Calls name the workspace alone.
                await self._vault.put(ORGANISATIONS, team, enterprise)
        if installation is None or not installation.bot_token:
            return None
        installation = await self._renewed(installation)
        whole = str(installation.enterprise_id or "") if installation.is_enterprise_install else ""
        user, bot = str(installation.bot_user_id or ""), str(installation.bot_id or "")
        return Installed(Bot(team, user, bot, whole), str(installation.bot_token))

    async def _renewed(self, installation: Installation) -> Installation:
        """With a new token where the old one ends soon. What cannot be renewed is used to its end."""
        if not installation.bot_refresh_token:
            return installation
        rotator = AsyncTokenRotator(
            client_id=self._options.client_id,
            client_secret=self._options.client_secret.get_secret_value(),
            client=self._client(),
        )
        try:
            renewed = await rotator.perform_token_rotation(
                installation=installation, minutes_before_expiration=ROTATION_MINUTES
            )
        except (SlackTokenRotationError, SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            # Another process may have been first.
            log.warning("slack token not renewed", team=installation.team_id, errors=causes(error))
            return await self._installation(_key(installation)) or installation
        if renewed is not None:
            await self.async_save(renewed)
            log.info("slack token renewed", team=installation.team_id)
        return renewed or installation

    async def _installation(self, key: str) -> Installation | None:
        kept = await self._vault.get(INSTALLATIONS, key) if key else None
        return Installation(**cast("dict[str, Any]", kept)) if isinstance(kept, Mapping) else None

    # What the SDK asks

    @property
    def logger(self) -> logging.Logger:
        return quiet()

    async def async_save(self, installation: Installation) -> None:
        kept: dict[str, Json] = {name: getattr(installation, name) for name in _FIELDS}
        await self._vault.put(INSTALLATIONS, _key(installation), kept)
        self._remembered.clear()

    async def async_save_bot(self, bot: BotRecord) -> None:
        known = await self._installation(_key(bot))
        if known is not None:
            for name in ("bot_token", "bot_refresh_token", "bot_token_expires_at", "bot_scopes"):
                setattr(known, name, getattr(bot, name))
            await self.async_save(known)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        key = enterprise_id if is_enterprise_install else team_id
        found = await self._installation(key or "")
        return found if found is not None and user_id in {None, found.user_id} else None

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> BotRecord | None:
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found is not None else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._vault.drop(INSTALLATIONS, team_id or enterprise_id or "")
        self._remembered.clear()

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)


class States(AsyncOAuthStateStore):
    """The SDK's store of states: each is good once, for ten minutes."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    @property
    def logger(self) -> logging.Logger:
        return quiet()

    async def async_issue(self, *_: Any, **__: Any) -> str:
        state = secrets.token_urlsafe(32)
        await self._vault.put(STATES, state, True, self._clock.now() + STATE_SECONDS)
        return state

    async def async_consume(self, state: str) -> bool:
        return bool(state) and await self._vault.take(STATES, state) is True


def oauth_flow(
    options: SlackOptions, installations: Installations, vault: Vault, clock: Clock, client: AsyncWebClient
) -> AsyncOAuthFlow:
    """What answers /slack/install and /slack/oauth_redirect."""
    settings = AsyncOAuthSettings(
        client_id=options.client_id,
        client_secret=options.client_secret.get_secret_value(),
        scopes=list(SCOPES),
        user_scopes=[],
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        authorization_url=f"https://{_host(options)}/oauth/v2/authorize",
        installation_store=installations,
        state_store=States(vault, clock),
        state_expiration_seconds=STATE_SECONDS,
        logger=quiet(),
    )
    return AsyncOAuthFlow(client=client, logger=quiet(), settings=settings)


def _host(options: SlackOptions) -> str:
    host = urlsplit(options.api_url).hostname or ""
    return "slack-gov.com" if host == "slack-gov.com" or host.endswith(".slack-gov.com") else "slack.com"


def _key(record: Installation | BotRecord) -> str:
    return str((record.enterprise_id if record.is_enterprise_install else record.team_id) or "")
