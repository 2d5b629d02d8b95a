"""What exists in the fake Discord: people, guilds, channels, messages, and who may do what where."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fakes.changing import Changing
from fakes.discord import errors
from fakes.discord.errors import Json

EPOCH_MS = 1_420_070_400_000
"""Where snowflakes begin to count."""

MIB = 1024 * 1024

# Kinds of channel.
TEXT, DM, VOICE, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, STAGE = 0, 1, 2, 4, 11, 12, 13

# Flags of a message.
EPHEMERAL, LOADING, VOICE_MESSAGE, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 13, 1 << 15

# Intents. Three are privileged: the developer portal must allow them.
GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT = 1 << 1, 1 << 8, 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT


class Permission:
    """Bits of the permissions this fake knows."""

    ADMINISTRATOR = 1 << 3
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    SEND_VOICE_MESSAGES = 1 << 46


ALL = (1 << 53) - 1
USUAL = ALL & ~(Permission.ADMINISTRATOR | Permission.MENTION_EVERYONE | Permission.MANAGE_MESSAGES)
"""What @everyone may do in a new guild."""


@dataclass(eq=False)
class User:
    """A person or a bot. `closed` to messages from the bot: 50007."""

    id: int
    name: str
    bot: bool = False
    closed: bool = False


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int


@dataclass(eq=False)
class Guild:
    """A server; `tier` is its boost level (0–3)."""

    id: int
    name: str
    owner_id: int
    tier: int = 0
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    """The roles of each member but @everyone, whose id is the guild's."""


@dataclass(eq=False)
class Overwrite:
    """What a channel allows and denies to a role or a member, by id."""

    id: int
    member: bool
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Channel:
    """A text or voice channel, a category, a thread or a DM (then `recipients` are the two)."""

    id: int
    type: int
    name: str
    guild_id: int | None = None
    parent_id: int | None = None
    recipients: tuple[int, ...] = ()
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    members: set[int] = field(default_factory=set)

    @property
    def is_thread(self) -> bool:
        return self.type in (PUBLIC_THREAD, PRIVATE_THREAD)


@dataclass(eq=False)
class VoiceState:
    """Where somebody is in a guild's voice channels (None: just left), and what is switched off there."""

    guild_id: int
    user_id: int
    channel_id: int | None
    session_id: str
    self_mute: bool = False
    self_deaf: bool = False
    mute: bool = False
    deaf: bool = False
    suppress: bool = False


@dataclass(eq=False)
class Attachment:
    id: int
    filename: str
    content: bytes
    content_type: str
    description: str | None = None
    duration: float | None = None
    waveform: str | None = None


@dataclass(eq=False)
class Message:
    """A message. `only_for` is the one person who sees it when it is ephemeral."""

    id: int
    channel_id: int
    author_id: int
    type: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    stickers: list[Json] = field(default_factory=list)
    snapshots: list[Json] = field(default_factory=list)
    flags: int = 0
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reply_to: int | None = None
    forwarded_from: tuple[int, int] | None = None
    edited_at: float | None = None
    nonce: str | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    only_for: int | None = None
    webhook: bool = False
    interaction: Json | None = None
    thread_id: int | None = None
    edits: int = 0
    posted_at: float = 0.0

    @property
    def v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)


