"""`conversations.*`, `users.*`, `reactions.*`, `team.info` and `bots.info`.

reference: section 1 (history of apps outside the Marketplace: 15 objects), section 4 (metadata in history).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fakes.slack.apps import Apps
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Refused
from fakes.slack.events import HISTORY, Events
from fakes.slack.methods import Method, Methods
from fakes.slack.payloads import Payloads
from fakes.slack.posting import Posting
from fakes.slack.world import CHANNEL, GROUP, IM, MPIM, Channel, Install, Message, User, World, before

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
SCOPE_OF = {CHANNEL: "channels", GROUP: "groups", IM: "im", MPIM: "mpim"}
KINDS = {"public_channel": CHANNEL, "private_channel": GROUP, "im": IM, "mpim": MPIM}
RARE_OBJECTS = 15


class Conversations(Methods):
    """What can be read, and reactions."""

    def __init__(self, world: World, apps: Apps, payloads: Payloads, events: Events, posting: Posting) -> None:
        self._world = world
        self._apps = apps
        self._payloads = payloads
        self._events = events
        self._posting = posting

    def methods(self) -> dict[str, Method]:
        history = tuple(HISTORY.values())
        return {
            "bots.info": Method(self._bot, ("users:read",)),
            "conversations.history": Method(self._history, history),
            "conversations.info": Method(self._info, READ),
            "conversations.join": Method(self._join, ("channels:join",)),
            "conversations.list": Method(self._list, READ),
            "conversations.members": Method(self._members, READ),
            "conversations.open": Method(self._open, ("im:write", "mpim:write")),
            "conversations.replies": Method(self._replies, history),
            "reactions.add": Method(self._react, ("reactions:write",)),
            "reactions.get": Method(self._reactions, ("reactions:read",)),
            "reactions.remove": Method(self._unreact, ("reactions:write",)),
            "team.info": Method(self._team, ("team:read",)),
            "users.conversations": Method(self._list, READ),
            "users.info": Method(self._user, ("users:read",)),
            "users.list": Method(self._users, ("users:read",)),
        }

    # Conversations.

    def _visible(self, install: Install, channel: Channel) -> bool:
        return install.team_id in channel.teams and (channel.kind == CHANNEL or install.bot.id in channel.members)

    def _found(self, call: Call) -> Channel:
        channel = self._world.channels.get(call.text("channel"))
        if channel is None or not self._visible(call.install, channel):
            raise Refused("channel_not_found")
        return channel

    def _info(self, call: Call) -> Json:
        channel = self._found(call)
        need(call.install, f"{SCOPE_OF[channel.kind]}:read")
        written = self._payloads.channel(channel, call.install.bot)
        if call.flag("include_num_members"):
            written["num_members"] = len(channel.members)
        return {"channel": written}

    def _list(self, call: Call) -> Json:
        kinds = [KINDS.get(kind) for kind in call.text("types", "public_channel").split(",")]
        if None in kinds:
            raise Refused("invalid_types")
        for kind in kinds:
            need(call.install, f"{SCOPE_OF[str(kind)]}:read")
        mine = call.method == "users.conversations"
        found = [
            each
            for each in self._world.channels.values()
            if each.kind in kinds
            and self._visible(call.install, each)
            and not (call.flag("exclude_archived") and each.archived)
            and (not mine or call.install.bot.id in each.members)
        ]
        page, cursor = _page(call, found, 100)
        written = [self._payloads.channel(each, call.install.bot) for each in page]
        return {"channels": written, "response_metadata": {"next_cursor": cursor}}

    def _members(self, call: Call) -> Json:
        channel = self._found(call)
        need(call.install, f"{SCOPE_OF[channel.kind]}:read")
        page, cursor = _page(call, channel.members, 100)
        return {"members": page, "response_metadata": {"next_cursor": cursor}}

    def _join(self, call: Call) -> Json:
        channel = self._found(call)
        if channel.kind != CHANNEL:
            raise Refused("method_not_supported_for_channel_type")
        if channel.archived:
            raise Refused("is_archived")
        if call.install.bot.id not in channel.members:
            channel.members.append(call.install.bot.id)
            self._events.joined(channel, call.install.bot)
        return {"channel": self._payloads.channel(channel, call.install.bot)}

    def _open(self, call: Call) -> Json:
        install = call.install
        if call.has("channel"):
            channel = self._found(call)
        else:
            keys = call.text("users", error="users_list_not_supplied").split(",")
            people = [self._world.users.get(key) for key in keys]
            if any(each is None or each.deleted for each in people):
                raise Refused("user_not_found")
            need(install, "im:write" if len(keys) == 1 else "mpim:write")
            members = [*(each for each in people if each is not None), install.bot]
            channel = self._world.direct(self._world.teams[install.team_id], members)
        written = {"id": channel.id}
        return {"channel": self._payloads.channel(channel, install.bot) if call.flag("return_im") else written}

    # Messages.

    def _read(self, call: Call) -> Channel:
        channel = self._posting.channel(call, posting=False)
        need(call.install, HISTORY[channel.kind])
        return channel

    def _between(self, call: Call, messages: list[Message]) -> list[Message]:
        """Those in the asked time, the newest first; `inclusive` takes in what stands at its ends."""
        oldest, latest = call.text("oldest", "0"), call.text("latest", "9999999999.0")
        ends = (oldest, latest) if call.flag("inclusive") else ()
        inside = [
            each for each in messages if (before(oldest, each.ts) and before(each.ts, latest)) or each.ts in ends
        ]
        return sorted(inside, key=lambda each: each.ts, reverse=True)

    def _history(self, call: Call) -> Json:
        channel = self._read(call)
        top = [each for each in self._world.history(channel) if not each.thread_ts or each.broadcast]
        return self._pages(call, self._between(call, top))

    def _replies(self, call: Call) -> Json:
        """The root, then its replies, the oldest first."""
        channel = self._read(call)
        root = self._world.find_root(channel, call.text("ts"))
        thread = self._world.thread(channel, root)
        inside = self._between(call, thread[1:])[::-1]
        return self._pages(call, [*thread[:1], *inside])

    def _pages(self, call: Call, messages: list[Message]) -> Json:
        rare = self._apps.apps[call.install.app_id].outside_marketplace
        page, cursor = _page(call, messages, 100, RARE_OBJECTS if rare else 999)
        metadata = call.flag("include_all_metadata")
        answer: Json = {
            "messages": [self._payloads.message(each, metadata=metadata) for each in page],
            "has_more": bool(cursor),
        }
        return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})

    # Reactions.

    def _reacted(self, call: Call) -> Message:
        channel = self._posting.channel(call, posting=False)
        message = channel.messages.get(call.text("timestamp", error="no_item_specified"))
        if message is None:
            raise Refused("message_not_found")
        return message

    def _react(self, call: Call) -> Json:
        message, name = self._reacted(call), call.text("name")
        if ":" in name or not name.isascii():
            raise Refused("invalid_name")
        users = message.reactions.setdefault(name, [])
        if call.install.bot.id in users:
            raise Refused("already_reacted")
        users.append(call.install.bot.id)
        self._events.reaction("reaction_added", message, call.install.bot, name)
        return {}

    def _unreact(self, call: Call) -> Json:
        message, name = self._reacted(call), call.text("name")
        users = message.reactions.get(name, [])
        if call.install.bot.id not in users:
            raise Refused("no_reaction")
        users.remove(call.install.bot.id)
        if not users:
            del message.reactions[name]
        self._events.reaction("reaction_removed", message, call.install.bot, name)
        return {}

    def _reactions(self, call: Call) -> Json:
        message = self._reacted(call)
        return {"type": "message", "channel": message.channel_id, "message": self._payloads.message(message)}

    # People.

    def _known(self, install: Install, user: User) -> bool:
        """Whether an app may know of somebody: of its workspace, or met in Slack Connect."""
        together = any(
            user.id in each.members and install.bot.id in each.members for each in self._world.channels.values()
        )
        return user.team_id == install.team_id or together

    def _user(self, call: Call) -> Json:
        user = self._world.users.get(call.text("user"))
        if user is None or not self._known(call.install, user):
            raise Refused("user_not_found")
        stranger = {"is_stranger": True} if user.team_id != call.team_id else {}
        return {"user": self._payloads.user(user) | stranger}

    def _users(self, call: Call) -> Json:
        found = [each for each in self._world.users.values() if each.team_id == call.team_id]
        page, cursor = _page(call, found, 100)
        return {
            "members": [self._payloads.user(each) for each in page],
            "response_metadata": {"next_cursor": cursor},
        }

    def _team(self, call: Call) -> Json:
        return {"team": self._payloads.team(self._world.teams[call.team_id])}

    def _bot(self, call: Call) -> Json:
        for user in self._world.users.values():
            if user.bot_id and user.bot_id == call.text("bot", call.install.bot.bot_id):
                return {"bot": {"id": user.bot_id, "user_id": user.id, "app_id": user.app_id, "name": user.name}}
        raise Refused("bot_not_found")


def need(install: Install, scope: str) -> None:
    """Raises `Refused` without a scope, and names it."""
    if scope not in install.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(install.scopes))


def _page(call: Call, items: Sequence[Any], usual: int, most: int = 999) -> tuple[list[Any], str]:
    """A page of a list, and the cursor of the next one."""
    cursor = call.text("cursor", "")
    if cursor and not cursor.isdecimal():
        raise Refused("invalid_cursor")
    start = int(cursor or 0)
    end = start + max(1, min(call.number("limit", min(usual, most)), most))
    return list(items[start:end]), str(end) if end < len(items) else ""
