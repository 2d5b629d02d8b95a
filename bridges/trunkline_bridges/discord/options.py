"""The settings of the Discord bridge: the table `[discord]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, SecretStr, field_validator

from trunkline.options import DRAWN, BridgeOptions

Ids: TypeAlias = tuple[str, ...]
_SHARDS = re.compile(r"(\d+)(?:-(\d+))?/(\d+)")


class DiscordOptions(BridgeOptions):
    """`[discord]`: a bot in servers, threads and direct messages. Ids are those that Developer Mode copies."""

    token: Annotated[SecretStr, Field(description="The bot's token; better as DISCORD_TOKEN.")] = SecretStr("")
    # Where it talks
    channels: Annotated[Ids, Field(description="Channels where every message is meant for the bot.")] = ()
    mentions: Annotated[bool, Field(description="Answer where the bot is mentioned or replied to.")] = True
    direct_messages: Annotated[bool, Field(description="Answer direct messages.")] = True
    thread: Annotated[
        Literal["never", "per_mention", "always"],
        Field(description="Open a thread for an answer in a channel: for each mention, or for every message."),
    ] = "never"
    history: Annotated[
        Literal["thread", "channel", "user"],
        Field(
            description="Who shares a history: a channel and each of its threads; a channel with its threads;"
            " or each person in each channel and thread for themselves."
        ),
    ] = "thread"
    allow_roles: Annotated[Ids, Field(description="Only people with one of these roles; empty: everyone.")] = ()
    block_roles: Annotated[Ids, Field(description="Never people with one of these roles.")] = ()
    allow_categories: Annotated[Ids, Field(description="Only channels of these categories.")] = ()
    block_categories: Annotated[Ids, Field(description="Never channels of these categories.")] = ()
    bots: Annotated[Ids, Field(description="Other bots that are answered.")] = ()
    apps: Annotated[tuple[str, ...], Field(description="Further apps that /app chooses among.")] = ()
    channel_apps: Annotated[
        Mapping[str, str], Field(description="The app of a channel: channel id to the app's name.")
    ] = Field(default_factory=dict)
    continuation_seconds: Annotated[
        float, Field(ge=0, description="How long a very long message waits for its other half; 0: not at all.")
    ] = 1.5
    # How it answers
    thoughts: Annotated[
        Literal["full", "summary", "hidden"],
        Field(description="How much is shown of an app's thoughts.", json_schema_extra=DRAWN),
    ] = "summary"
    pressing: Annotated[
        Literal["asker", "anyone"], Field(description="Who may press options, Retry and Undo, and stop a reply.")
    ] = "asker"
    components_v2: Annotated[
        bool, Field(description="Use the newer message layout for galleries and panels; else plain messages.")
    ] = True
    fresh_final_seconds: Annotated[
        float,
        Field(ge=0, description="Replies that took longer end as a new message, so that people are notified."),
    ] = 20.0
    notify: Annotated[bool, Field(description="Such a new message notifies the one who asked.")] = True
    max_posts: Annotated[
        int, Field(ge=1, le=50, description="Messages of one reply; the whole text is attached when it is longer.")
    ] = 10
    greeting: Annotated[bool, Field(description="Say hello, with examples, in servers that add the bot.")] = True
    file_bytes: Annotated[int, Field(ge=1, description="Largest file taken from a person.")] = 100 * 1024 * 1024
    # Voice channels
    voice: Annotated[
        bool, Field(description="Talk in voice channels, which people ask for by /join. Needs the extra voice.")
    ] = False
    voice_join: Annotated[
        Literal["everyone", "moderators", "roles"],
        Field(description="Who may call the bot into a voice channel; moderators always may."),
    ] = "everyone"
    voice_roles: Annotated[Ids, Field(description='The roles that may, with voice_join = "roles".')] = ()
    voice_channels: Annotated[
        Ids, Field(description="Voice channels that the bot joins by itself once somebody is in them.")
    ] = ()
    voice_leave_seconds: Annotated[
        float, Field(ge=0, description="The bot leaves a voice channel in which nobody was for so long.")
    ] = 60.0
    voice_consent: Annotated[
        Literal["call", "kept"],
        Field(
            description="How long it holds that somebody agreed to be listened to: until they hang up,"
            " or until they take it back."
        ),
    ] = "call"
    # How it is connected
    message_content: Annotated[
        Literal["auto", "never"],
        Field(description="Read messages that do not mention the bot, where the developer portal allows it."),
    ] = "auto"
    shards: Annotated[
        str, Field(description='The shards of this process, as in "0-7/32"; empty: as many as Discord advises.')
    ] = ""
    api_url: Annotated[
        str, Field(description="Address of the REST interface, for proxies; empty: Discord's own.")
    ] = ""
    gateway_url: Annotated[str, Field(description="Address of the gateway; empty: Discord's own.")] = ""
    cdn_url: Annotated[str, Field(description="Address of avatars and stickers; empty: Discord's own.")] = ""
    proxy: Annotated[str, Field(description="HTTP proxy for all of it, such as http://proxy:3128.")] = ""

    @field_validator("shards")
    @classmethod
    def _shards(cls, value: str) -> str:
        if value:
            shard_range(value)
        return value

    @field_validator("api_url", "gateway_url", "cdn_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return value.rstrip("/")


def shard_range(text: str) -> tuple[range, int]:
    """The shards that "0-7/32" or "3/32" names, and how many there are in all; `ValueError` for other text."""
    found = _SHARDS.fullmatch(text.strip())
    if found is not None:
        first, total = int(found[1]), int(found[3])
        last = int(found[2]) if found[2] else first
        if first <= last < total:
            return range(first, last + 1), total
    raise ValueError(f'{text!r} must be FIRST-LAST/ALL, counted from 0, as in "0-7/32"')