class World(Changing):
    """Everything that exists. `now` is the clock, in seconds; ids keep to real time whatever it says."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self.now = now
        self._offset = time.time() - now()
        self._last_id = 0
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.voice_states: dict[tuple[int, int], VoiceState] = {}
        """Who is in a voice channel, by guild and user."""
        self.typing: list[tuple[float, int, int]] = []
        """(when, channel, user) of each sign of typing."""
        self.allowed_intents = PRIVILEGED
        """The privileged intents that the developer portal allows."""
        self.bot = self.add_user("Trunkline", bot=True)

    def real_time(self, moment: float) -> float:
        """Seconds since 1970 of a moment of the clock."""
        return moment + self._offset

    def new_id(self) -> int:
        """A snowflake: later ones are greater."""
        stamp = (int(self.real_time(self.now()) * 1000) - EPOCH_MS) << 22
        self._last_id = max(self._last_id + 1, stamp)
        return self._last_id

    def add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.new_id(), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User, *, tier: int = 0, with_bot: bool = True) -> Guild:
        guild = Guild(self.new_id(), name, owner.id, tier)
        guild.roles[guild.id] = Role(guild.id, "@everyone", USUAL)
        guild.members[owner.id] = set()
        if with_bot:
            guild.members[self.bot.id] = set()
        self.guilds[guild.id] = guild
        return guild

    def add_channel(self, guild: Guild, name: str, *, kind: int = TEXT, parent: int | None = None) -> Channel:
        channel = Channel(self.new_id(), kind, name, guild.id, parent)
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """The DM between the bot and a user, opened when first asked for."""
        for channel in self.channels.values():
            if channel.type == DM and user.id in channel.recipients:
                return channel
        opened = Channel(self.new_id(), DM, "", recipients=(user.id, self.bot.id))
        self.channels[opened.id] = opened
        return opened

    def history(self, channel_id: int) -> list[Message]:
        """The messages of a channel, the oldest first."""
        return [self.messages[key] for key in sorted(self.messages) if self.messages[key].channel_id == channel_id]

    def guild_of(self, channel: Channel) -> Guild | None:
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def permissions(self, user_id: int, channel: Channel) -> int:
        """What a user may do in a channel; threads take their parent's."""
        guild = self.guild_of(channel)
        if guild is None:
            return ALL if user_id in channel.recipients else 0
        if user_id not in guild.members:
            return 0
        held = guild.roles[guild.id].permissions
        for role in guild.members[user_id]:
            held |= guild.roles[role].permissions
        if user_id == guild.owner_id or held & Permission.ADMINISTRATOR:
            return ALL
        place = self.channels[channel.parent_id] if channel.is_thread and channel.parent_id else channel
        everyone = [place.overwrites[guild.id]] if guild.id in place.overwrites else []
        roles = [place.overwrites[role] for role in guild.members[user_id] if role in place.overwrites]
        own = [place.overwrites[user_id]] if user_id in place.overwrites else []
        for group in (everyone, roles, own):
            held = _apply(held, group)
        return held

    def may(self, user_id: int, channel: Channel, permission: int) -> bool:
        held = self.permissions(user_id, channel)
        if not held & Permission.VIEW_CHANNEL:
            return False
        if channel.type == PRIVATE_THREAD and user_id not in channel.members:
            return bool(held & Permission.MANAGE_THREADS)
        return held & permission == permission

    def channel(self, channel_id: int, *, permission: int = 0) -> Channel:
        """A channel in which the bot has a permission.

        Raises `Refused`: 10003 where there is none, 50001 where the bot does not see it, 50013 where it may not.
        """
        channel = self.channels.get(channel_id)
        if channel is None:
            raise errors.unknown_channel()
        if not self.may(self.bot.id, channel, Permission.VIEW_CHANNEL):
            raise errors.missing_access()
        if permission and not self.may(self.bot.id, channel, permission):
            raise errors.missing_permissions()
        return channel

    def message(self, channel_id: int, message_id: int) -> Message:
        """A message as the bot's token reaches it: an ephemeral one is unknown to it."""
        message = self.messages.get(message_id)
        if message is None or message.channel_id != channel_id or message.only_for is not None:
            raise errors.unknown_message()
        return message

    def sending(self, channel: Channel) -> int:
        """The permission that posting needs: threads have their own. reference: Gateway, "Threads"."""
        return Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES


def _apply(held: int, overwrites: Iterable[Overwrite]) -> int:
    allow = deny = 0
    for overwrite in overwrites:
        allow |= overwrite.allow
        deny |= overwrite.deny
    return held & ~deny | allow
