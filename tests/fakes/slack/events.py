"""Which event goes to which app: where its bot is, what it subscribed to and has the scope for.

reference: section 2 (events to subscribe, their scopes), section 5 (a mention in a channel arrives as
`app_mention` and as `message`; Slack Connect).
"""

from __future__ import annotations

from fakes.slack.apps import App, Apps
from fakes.slack.deliveries import EVENTS, Deliveries
from fakes.slack.errors import Json
from fakes.slack.payloads import Payloads
from fakes.slack.world import CHANNEL, GROUP, IM, MPIM, Channel, File, Install, Message, User, World

HISTORY = {CHANNEL: "channels:history", GROUP: "groups:history", IM: "im:history", MPIM: "mpim:history"}
MESSAGES = {CHANNEL: "message.channels", GROUP: "message.groups", IM: "message.im", MPIM: "message.mpim"}


class Events:
    """Tells apps what happens."""

    def __init__(self, world: World, apps: Apps, payloads: Payloads, deliveries: Deliveries) -> None:
        self._world = world
        self._apps = apps
        self._payloads = payloads
        self._deliveries = deliveries

    def tell(
        self, install: Install, subscription: str, event: Json, *, scope: str = "", shared: bool = False
    ) -> None:
        """One event to one app, if it listens for it."""
        app = self._apps.apps[install.app_id]
        if subscription not in app.events or (scope and scope not in install.scopes):
            self._world.changed()
            return
        event = {"event_ts": self._world.new_ts()} | event
        payload = self._payloads.envelope(app, install.team_id, install.bot.id, event, shared=shared)
        self._deliveries.send(app, EVENTS, payload)
        self._world.changed()

    def _hearing(self, channel: Channel) -> list[Install]:
        """The installations whose bots are in a conversation."""
        installs = [each for app in self._apps.apps.values() for each in app.installs.values() if each.active]
        return [each for each in installs if each.bot.id in channel.members]

    def _message_event(self, channel: Channel, event: Json) -> None:
        for install in self._hearing(channel):
            self.tell(
                install,
                MESSAGES[channel.kind],
                event,
                scope=HISTORY[channel.kind],
                shared=len(channel.teams) > 1,
            )

    def posted(self, message: Message) -> None:
        """A message; nobody but its reader hears of an ephemeral one."""
        self._world.changed()
        if message.only_for:
            return
        channel = self._world.channels[message.channel_id]
        place = {"channel": channel.id, "channel_type": channel.kind, "event_ts": message.ts}
        event = self._payloads.message(message, metadata=False) | place
        if message.broadcast:
            event["subtype"] = "thread_broadcast"
        if len(channel.teams) > 1:
            event |= {"user_team": event["team"], "source_team": event["team"]}
        self._message_event(channel, event)
        self._mentioned(message, channel, event)
        for file in message.files:
            self._file_shared(file, message, channel)

    def _mentioned(self, message: Message, channel: Channel, event: Json) -> None:
        """`app_mention` beside the `message`; in a DM there is only the latter."""
        if channel.kind == IM or message.bot_id:
            return
        for install in self._hearing(channel):
            if f"<@{install.bot.id}>" in message.text:
                mention = {key: value for key, value in event.items() if key not in ("channel_type", "subtype")}
                self.tell(install, "app_mention", mention | {"type": "app_mention"}, scope="app_mentions:read")

    def _file_shared(self, file: File, message: Message, channel: Channel) -> None:
        event = {"type": "file_shared", "file_id": file.id, "user_id": file.user_id, "file": {"id": file.id}}
        for install in self._hearing(channel):
            more = {"channel_id": channel.id, "message_ts": message.ts}
            self.tell(install, "file_shared", event | more, scope="files:read")

    def changed(self, message: Message, previous: Json) -> None:
        """A message was edited, or its thread or files changed."""
        channel = self._world.channels[message.channel_id]
        event = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "message": self._payloads.message(message),
            "previous_message": previous,
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": self._world.new_ts(),
        }
        self._world.changed()
        if not message.only_for:
            self._message_event(channel, event)

    def deleted(self, message: Message) -> None:
        channel = self._world.channels[message.channel_id]
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": message.ts,
            "previous_message": self._payloads.message(message),
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": self._world.new_ts(),
        }
        self._world.changed()
        self._message_event(channel, event)

    def reaction(self, kind: str, message: Message, user: User, name: str) -> None:
        """`reaction_added` or `reaction_removed`."""
        channel = self._world.channels[message.channel_id]
        event = {
            "type": kind,
            "user": user.id,
            "reaction": name,
            "item_user": message.user_id,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        }
        for install in self._hearing(channel):
            self.tell(install, kind, event, scope="reactions:read")

    def joined(self, channel: Channel, user: User) -> None:
        kind = {CHANNEL: "C", GROUP: "G"}.get(channel.kind, "D")
        event = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": kind,
            "team": user.team_id,
        }
        for install in self._hearing(channel):
            self.tell(
                install, "member_joined_channel", event, scope=HISTORY[channel.kind].replace("history", "read")
            )

    def uninstalled(self, app: App, install: Install) -> None:
        """`tokens_revoked`, then `app_uninstalled`. reference: section 2, the events to subscribe."""
        self.revoked(install)
        self.tell(install, "app_uninstalled", {"type": "app_uninstalled"})

    def revoked(self, install: Install) -> None:
        event: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [install.bot.id]}}
        self.tell(install, "tokens_revoked", event)
