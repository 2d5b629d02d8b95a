"""`auth.*`, `oauth.v2.access`, `apps.*`, `blocks.validate` and `api.test`.

reference: section 5 (OAuth with state, token rotation, `apps.connections.open` with the app token,
`blocks.validate` needs no token).
"""

from __future__ import annotations

from fakes.slack import blocks as kit
from fakes.slack.apps import TOKEN_SECONDS, App, Apps
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Refused
from fakes.slack.events import Events
from fakes.slack.methods import Method, Methods
from fakes.slack.payloads import Payloads
from fakes.slack.sockets import Sockets
from fakes.slack.world import Install, World


class Tokens(Methods):
    """Who is calling, and how one comes by a token."""

    def __init__(self, world: World, apps: Apps, payloads: Payloads, events: Events, sockets: Sockets) -> None:
        self._world = world
        self._apps = apps
        self._payloads = payloads
        self._events = events
        self._sockets = sockets

    def methods(self) -> dict[str, Method]:
        return {
            "api.test": Method(lambda call: {"args": call.args}, token=""),
            "apps.connections.open": Method(self._connect, token="app"),
            "apps.manifest.export": Method(self._export, token=""),
            "apps.uninstall": Method(self._uninstall),
            "auth.revoke": Method(self._revoke),
            "auth.test": Method(self._test),
            "blocks.validate": Method(self._validate, token=""),
            "oauth.v2.access": Method(self._access, token=""),
        }

    def _test(self, call: Call) -> Json:
        install = call.install
        team = self._world.teams[install.team_id]
        return {
            "url": f"https://{team.name}.slack.com/",
            "team": team.name,
            "user": install.bot.name,
            "team_id": team.id,
            "user_id": install.bot.id,
            "bot_id": install.bot.bot_id,
            "is_enterprise_install": False,
        }

    def _connect(self, call: Call) -> Json:
        app = self._apps.with_app_token(call.token)
        if not app.socket_mode:
            raise Refused("socket_mode_not_enabled")
        return {"url": self._sockets.ticket(app)}

    def _export(self, call: Call) -> Json:
        """The app's manifest, for its owner's configuration token."""
        app = self._apps.apps.get(call.text("app_id", ""))
        if app is None:
            raise Refused("invalid_app_id")
        if call.token != app.config_token:
            raise Refused("invalid_auth")
        shortcuts = [{"type": "global", "callback_id": each} for each in app.shortcuts]
        shortcuts += [{"type": "message", "callback_id": each} for each in app.message_shortcuts]
        features: Json = {
            "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "shortcuts": shortcuts,
            "slash_commands": [{"command": each} for each in app.commands],
        }
        settings: Json = {
            "event_subscriptions": {"bot_events": list(app.events)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": app.socket_mode,
        }
        declared: Json = {"oauth_config": {"scopes": {"bot": list(app.scopes)}}, "settings": settings}
        return {"manifest": declared | {"features": features | ({app.agent: {}} if app.agent else {})}}

    def _validate(self, call: Call) -> Json:
        kit.check_blocks(call.array("blocks", "invalid_blocks"))
        return {}

    def _client(self, call: Call) -> App:
        """The app whose client id and secret a call bears, in its arguments or as basic auth."""
        name, secret = call.basic or (call.text("client_id", ""), call.text("client_secret", ""))
        app = next((each for each in self._apps.apps.values() if each.client_id == name), None)
        if app is None:
            raise Refused("invalid_client_id")
        if app.client_secret != secret:
            raise Refused("bad_client_secret")
        return app

    def _access(self, call: Call) -> Json:
        app = self._client(call)
        grant = call.text("grant_type", "authorization_code")
        if grant == "refresh_token":
            if not app.rotates:
                raise Refused("token_rotation_not_enabled")
            install = self._apps.refresh(app, call.text("refresh_token", error="invalid_refresh_token"))
        elif grant == "authorization_code":
            install = self._apps.spend_code(
                app, call.text("code", error="invalid_code"), call.text("redirect_uri", "")
            )
        else:
            raise Refused("invalid_grant_type")
        return self._granted(app, install)

    def _granted(self, app: App, install: Install) -> Json:
        team = self._world.teams[install.team_id]
        granted: Json = {
            "access_token": install.token,
            "token_type": "bot",
            "scope": ",".join(install.scopes),
            "bot_user_id": install.bot.id,
            "app_id": app.id,
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "authed_user": {"id": install.installer},
            "is_enterprise_install": False,
        }
        if app.rotates:
            newest = install.token.rpartition("-")[2]
            refresh = next(each for each in install.refresh_tokens if each.endswith(f"-{newest}"))
            granted |= {"expires_in": TOKEN_SECONDS, "refresh_token": refresh}
        return granted

    def _revoke(self, call: Call) -> Json:
        if not call.flag("test"):
            self._events.revoked(call.install)
            self._apps.revoke(call.install)
        return {"revoked": not call.flag("test")}

    def _uninstall(self, call: Call) -> Json:
        app = self._apps.apps[call.install.app_id]
        if (call.text("client_id", ""), call.text("client_secret", "")) != (app.client_id, app.client_secret):
            raise Refused("invalid_client_id")
        self.uninstall(app, call.install)
        return {}

    def uninstall(self, app: App, install: Install) -> None:
        """The app goes from a workspace: it is told so, and its tokens end."""
        self._events.uninstalled(app, install)
        install.active, install.bot.deleted = False, True
        self._apps.revoke(install, "account_inactive")
        for channel in self._world.channels.values():
            if install.bot.id in channel.members and channel.kind not in ("im",):
                channel.members.remove(install.bot.id)
        self._world.changed()
