"""What happened on Discord, as plain values: `reading.py` takes them out of discord.py's objects. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trunkline.inbound import Place
from trunkline.messages import Json, Speaker

from .limits import UPLOAD
from .options import DiscordOptions

PLATFORM: Final = "discord"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happened."""

    channel: str
    """The channel that messages go to; a thread is one of its own."""
    parent: str = ""
    """The channel that a thread belongs to."""
    guild: str = ""
    """"" in direct messages."""
    category: str = ""
    private: bool = False
    """A direct message, with one person or several."""
    own_thread: bool = False
    """A thread that the bot opened."""
    foreign: bool = False
    """The bot is no member: only the tokens of interactions reach this channel."""
    upload_limit: int = UPLOAD


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody, as they are known where it happened."""

    id: str
    name: str = ""
    bot: bool = False
    roles: frozenset[str] = frozenset()
    moderator: bool = False
    """They may manage the messages of others there."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message, still on Discord's side."""

    url: str
    name: str
    mime: str = ""
    size: int = 0
    """Bytes."""
    alt: str = ""
    voice: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Written:
    """A message of a person. `text` has names in place of mentions, and not the mention of the bot."""

    id: str
    spot: Spot
    author: Member
    at: float
    text: str = ""
    files: tuple[Attached, ...] = ()
    mentions_bot: bool = False
    replies_to_bot: bool = False
    edited_at: float = 0.0
    readable: bool = True
    """False where Discord withholds the content, for want of the intent."""
    length: int = 0
    """Characters as they were sent, mentions and all: a client splits what is longer than it may be."""


def place_of(options: DiscordOptions, spot: Spot, user: str, app: str) -> Place:
    """The place of a spot, by the setting of who shares a history."""
    scope = options.history
    # In a group message, which only commands reach, there are others as in a channel.
    several = not spot.private or spot.foreign
    return Place(
        platform=PLATFORM,
        app=app,
        team=spot.guild,
        channel=spot.parent or spot.channel,
        thread=spot.channel if spot.parent and scope != "channel" else "",
        user=user if scope == "user" and several else "",
    )


def speaker_of(member: Member) -> Speaker:
    """Who said it. People are the same ones in every server."""
    return Speaker(PLATFORM, member.id, member.name)


def target_of(
    spot: Spot,
    asker: str,
    at: float,
    *,
    reply_to: str = "",
    newest: str = "",
    asked: str = "",
    token: str = "",
    until: float = 0.0,
    original: bool = False,
) -> dict[str, Json]:
    """Where a turn is answered: what the bridge keeps with it.

    `reply_to` is the message that the first post refers to, `newest` the last message that the turn was made of.
    `asked` is a line of Markdown for what nobody else sees (an option that was chosen, the question of a
    command). `token` is an interaction's, good until `until` (seconds since the epoch); with `original` its
    deferred answer becomes the first post.
    """
    target: dict[str, Json] = {
        "channel": spot.channel,
        "guild": spot.guild,
        "asker": asker,
        "at": at,
        "upload_limit": spot.upload_limit,
    }
    further: Mapping[str, Json] = {
        "foreign": spot.foreign,
        "reply_to": reply_to,
        "newest": newest,
        "asked": asked,
        "token": token,
        "until": until,
        "original": original,
    }
    return target | {name: value for name, value in further.items() if value}
