"""What exists in the fake Slack: workspaces, people, conversations, messages, and where apps are installed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fakes.changing import Changing
from fakes.slack.errors import Json, Refused

CHANNEL, GROUP, IM, MPIM = "channel", "group", "im", "mpim"
"""Kinds of conversation, by the names that `channel_type` has in events."""


@dataclass(eq=False)
class Team:
    """A workspace. After `edit_window` seconds a message cannot be edited any more, if its policy says so."""

    id: str
    name: str
    edit_window: float | None = None


@dataclass(eq=False)
class User:
    """A person, or the bot user of an app (`app_id`). `guest` is restricted to channels they are invited to."""

    id: str
    name: str
    team_id: str
    app_id: str = ""
    bot_id: str = ""
    guest: bool = False
    admin: bool = False
    deleted: bool = False
    tz: str = "Europe/London"

    @property
    def is_bot(self) -> bool:
        return bool(self.bot_id)


@dataclass(eq=False)
class File:
    """A file; it can be used once it is `processed`. `shares` are (channel, ts).

    `handed_to` are bots that were given it in a form.
    """

    id: str
    name: str
    team_id: str
    user_id: str
    content: bytes
    mimetype: str
    title: str = ""
    alt_text: str = ""
    subtype: str = ""
    seconds: float = 0.0
    snippet_type: str = ""
    processed: bool = False
    deleted: bool = False
    created: float = 0.0
    shares: list[tuple[str, str]] = field(default_factory=list)
    handed_to: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Task:
    """A card of a stream."""

    id: str
    title: str
    status: str
    details: str = ""
    output: str = ""
    sources: list[Json] = field(default_factory=list)


@dataclass(eq=False)
class Stream:
    """The live state of a streamed message.

    `parts` are texts, cards and lists of blocks, in the order in which they first came. `state` is "streaming",
    "stopped" (by the app) or "halted" (by the Stop button); a stream that lived too long is found out by its age.
    """

    ends_at: float
    mode: str
    display: str
    recipient: str
    state: str = "streaming"
    plan: str = ""
    parts: list[str | Task | list[Json]] = field(default_factory=list)
    first: list[str | Task | list[Json]] = field(default_factory=list)
    """What bystanders see of it while it runs."""
    full: bool = False
    appends: int = 0

    @property
    def tasks(self) -> list[Task]:
        return [part for part in self.parts if isinstance(part, Task)]

    @property
    def text(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))


@dataclass(eq=False)
class Message:
    """A message. `only_for` is the one person who sees it when it is ephemeral."""

    ts: str
    channel_id: str
    user_id: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    thread_ts: str = ""
    """The root's `ts` for a reply, empty for what stands in the conversation itself."""
    subtype: str = ""
    app_id: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    broadcast: bool = False
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited_ts: str = ""
    edits: int = 0
    only_for: str = ""
    stream: Stream | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    posted_at: float = 0.0

    @property
    def root_ts(self) -> str:
        """The thread it stands in, or opens."""
        return self.thread_ts or self.ts


@dataclass(eq=False)
class Channel:
    """A conversation. `teams` has more than one in Slack Connect."""

    id: str
    kind: str
    name: str
    teams: list[str]
    members: list[str] = field(default_factory=list)
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        return self.kind != CHANNEL


@dataclass(eq=False)
class Install:
    """An app in a workspace. `tokens` has each bot token that works, with its end if tokens rotate."""

    app_id: str
    team_id: str
    bot: User
    scopes: tuple[str, ...]
    installer: str = ""
    tokens: dict[str, float | None] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    active: bool = True

    @property
    def token(self) -> str:
        """The newest bot token, empty if none works any more."""
        return next(reversed(self.tokens), "")


class World(Changing):
    """Everything that exists. `now` is the clock, in seconds; `ts` and ids keep to real time whatever it says."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self.now = now
        self._offset = time.time() - now()
        self._numbers = itertools.count(1)
        self._last_micro = 0
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Message] = []
        self.files: dict[str, File] = {}

    def real_time(self) -> float:
        """Seconds since 1970 of this moment; what is signed and stamped goes by it."""
        return self.now() + self._offset

    def new_id(self, letter: str) -> str:
        """An id such as Slack's: a letter for its kind, then figures and capitals."""
        return f"{letter}0{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """A timestamp that no message has; later ones are greater."""
        self._last_micro = max(self._last_micro + 1, int(self.real_time() * 1_000_000))
        return f"{self._last_micro // 1_000_000}.{self._last_micro % 1_000_000:06d}"

    def add_user(self, team: Team, name: str, **more: str | bool) -> User:
        user = User(self.new_id("U"), name, team.id)
        for key, value in more.items():
            setattr(user, key, value)
        self.users[user.id] = user
        return user

    def add_channel(self, team: Team, kind: str, name: str, members: Iterable[User]) -> Channel:
        letter = {CHANNEL: "C", GROUP: "C", IM: "D", MPIM: "G"}[kind]
        channel = Channel(self.new_id(letter), kind, name, [team.id], [each.id for each in members])
        self.channels[channel.id] = channel
        return channel

    def direct(self, team: Team, members: list[User]) -> Channel:
        """The DM of two, or of several, opened when first asked for."""
        wanted = {each.id for each in members}
        kind = IM if len(wanted) == 2 else MPIM
        for channel in self.channels.values():
            if channel.kind == kind and team.id in channel.teams and set(channel.members) == wanted:
                return channel
        return self.add_channel(team, kind, "" if kind == IM else "mpdm-" + "--".join(sorted(wanted)), members)

    def history(self, channel: Channel) -> list[Message]:
        """All messages of a conversation, replies too, the oldest first."""
        return [channel.messages[ts] for ts in sorted(channel.messages, key=_moment)]

    def thread(self, channel: Channel, root: str) -> list[Message]:
        """A thread with its root, the oldest first."""
        return [each for each in self.history(channel) if each.root_ts == root]

    def find_root(self, channel: Channel, thread_ts: str) -> str:
        """The root of the thread that a `thread_ts` names; a reply's own `ts` names its thread."""
        found = channel.messages.get(thread_ts)
        if found is None:
            raise Refused("thread_not_found")
        return found.root_ts

    def add(self, message: Message) -> Message:
        """A message comes to stand in its conversation, or, if ephemeral, in one person's sight."""
        if message.only_for:
            self.ephemerals.append(message)
        else:
            self.channels[message.channel_id].messages[message.ts] = message
            for file in message.files:
                file.shares.append((message.channel_id, message.ts))
        self.changed()
        return message

    def can_see(self, user_id: str, file: File) -> bool:
        """Whether a user owns a file, was given it, or is where it is shared."""
        if file.user_id == user_id or user_id in file.handed_to:
            return True
        return any(user_id in self.channels[channel].members for channel, _ in file.shares)


def _moment(ts: str) -> tuple[int, int]:
    whole, _, part = ts.partition(".")
    return int(whole), int(part or 0)


def before(left: str, right: str) -> bool:
    """Whether a `ts` is earlier than another."""
    return _moment(left) < _moment(right)
