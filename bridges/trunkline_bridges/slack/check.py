"""`trunkline check --slack`: who the bot is, its tokens, scopes, events and features, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from trunkline.bridge import Finding, Vault
from trunkline.clock import Clock
from trunkline.errors import PlatformError, SettingsError, StoreError
from trunkline.words import words

from .acting.menu import MESSAGE_SHORTCUTS, SHORTCUTS
from .declared import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH, SCOPES
from .hearing.client import require
from .hearing.installing import INSTALLATIONS
from .hearing.sockets import WRONG_TOKEN, connection_address
from .manifest import events_of, missing_in, scopes_of
from .options import SlackOptions
from .sending.api import Api, code_of
from .sending.refusals import translate, unreachable

_NOWHERE: Final = "C000000000"
"""A channel that no workspace has: a call for it changes nothing, and says whether it would be let through."""
_SCOPES: Final = "x-oauth-scopes"


async def check(
    options: SlackOptions,
    app: str,
    apps: Sequence[str],
    *,
    vault: Vault | None = None,
    public_url: str = "",
    clock: Clock | None = None,
) -> Sequence[Finding]:
    """Look at all that has to be right, without being connected. `app` is the one talked to, of `apps`.

    `public_url` is the web bridge's, `vault` where installations are kept.
    """
    try:
        require(options)
    except SettingsError as error:
        return (Finding(False, error.user_message),)
    async with Api(options, clock) as api:
        checking = _Checking(api, options, app, tuple(apps))
        try:
            return await checking.all(vault, public_url.rstrip("/"))
        except (PlatformError, StoreError) as error:
            return (*checking.findings, Finding(False, error.user_message))


class _Checking:
    def __init__(self, api: Api, options: SlackOptions, app: str, apps: tuple[str, ...]) -> None:
        self.findings: list[Finding] = []
        self._api = api
        self._options = options
        self._app = options.app or app
        self._apps = apps

    async def all(self, vault: Vault | None, public_url: str) -> Sequence[Finding]:
        token = self._options.bot_token.get_secret_value().strip()
        if token:
            await self._bot(token)
            await self._agent()
            await self._channels()
        await self._connection(public_url)
        if self._options.many_workspaces:
            await self._installations(vault, public_url)
        self._settings()
        if self._options.config_token.get_secret_value().strip():
            await self._declaration()
        else:
            self._undeclared()
        return self.findings

    def _say(self, ok: bool, text: str) -> None:
        self.findings.append(Finding(ok, text))

    async def _bot(self, token: str) -> None:
        """Whose the token is, and what it may."""
        try:
            answer = await self._api.client(token).auth_test()
        except SlackApiError as error:
            refused = translate(error.response.status_code, error.response.data, reads=True)
            raise refused from refused.__cause__
        except (aiohttp.ClientError, TimeoutError, OSError, AttributeError) as error:
            raise unreachable() from error
        self._say(
            True, f"The token is that of {answer.get('user')} in {answer.get('team')} ({answer['team_id']})."
        )
        if not answer.get("bot_id"):
            self._say(False, "The token is a person's: use the Bot User OAuth Token (xoxb-…).")
        named = {name.lower(): value for name, value in answer.headers.items()}.get(_SCOPES, "")
        held = {one.strip() for one in named.split(",") if one.strip()}
        lacking = [name for name in scopes_of(self._options) if name not in held]
        for name in lacking:
            self._say(False, f"The scope {name} is missing: {SCOPES[name]}. Add it and install the app again.")
        if not lacking:
            self._say(True, "The bot has all scopes.")

    async def _agent(self) -> None:
        """A status for a channel that does not exist is refused for the channel, if agents are known there."""
        wanted = self._options.agent
        if wanted == "none":
            self._say(True, "Agent features are not used (slack.agent).")
            return
        try:
            await self._api.call(
                "", "agents.sessions.setStatus", channel_id=_NOWHERE, thread_ts="1.000001", status="active"
            )
        except PlatformError as error:
            self._say(*_agent_finding(code_of(error), wanted, error))

    async def _channels(self) -> None:
        options = self._options
        for key in dict.fromkeys((*options.channels, *options.allow_channels, *options.channel_apps)):
            try:
                found = (await self._api.call("", "conversations.info", channel=key)).get("channel") or {}
            except PlatformError as error:
                self._say(False, f"Channel {key} of the settings: {error.user_message}")
                continue
            self._say(*_channel_finding(key, found))

    async def _connection(self, public_url: str) -> None:
        options = self._options
        if options.over_http:
            where = f"{public_url}{EVENTS_PATH}" if public_url else f"{EVENTS_PATH} below web.public_url"
            self._say(bool(public_url), f"Events and interactivity come over HTTP, at {where}.")
            return
        try:
            await connection_address(self._api, options.app_token.get_secret_value().strip())
        except SettingsError as error:
            self._say(False, error.user_message)
        else:
            self._say(True, "The app token opens Socket Mode.")

    async def _installations(self, vault: Vault | None, public_url: str) -> None:
        number = len(await vault.keys(INSTALLATIONS)) if vault is not None else 0
        self._say(True, f"It is installed in {number} workspace{'' if number == 1 else 's'}.")
        text = f"{public_url}{INSTALL_PATH}, with the redirect URL {public_url}{REDIRECT_PATH}."
        needed = "web.public_url is not set: installation needs an address that browsers reach."
        self._say(bool(public_url), f"Workspaces install it at {text}" if public_url else needed)

    def _settings(self) -> None:
        options = self._options
        named = {*options.apps, *options.channel_apps.values(), *options.command_apps.values()}
        for name in sorted(named - set(self._apps)):
            self._say(
                False, f"slack.apps, channel_apps or command_apps names {name}, which is no app of the settings."
            )

    async def _declaration(self) -> None:
        """What the Slack app is declared with, as its owner's configuration token lets us see."""
        token = self._options.config_token.get_secret_value().strip()
        asked = self._api.client(token)
        try:
            answer = await asked.api_call("apps.manifest.export", params={"app_id": await self._app_id()})
        except SlackApiError as error:
            refused = translate(error.response.status_code, error.response.data, reads=True)
            if code_of(refused) not in WRONG_TOKEN:
                raise refused from refused.__cause__
            self._say(False, "SLACK_CONFIG_TOKEN is not valid, or older than 12 hours: make another.")
            return
        except (aiohttp.ClientError, TimeoutError, OSError, AttributeError) as error:
            raise unreachable() from error
        lacking = missing_in(answer.get("manifest") or {}, self._options)
        for one in lacking:
            self._say(False, f"The Slack app lacks {one}.")
        if not lacking:
            self._say(True, "The Slack app is declared with all events, commands, shortcuts and features.")

    async def _app_id(self) -> str:
        """An app token names its app; else the bot is asked for."""
        parts = self._options.app_token.get_secret_value().strip().split("-")
        if len(parts) > 2 and parts[2].startswith("A"):
            return parts[2]
        me = await self._api.call("", "auth.test")
        found = await self._api.call("", "bots.info", bot=me["bot_id"])
        return str((found.get("bot") or {}).get("app_id") or "")

    def _undeclared(self) -> None:
        """What Slack tells to nobody but the app's owner."""
        options = self._options
        commands = ", ".join(dict.fromkeys((options.command, *options.command_apps)))
        shortcuts = ", ".join((*SHORTCUTS, *MESSAGE_SHORTCUTS))
        self._say(
            True,
            "Slack tells the app's events and features to its owner alone: set SLACK_CONFIG_TOKEN"
            " (api.slack.com/apps, Your App Configuration Tokens), or compare yourself.",
        )
        self._say(True, f"Bot events: {', '.join(events_of(options))}.")
        self._say(True, f"Interactivity on, commands {commands}, shortcuts {shortcuts}.")
        self._say(True, "The manifest has them all: python -m trunkline_bridges.slack.manifest")


def _agent_finding(code: str, wanted: str, error: PlatformError) -> tuple[bool, str]:
    if code == "channel_not_found":
        return True, "The app is declared an agent."
    if code == "not_authorized":
        return False, words("slack_no_agent")
    if code == "unknown_method":
        return wanted == "assistant", "This Slack has no agent sessions: set slack.agent to assistant or none."
    return False, f"Whether the app is an agent cannot be told: {error.user_message}"


def _channel_finding(key: str, found: Mapping[str, Any]) -> tuple[bool, str]:
    name = f"#{found.get('name') or key}"
    if found.get("is_archived"):
        return False, f"{name} is archived."
    if not found.get("is_member"):
        return False, f"The bot is not in {name}: invite it there."
    return True, f"The bot is in {name}."
