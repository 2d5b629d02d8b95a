"""Which event goes to which session, and what of a message is withheld from it.

reference: Gateway (without MESSAGE_CONTENT content, embeds, attachments and components are empty, but in DMs, in
the app's own messages, in those that mention it and in message menus).
"""

from __future__ import annotations

from fakes.discord.errors import Json
from fakes.discord.gateway import GUILDS, Gateway
from fakes.discord.payloads import Payloads
from fakes.discord.world import (
    DM,
    GUILD_MEMBERS,
    MESSAGE_CONTENT,
    Channel,
    Guild,
    Message,
    Permission,
    User,
    World,
)

# Intents by what they are for: (in guilds, in DMs).
MESSAGES = (1 << 9, 1 << 12)
REACTIONS = (1 << 10, 1 << 13)
TYPING = (1 << 11, 1 << 14)


class Events:
    """Publishes what happens in the world on the gateway."""

    def __init__(self, world: World, payloads: Payloads, gateway: Gateway) -> None:
        self._world = world
        self._payloads = payloads
        self._gateway = gateway

    def message(self, name: str, message: Message) -> None:
        """MESSAGE_CREATE or MESSAGE_UPDATE; nobody but its reader hears of an ephemeral one."""
        channel = self._world.channels[message.channel_id]
        if message.only_for is not None or not self._hears(channel):
            self._world.changed()
            return
        written = self._payloads.message(message, gateway=True)

        def write(intents: int) -> Json:
            return written if intents & MESSAGE_CONTENT else self.withhold(written)

        self._gateway.dispatch(name, _intent(MESSAGES, channel), channel.guild_id, write)

    def _hears(self, channel: Channel) -> bool:
        return self._world.may(self._world.bot.id, channel, Permission.VIEW_CHANNEL)

    def read(self, message: Message) -> Json:
        """A message as REST shows it to an app that has, or lacks, the content intent."""
        written = self._payloads.message(message)
        return written if self._world.allowed_intents & MESSAGE_CONTENT else self.withhold(written)

    def user(self, user: User) -> Json:
        return self._payloads.user(user)

    def snapshot(self, message: Message) -> Json:
        """What a forward keeps of a message."""
        written = self._payloads.message(message)
        kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "components")
        return {key: written[key] for key in (*kept, "mentions", "mention_roles", "sticker_items")}

    def withhold(self, written: Json) -> Json:
        """Take out what only MESSAGE_CONTENT shows; the message it answers is judged by itself."""
        message = self._world.messages.get(int(written["id"]))
        if message is None or not self._is_open(message):
            written = written | {"content": "", "embeds": [], "attachments": [], "components": []}
        if written.get("referenced_message"):
            written = written | {"referenced_message": self.withhold(written["referenced_message"])}
        return written

    def _is_open(self, message: Message) -> bool:
        bot = self._world.bot.id
        channel = self._world.channels.get(message.channel_id)
        in_dm = channel is not None and channel.type == DM
        return in_dm or message.author_id == bot or bot in message.mentions

    def message_deleted(self, message: Message) -> None:
        channel = self._world.channels[message.channel_id]
        if message.only_for is not None or not self._hears(channel):
            self._world.changed()
            return
        data = {"id": str(message.id)} | _place(channel)
        self._gateway.dispatch("MESSAGE_DELETE", _intent(MESSAGES, channel), channel.guild_id, lambda _: data)

    def messages_deleted(self, channel: Channel, messages: list[Message]) -> None:
        """Many at once: one event tells of all of them."""
        data: Json = {"ids": [str(message.id) for message in messages]} | _place(channel)
        self._gateway.dispatch("MESSAGE_DELETE_BULK", _intent(MESSAGES, channel), channel.guild_id, lambda _: data)

    def reaction(self, name: str, message: Message, user: User, emoji: str) -> None:
        """MESSAGE_REACTION_ADD or …_REMOVE; only the former tells whose message it is."""
        channel = self._world.channels[message.channel_id]
        if not self._hears(channel):
            self._world.changed()
            return
        data: Json = {
            "user_id": str(user.id),
            "message_id": str(message.id),
            "emoji": self._payloads.emoji(emoji),
            "burst": False,
            "type": 0,
        } | _place(channel)
        guild = self._world.guild_of(channel)
        if name.endswith("ADD"):
            data["message_author_id"] = str(message.author_id)
            if guild is not None:
                data["member"] = self._payloads.member(guild, user)
        self._gateway.dispatch(name, _intent(REACTIONS, channel), channel.guild_id, lambda _: data)

    def typing(self, channel: Channel, user: User) -> None:
        now = self._world.now()
        self._world.typing.append((now, channel.id, user.id))
        if not self._hears(channel):
            self._world.changed()
            return
        data: Json = {"user_id": str(user.id), "timestamp": int(self._world.real_time(now))} | _place(channel)
        guild = self._world.guild_of(channel)
        if guild is not None:
            data["member"] = self._payloads.member(guild, user)
        self._gateway.dispatch("TYPING_START", _intent(TYPING, channel), channel.guild_id, lambda _: data)

    def channel(self, name: str, channel: Channel) -> None:
        """CHANNEL_… or THREAD_…; DMs are not announced."""
        written = self._payloads.channel(channel)
        if name == "THREAD_CREATE":
            written["newly_created"] = True
        self._gateway.dispatch(name, GUILDS, channel.guild_id, lambda _: written)

    def guild_left(self, guild: Guild) -> None:
        """The bot was removed from a guild."""
        self._gateway.dispatch("GUILD_DELETE", GUILDS, guild.id, lambda _: {"id": str(guild.id)})

    def guild_joined(self, guild: Guild) -> None:
        """The bot was added to a guild. `unavailable: false` is for those that it already was in."""

        def write(intents: int) -> Json:
            written = self._payloads.guild(guild, everybody=bool(intents & GUILD_MEMBERS))
            del written["unavailable"]
            return written

        self._gateway.dispatch("GUILD_CREATE", GUILDS, guild.id, write)

    def member(self, name: str, guild: Guild, user: User) -> None:
        """GUILD_MEMBER_ADD, …_UPDATE or …_REMOVE."""
        data: Json = {"guild_id": str(guild.id), "user": self._payloads.user(user)}
        if not name.endswith("REMOVE"):
            data |= self._payloads.member(guild, user)
        self._gateway.dispatch(name, GUILD_MEMBERS, guild.id, lambda _: data)

    def interaction(self, data: Json, guild_id: int | None) -> None:
        """INTERACTION_CREATE needs no intent."""
        self._gateway.dispatch("INTERACTION_CREATE", 0, guild_id, lambda _: data)


def _intent(pair: tuple[int, int], channel: Channel) -> int:
    return pair[1] if channel.type == DM else pair[0]


def _place(channel: Channel) -> Json:
    place: Json = {"channel_id": str(channel.id)}
    if channel.guild_id is not None:
        place["guild_id"] = str(channel.guild_id)
    return place
