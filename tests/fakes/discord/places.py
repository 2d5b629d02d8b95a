"""REST: the application, users, guilds, channels, threads and DMs.

reference: Gateway, "Threads" (own permission, id of the message it is made from, one per message, archive times).
"""

from __future__ import annotations

from fakes.discord import errors
from fakes.discord.calls import Call, Reply
from fakes.discord.errors import Json, Problems
from fakes.discord.events import Events
from fakes.discord.gateway import Gateway
from fakes.discord.messages import Routes
from fakes.discord.payloads import Payloads
from fakes.discord.world import (
    DM,
    GUILD_MEMBERS,
    GUILD_PRESENCES,
    MESSAGE_CONTENT,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Guild,
    Permission,
    World,
)

ARCHIVE_AFTER = (60, 1440, 4320, 10080)

# A privileged intent that the portal allows is a flag of the application, for apps too small to need review.
PORTAL_FLAGS = {GUILD_PRESENCES: 1 << 13, GUILD_MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}


class Places:
    """Where things are."""

    def __init__(self, world: World, payloads: Payloads, events: Events, gateway: Gateway) -> None:
        self.interactions_url: str | None = None
        """An Interactions Endpoint URL in the portal: the library warns of it at login."""
        self._world = world
        self._payloads = payloads
        self._events = events
        self._gateway = gateway

    def routes(self) -> Routes:
        channel = "/channels/{channel_id}"
        guild = "/guilds/{guild_id}"
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/users/@me/guilds", self._own_guilds),
            ("POST", "/users/@me/channels", self._open_dm),
            ("GET", "/users/{user_id}", self._user),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/gateway", self._gateway_plain),
            ("GET", "/gateway/bot", self._gateway_bot),
            ("GET", channel, self._channel),
            ("PATCH", channel, self._change_channel),
            ("DELETE", channel, self._delete_channel),
            ("POST", channel + "/threads", self._thread),
            ("POST", channel + "/messages/{message_id}/threads", self._thread_of_message),
            ("PUT", channel + "/thread-members/{user}", self._join),
            ("DELETE", channel + "/thread-members/{user}", self._leave),
            ("GET", guild, self._guild),
            ("GET", guild + "/channels", self._channels),
            ("GET", guild + "/roles", self._roles),
            ("GET", guild + "/members/{user_id}", self._member),
            ("GET", guild + "/threads/active", self._active_threads),
        ]

    async def _me(self, call: Call) -> Reply:
        return Reply(
            self._payloads.user(self._world.bot) | {"verified": True, "mfa_enabled": True, "locale": "en-US"}
        )

    async def _own_guilds(self, call: Call) -> Reply:
        own = [each for each in self._world.guilds.values() if self._world.bot.id in each.members]
        brief = [{"id": str(each.id), "name": each.name, "owner": False, "features": []} for each in own]
        return Reply([each | {"permissions": "0", "icon": None} for each in brief])

    async def _open_dm(self, call: Call) -> Reply:
        user = self._world.users.get(int(call.form.get("recipient_id", 0)))
        if user is None:
            raise errors.invalid(("recipient_id",), "INVALID_RECIPIENT", "Unknown user")
        if user.bot:
            raise errors.closed_to_messages()
        return Reply(self._payloads.channel(self._world.dm(user)))

    async def _user(self, call: Call) -> Reply:
        user = self._world.users.get(call.id("user_id"))
        if user is None:
            raise errors.unknown_user()
        return Reply(self._payloads.user(user))

    async def _application(self, call: Call) -> Reply:
        world = self._world
        flags = sum(flag for intent, flag in PORTAL_FLAGS.items() if world.allowed_intents & intent)
        owner = next((user for user in world.users.values() if not user.bot), world.bot)
        return Reply(
            {
                "id": str(world.bot.id),
                "name": world.bot.name,
                "icon": None,
                "description": "",
                "summary": "",
                "verify_key": "0" * 64,
                "bot_public": True,
                "bot_require_code_grant": False,
                "flags": flags,
                "owner": self._payloads.user(owner),
                "team": None,
                "interactions_endpoint_url": self.interactions_url,
                "integration_types_config": {"0": {}, "1": {}},
            }
        )

    async def _gateway_plain(self, call: Call) -> Reply:
        return Reply({"url": self._gateway.url})

    async def _gateway_bot(self, call: Call) -> Reply:
        window, now = self._gateway.identifies, self._world.now()
        used = window.used if now < window.resets_at else 0
        limit: Json = {
            "total": window.rate.calls,
            "remaining": window.rate.calls - used,
            "reset_after": int(max(0.0, window.resets_at - now) * 1000),
            "max_concurrency": self._gateway.spacing.calls,
        }
        return Reply({"url": self._gateway.url, "shards": self._gateway.shards, "session_start_limit": limit})

    async def _channel(self, call: Call) -> Reply:
        return Reply(self._payloads.channel(self._world.channel(call.id("channel_id"))))

    async def _change_channel(self, call: Call) -> Reply:
        """A thread's name, archive and lock; its owner may archive, the rest needs MANAGE_THREADS."""
        channel = self._world.channel(call.id("channel_id"))
        if not channel.is_thread:
            raise errors.missing_permissions()
        if channel.owner_id != self._world.bot.id or "locked" in call.form:
            self._world.channel(channel.id, permission=Permission.MANAGE_THREADS)
        _check_thread(call.form, new=False)
        channel.name = call.form.get("name", channel.name)
        channel.archived = call.form.get("archived", channel.archived)
        channel.locked = call.form.get("locked", channel.locked)
        channel.auto_archive = call.form.get("auto_archive_duration", channel.auto_archive)
        self._events.channel("THREAD_UPDATE", channel)
        return Reply(self._payloads.channel(channel))

    async def _delete_channel(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        written = self._payloads.channel(channel)
        if channel.type != DM:
            self._world.channel(channel.id, permission=Permission.MANAGE_THREADS)
            del self._world.channels[channel.id]
            self._events.channel("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)
        return Reply(written)

    async def _thread(self, call: Call) -> Reply:
        parent = self._world.channel(call.id("channel_id"))
        kind = int(call.form.get("type", PRIVATE_THREAD))
        public = kind == PUBLIC_THREAD
        permission = Permission.CREATE_PUBLIC_THREADS if public else Permission.CREATE_PRIVATE_THREADS
        return self._open_thread(parent, call.form, kind, permission, self._world.new_id())

    async def _thread_of_message(self, call: Call) -> Reply:
        parent = self._world.channel(call.id("channel_id"))
        message = self._world.message(parent.id, call.id("message_id"))
        if message.id in self._world.channels:
            raise errors.Refused(400, 160004, "A thread has already been created for this message")
        reply = self._open_thread(parent, call.form, PUBLIC_THREAD, Permission.CREATE_PUBLIC_THREADS, message.id)
        message.thread_id = message.id
        return reply

    def _open_thread(self, parent: Channel, form: Json, kind: int, permission: int, key: int) -> Reply:
        world = self._world
        if parent.is_thread or parent.guild_id is None:
            raise errors.Refused(400, 50024, "Cannot execute action on this channel type")
        world.channel(parent.id, permission=permission)
        _check_thread(form, new=True)
        thread = Channel(key, kind, form["name"], parent.guild_id, parent.id, owner_id=world.bot.id)
        thread.auto_archive = form.get("auto_archive_duration", thread.auto_archive)
        thread.members.add(world.bot.id)
        world.channels[thread.id] = thread
        self._events.channel("THREAD_CREATE", thread)
        return Reply(self._payloads.channel(thread), 201)

    async def _join(self, call: Call) -> Reply:
        thread = self._world.channel(call.id("channel_id"))
        if thread.archived:
            raise errors.archived_thread()
        thread.members.add(self._who(call))
        return Reply(status=204)

    async def _leave(self, call: Call) -> Reply:
        thread = self._world.channel(call.id("channel_id"))
        thread.members.discard(self._who(call))
        return Reply(status=204)

    def _who(self, call: Call) -> int:
        return self._world.bot.id if call.params["user"] == "@me" else call.id("user")

    def _own_guild(self, call: Call) -> Guild:
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None:
            raise errors.unknown_guild()
        if self._world.bot.id not in guild.members:
            raise errors.missing_access()
        return guild

    async def _guild(self, call: Call) -> Reply:
        return Reply(self._payloads.guild(self._own_guild(call), everybody=False))

    async def _channels(self, call: Call) -> Reply:
        return Reply(self._payloads.guild(self._own_guild(call), everybody=False)["channels"])

    async def _roles(self, call: Call) -> Reply:
        return Reply([self._payloads.role(role) for role in self._own_guild(call).roles.values()])

    async def _member(self, call: Call) -> Reply:
        guild, user = self._own_guild(call), self._world.users.get(call.id("user_id"))
        if user is None:
            raise errors.unknown_user()
        if user.id not in guild.members:
            raise errors.unknown_member()
        return Reply(self._payloads.member(guild, user))

    async def _active_threads(self, call: Call) -> Reply:
        threads = self._payloads.guild(self._own_guild(call), everybody=False)["threads"]
        return Reply({"threads": threads, "members": []})


def _check_thread(form: Json, *, new: bool) -> None:
    problems = Problems()
    if new or "name" in form:
        problems.longer(("name",), form.get("name", ""), 100, 1)
    if form.get("auto_archive_duration", 1440) not in ARCHIVE_AFTER:
        message = "Value must be one of {60, 1440, 4320, 10080}."
        problems.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", message)
    problems.refuse()
