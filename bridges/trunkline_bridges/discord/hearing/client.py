"""The connection to Discord: discord.py's client as it is, kept alive, its events handed on at once."""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from collections.abc import Iterable
from typing import Any, Final

import discord
from discord.gateway import DiscordWebSocket
from yarl import URL

from trunkline.errors import PlatformError, SettingsError, TrunklineError
from trunkline.pacing import backoff
from trunkline.telemetry import causes, log
from trunkline.words import words

from ..acting import commands, controls
from ..desk import Desk
from ..facts import Member
from ..options import DiscordOptions, shard_range
from ..sending.rest import API
from .catching_up import CatchingUp
from .changes import Changes, Reaction
from .channels import Channels
from .intake import Intake
from .reading import is_spoken, member_of, spot_of, written

GATEWAY: Final = "wss://gateway.discord.gg/"
CDN: Final = "https://cdn.discordapp.com"
_CONTENT_FLAGS: Final = 1 << 18 | 1 << 19
"""Flags of an application that may read messages: granted by Discord, and to one too small to need that."""
_IDENTIFY_SECONDS: Final = 5.0
_HEALTHY_SECONDS: Final = 60.0
"""After so long a connection counts as one that held."""
_LOST_FOR_GOOD: Final = frozenset({4010, 4011, 4012, 4013})
_BAD_TOKEN: Final = 4004
_NO_INTENT: Final = "messages that do not mention the bot cannot be read: switch on the Message Content Intent"


async def receive(desk: Desk, token: str) -> None:
    """Hear what happens on Discord until cancelled.

    `SettingsError` when the token, the shards or an address are wrong; everything else is tried again.
    """
    if not token:
        raise SettingsError("There is no token for Discord: set DISCORD_TOKEN to the bot's token.")
    point_library(desk.options)
    hearing = Hearing(desk)
    try:
        await hearing.run(token)
    finally:
        await hearing.intake.lanes.close()


class Hearing:
    """Begins connections one after another; what was missed between them is read."""

    def __init__(self, desk: Desk) -> None:
        self.channels = Channels(desk)
        self.intake = Intake(desk, self.channels)
        self.changes = Changes(desk, self.intake, self.channels)
        self.catching_up = CatchingUp(desk, self.intake, self.channels)
        self.desk = desk

    async def run(self, token: str) -> None:
        desk, failures = self.desk, 0
        content = desk.options.message_content == "auto"
        while True:
            began = desk.clock.now()
            error = await self._connection(token, content)
            if isinstance(error, discord.PrivilegedIntentsRequired) and content:
                log.warning("discord refused an intent", what=_NO_INTENT)
                content = False
                continue
            _raise_if_final(error)
            failures = 0 if desk.clock.now() - began > _HEALTHY_SECONDS else failures + 1
            reason = error.user_message if isinstance(error, TrunklineError) else ""
            told = causes(error) if error is not None else []
            log.warning("discord connection ended", errors=told, reason=reason, failures=failures)
            await desk.clock.sleep(backoff(failures, random.random, limit=60.0))

    async def _connection(self, token: str, content: bool) -> BaseException | None:
        """One client from its login to its end; what ended it."""
        running = asyncio.create_task(self._client_life(token, content), name="discord client")
        try:
            await asyncio.wait({running})
        finally:
            running.cancel()
            await asyncio.wait({running})
        return None if running.cancelled() else running.exception()

    async def _client_life(self, token: str, content: bool) -> None:
        desk = self.desk
        application = await desk.rest.call("GET", "/applications/@me", patient=True)
        desk.application = str(application["id"])
        granted = bool(int(application.get("flags") or 0) & _CONTENT_FLAGS)
        desk.readable = content and granted
        if content and not granted:
            log.warning("discord refused an intent", what=_NO_INTENT)
        async with Client(self, await self._shards()) as client:
            self.channels.client = client
            await client.start(token)

    async def _shards(self) -> tuple[list[int] | None, int | None]:
        """The shards of this process and how many there are; (None, None) where the library is to ask."""
        options = self.desk.options
        if options.shards:
            own, total = shard_range(options.shards)
            return list(own), total
        if options.gateway_url:
            # The library would connect to the address that this answer names.
            advised = await self.desk.rest.call("GET", "/gateway/bot", patient=True)
            return None, int(advised["shards"])
        return None, None


