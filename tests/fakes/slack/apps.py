"""Apps as they stand in Slack's app settings, and their tokens in each workspace.

reference: section 2 (features, scopes, events), section 5 (OAuth, token rotation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from fakes.slack.errors import Refused
from fakes.slack.world import Install, Team, User, World

AgentFeature = Literal["agent_view", "assistant_view", ""]

SCOPES = (
    *("app_mentions:read", "assistant:write", "chat:write", "chat:write.customize", "commands", "im:history"),
    *("im:read", "im:write", "channels:history", "groups:history", "mpim:history", "channels:read", "files:read"),
    *("files:write", "reactions:read", "reactions:write", "users:read"),
)
"""The bot scopes of an agent. reference: section 2."""

EVENTS = (
    *("app_mention", "message.im", "message.channels", "message.groups", "message.mpim", "app_home_opened"),
    *("app_context_changed", "agent_session_stopped", "agent_session_title_changed", "reaction_added"),
    *("reaction_removed", "file_shared", "app_uninstalled", "tokens_revoked"),
)

TOKEN_SECONDS = 12 * 3600
CODE_SECONDS = 600


@dataclass(eq=False)
class App:
    """An app with its settings. `agent` is what it is declared as; a new one can only be `agent_view`.

    `commands` are slash commands with their slash; `shortcuts` and `message_shortcuts` are callback ids.
    `socket_mode` decides between its sockets and its URLs. `rotates` lets tokens end after 12 hours.
    `outside_marketplace` makes history rare, as for new distributed apps.
    """

    id: str
    name: str
    client_id: str
    client_secret: str
    signing_secret: str
    app_token: str
    scopes: tuple[str, ...]
    events: tuple[str, ...]
    agent: AgentFeature = "agent_view"
    commands: tuple[str, ...] = ()
    shortcuts: tuple[str, ...] = ()
    message_shortcuts: tuple[str, ...] = ()
    rotates: bool = False
    outside_marketplace: bool = False
    socket_mode: bool = True
    events_url: str = ""
    interactions_url: str = ""
    commands_url: str = ""
    installs: dict[str, Install] = field(default_factory=dict)

    def listen(self, url: str, *, interactions: str = "", commands: str = "") -> None:
        """Events, interactions and commands are posted to URLs; one for all unless told."""
        self.socket_mode = False
        self.events_url, self.interactions_url, self.commands_url = url, interactions or url, commands or url

    @property
    def install(self) -> Install:
        """Where it is installed; the first workspace, if there are several."""
        return next(each for each in self.installs.values() if each.active)

    @property
    def token(self) -> str:
        """The newest bot token of the first workspace."""
        return self.install.token

    @property
    def bot(self) -> User:
        return self.install.bot

    @property
    def config_token(self) -> str:
        """The app configuration token of its owner, good for its manifest."""
        return f"xoxe.xoxp-1-{self.id}"

    @property
    def mention(self) -> str:
        return f"<@{self.bot.id}>"


class Apps:
    """All apps; who holds which token."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.apps: dict[str, App] = {}
        self._ended: dict[str, str] = {}
        """Tokens that do not work any more, with the error that says why."""
        self._codes: dict[str, tuple[App, Team, str, tuple[str, ...], str, float]] = {}

    def add(self, app: App) -> App:
        self.apps[app.id] = app
        return app

    def with_app_token(self, token: str) -> App:
        """The app whose sockets a token opens. Raises `Refused`."""
        for app in self.apps.values():
            if token and token == app.app_token:
                return app
        raise Refused("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")

    def with_token(self, token: str) -> Install:
        """Where a bot token is good for. Raises `Refused` for one that is missing, unknown, revoked or expired."""
        if not token:
            raise Refused("not_authed")
        if token in self._ended:
            raise Refused(self._ended[token])
        for app in self.apps.values():
            if token == app.app_token:
                raise Refused("not_allowed_token_type")
            for install in app.installs.values():
                if token in install.tokens:
                    ends = install.tokens[token]
                    if ends is not None and self._world.now() >= ends:
                        raise Refused("token_expired")
                    return install
        raise Refused("invalid_auth")

    def install(self, app: App, team: Team, installer: str = "", scopes: Iterable[str] = ()) -> Install:
        """Install an app, or install it anew: then its bot user stays and old tokens go on."""
        known = app.installs.get(team.id)
        if known is None:
            bot = self._world.add_user(team, app.name.lower(), app_id=app.id, bot_id=self._world.new_id("B"))
            known = app.installs[team.id] = Install(app.id, team.id, bot, ())
        known.active, known.installer, known.bot.deleted = True, installer, False
        known.scopes = tuple(scopes) or app.scopes
        self._mint(app, known)
        self._world.changed()
        return known

    def _mint(self, app: App, install: Install) -> None:
        number = self._world.new_id("")
        prefix = "xoxe.xoxb-1-" if app.rotates else "xoxb-"
        install.tokens[f"{prefix}{install.team_id}-{number}"] = (
            self._world.now() + TOKEN_SECONDS if app.rotates else None
        )
        if app.rotates:
            install.refresh_tokens.add(f"xoxe-1-{install.team_id}-{number}")

    def revoke(self, install: Install, error: str = "token_revoked") -> None:
        """No token of an installation works any more."""
        self._ended |= dict.fromkeys(install.tokens, error)
        install.tokens.clear()
        install.refresh_tokens.clear()

    def new_code(self, app: App, team: Team, installer: str, scopes: tuple[str, ...], redirect_uri: str) -> str:
        """What a person's consent brings back to the app."""
        code = f"{team.id}.{self._world.new_id('')}"
        self._codes[code] = (app, team, installer, scopes, redirect_uri, self._world.now())
        return code

    def spend_code(self, app: App, code: str, redirect_uri: str) -> Install:
        """A code can be exchanged once and for ten minutes. Raises `Refused`."""
        if code not in self._codes or self._codes[code][0] is not app:
            raise Refused("invalid_code")
        _, team, installer, scopes, expected, at = self._codes.pop(code)
        if self._world.now() >= at + CODE_SECONDS:
            raise Refused("code_expired")
        if redirect_uri and redirect_uri != expected:
            raise Refused("bad_redirect_uri")
        return self.install(app, team, installer, scopes)

    def refresh(self, app: App, token: str) -> Install:
        """Exchange a refresh token, which is good once, for a new pair. The old access token runs to its end."""
        for install in app.installs.values():
            if token in install.refresh_tokens:
                install.refresh_tokens.remove(token)
                self._mint(app, install)
                return install
        raise Refused("invalid_refresh_token")