class Client(discord.AutoShardedClient):
    """Hands events on. Keeps no messages and no members: what is remembered follows what is at work."""

    def __init__(self, hearing: Hearing, shards: tuple[list[int] | None, int | None]) -> None:
        desk = hearing.desk
        calls = desk.options.voice
        intents = discord.Intents(
            guilds=True, messages=True, reactions=True, message_content=desk.readable, voice_states=calls
        )
        own, total = shards
        known: Any = {"shard_ids": own} if own is not None else {}
        super().__init__(
            intents=intents,
            shard_count=total,
            proxy=desk.options.proxy or None,
            max_messages=None,
            # Who is in a voice channel, Discord tells once.
            member_cache_flags=discord.MemberCacheFlags.from_intents(intents),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            **known,
        )
        self._hearing = hearing
        self._desk = desk

    async def setup_hook(self) -> None:
        assert self.user is not None, "known after the login"
        self._desk.bot = str(self.user.id)
        if self._desk.rooms is not None:
            self._desk.rooms.client = self
        await commands.install(self, self._desk)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """As in the library, by the service's clock."""
        if not initial:
            await self._desk.clock.sleep(_IDENTIFY_SECONDS)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """The library would print what people wrote with the traceback."""
        error = sys.exception()
        log.error("discord event failed", discord_event=event_method, errors=causes(error) if error else [])

    # Sessions

    async def on_shard_connect(self, shard_id: int) -> None:
        log.info("discord connected", shard=shard_id)
        self._hearing.catching_up.begin(shard_id, self.shard_count or 1, self._guilds_of(shard_id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        if self._is_current:
            self._hearing.catching_up.available(guild.shard_id, str(guild.id), _newest_messages(guild))
            if self._desk.rooms is not None:
                self._desk.rooms.available(guild)

    async def on_shard_ready(self, shard_id: int) -> None:
        if self._is_current:
            self._hearing.catching_up.ready(shard_id, self.shard_count or 1)

    async def on_shard_resumed(self, shard_id: int) -> None:
        log.info("discord resumed", shard=shard_id)

    @property
    def _is_current(self) -> bool:
        """A client that ended may still have something to say of its session."""
        return self._hearing.channels.client is self

    def _guilds_of(self, shard_id: int) -> Iterable[str]:
        return [str(guild.id) for guild in self.guilds if guild.shard_id == shard_id]

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        shard = message.guild.shard_id if message.guild is not None else 0
        self._hearing.catching_up.heard(shard, message.created_at.timestamp())
        if is_spoken(message) and message.author != self.user:
            self._hearing.intake.hear(written(message, self._desk.bot, readable=self._desk.readable))

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        message = payload.message
        if is_spoken(message) and message.author != self.user:
            self._hearing.changes.edited(written(message, self._desk.bot, readable=self._desk.readable))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self._deleted(payload.channel_id, payload.guild_id, (payload.message_id,))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        self._deleted(payload.channel_id, payload.guild_id, sorted(payload.message_ids))

    def _deleted(self, channel: int, guild: int | None, messages: Iterable[int]) -> None:
        spot = self._hearing.channels.spot(str(channel), str(guild or ""))
        self._hearing.changes.deleted(spot, [str(message) for message in messages])

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self._reacted(payload, added=True)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        self._reacted(payload, added=False)

    def _reacted(self, payload: discord.RawReactionActionEvent, *, added: bool) -> None:
        if payload.emoji.id is not None:
            return
        spot = self._hearing.channels.spot(str(payload.channel_id), str(payload.guild_id or ""))
        channel = self.get_channel(payload.channel_id)
        member = member_of(payload.member, channel) if payload.member else Member(str(payload.user_id))
        author = str(payload.message_author_id or "")
        self._hearing.changes.reacted(
            Reaction(spot, str(payload.message_id), member, payload.emoji.name or "", added, author)
        )

    # Voice channels

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        if self._desk.rooms is not None and self._is_current:
            was, now = (str(state.channel.id) if state.channel is not None else "" for state in (before, after))
            self._desk.rooms.changed(member, was, now)

    # Interactions and servers

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Commands and controls the library hands on by itself; what it leaves is told apart there."""
        await controls.on_interaction(interaction, self._desk)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        options = self._desk.options
        key = str(guild.id)
        unwanted = key in options.block_teams or (bool(options.allow_teams) and key not in options.allow_teams)
        channel = _first_writable(guild)
        if not options.greeting or unwanted or channel is None:
            return
        await self._hearing.intake.greet_server(spot_of(channel, guild, self._desk.bot))


def _newest_messages(guild: discord.Guild) -> dict[str, int]:
    """The newest message of each channel and thread that the bot may read."""
    found: dict[str, int] = {}
    homes: list[tuple[discord.TextChannel | discord.VoiceChannel | discord.Thread, Any]] = []
    homes += [(channel, channel) for channel in guild.text_channels]
    homes += [(channel, channel) for channel in guild.voice_channels]
    homes += [(thread, thread.parent) for thread in guild.threads]
    for one, home in homes:
        if one.last_message_id and home is not None:
            rights = home.permissions_for(guild.me)
            if rights.view_channel and rights.read_message_history:
                found[str(one.id)] = one.last_message_id
    return found


def _first_writable(guild: discord.Guild) -> discord.TextChannel | None:
    """The channel for notices, else the first one in which the bot may write."""
    for channel in (guild.system_channel, *guild.text_channels):
        if channel is not None:
            rights = channel.permissions_for(guild.me)
            if rights.view_channel and rights.send_messages:
                return channel
    return None


def point_library(options: DiscordOptions) -> None:
    """Set the library's addresses, which are the same for all clients of a process."""
    discord.http.Route.BASE = options.api_url or API
    DiscordWebSocket.DEFAULT_GATEWAY = URL(options.gateway_url or GATEWAY)
    discord.asset.Asset.BASE = options.cdn_url or CDN
    # Its lines hold addresses with tokens, and what people wrote.
    logging.getLogger("discord").setLevel(logging.CRITICAL)


def _raise_if_final(error: BaseException | None) -> None:
    """What no second try mends ends the bridge, with what to do about it."""
    if isinstance(error, TrunklineError) and not error.retryable and not isinstance(error, PlatformError):
        raise error
    code = error.code if isinstance(error, discord.ConnectionClosed) else 0
    bad_token = words("discord_token")
    refused = isinstance(error, PlatformError) and error.user_message == bad_token
    if refused or isinstance(error, discord.LoginFailure) or code == _BAD_TOKEN:
        raise SettingsError(bad_token) from error
    if code in _LOST_FOR_GOOD:
        raise SettingsError(words("discord_closed_for_good", code=code)) from error
