"""How Discord writes what exists as JSON, for REST answers, gateway events and interactions alike."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from fakes.discord.cdn import Cdn
from fakes.discord.errors import Json
from fakes.discord.world import (
    STAGE,
    VOICE,
    Attachment,
    Channel,
    Guild,
    Message,
    Role,
    User,
    VoiceState,
    World,
)


class Payloads:
    """Writes the objects of a world. Attachment addresses are signed anew each time, as Discord's are."""

    def __init__(self, world: World, cdn: Cdn) -> None:
        self.tells_nonces = True
        """A message tells the nonce that it was made under. False: as once Discord has forgotten it."""
        self._world = world
        self._cdn = cdn

    def time(self, moment: float) -> str:
        return datetime.fromtimestamp(self._world.real_time(moment), UTC).isoformat()

    def user(self, user: User) -> Json:
        return {
            "id": str(user.id),
            "username": user.name,
            "discriminator": "0",
            "global_name": None if user.bot else user.name.title(),
            "avatar": None,
            "bot": user.bot,
            "public_flags": 0,
        }

    def member(self, guild: Guild, user: User, *, bare: bool = False) -> Json:
        """A member; `bare` leaves the user out, as beside a message's author."""
        roles = guild.members.get(user.id, set())
        member: Json = {
            "roles": [str(role) for role in sorted(roles)],
            "nick": None,
            "avatar": None,
            "joined_at": self.time(0),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        return member if bare else member | {"user": self.user(user)}

    def role(self, role: Role) -> Json:
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(role.permissions),
            "position": 0 if role.name == "@everyone" else 1,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": True,
            "flags": 0,
        }

    def channel(self, channel: Channel) -> Json:
        written: Json = {"id": str(channel.id), "type": channel.type, "flags": 0, "last_message_id": None}
        if channel.guild_id is None:
            others = [self._world.users[key] for key in channel.recipients if key != self._world.bot.id]
            return written | {"recipients": [self.user(user) for user in others]}
        written |= {
            "guild_id": str(channel.guild_id),
            "name": channel.name,
            "parent_id": str(channel.parent_id) if channel.parent_id else None,
            "rate_limit_per_user": 0,
        }
        return written | (self._thread(channel) if channel.is_thread else self._text_channel(channel))

    def _text_channel(self, channel: Channel) -> Json:
        voice: Json = {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        return (voice if channel.type in (VOICE, STAGE) else {}) | {
            "position": 0,
            "topic": None,
            "nsfw": False,
            "permission_overwrites": [
                {"id": str(o.id), "type": int(o.member), "allow": str(o.allow), "deny": str(o.deny)}
                for o in channel.overwrites.values()
            ],
        }

    def _thread(self, channel: Channel) -> Json:
        return {
            "owner_id": str(channel.owner_id),
            "message_count": len(self._world.history(channel.id)),
            "member_count": len(channel.members),
            "total_message_sent": len(self._world.history(channel.id)),
            "thread_metadata": {
                "archived": channel.archived,
                "locked": channel.locked,
                "auto_archive_duration": channel.auto_archive,
                "archive_timestamp": self.time(0),
                "create_timestamp": self.time(0),
            },
        }

    def guild(self, guild: Guild, *, everybody: bool) -> Json:
        """A GUILD_CREATE; without the members' intent the bot and who is in voice channels are listed."""
        world = self._world
        channels = [channel for channel in world.channels.values() if channel.guild_id == guild.id]
        shown = {world.bot.id} | {key for home, key in world.voice_states if home == guild.id}
        listed = [key for key in guild.members if everybody or key in shown]
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "premium_tier": guild.tier,
            "premium_subscription_count": 0,
            "roles": [self.role(role) for role in guild.roles.values()],
            "channels": [self._listed(channel) for channel in channels if not channel.is_thread],
            "threads": [
                self._listed(channel) for channel in channels if channel.is_thread and not channel.archived
            ],
            "members": [self.member(guild, world.users[key]) for key in listed],
            "member_count": len(guild.members),
            "large": False,
            "unavailable": False,
            "joined_at": self.time(0),
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "system_channel_flags": 0,
            "afk_timeout": 300,
            "features": [],
            "emojis": [],
            "stickers": [],
            "voice_states": [
                self.voice_state(state) for key, state in world.voice_states.items() if key[0] == guild.id
            ],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def voice_state(self, state: VoiceState) -> Json:
        """As GUILD_CREATE lists it; an event adds guild and member."""
        return {
            "channel_id": None if state.channel_id is None else str(state.channel_id),
            "user_id": str(state.user_id),
            "session_id": state.session_id,
            "self_mute": state.self_mute,
            "self_deaf": state.self_deaf,
            "mute": state.mute,
            "deaf": state.deaf,
            "suppress": state.suppress,
            "self_video": False,
            "request_to_speak_timestamp": None,
        }

    def _listed(self, channel: Channel) -> Json:
        """A channel with its newest message, as a guild is told of it."""
        newest = max((one.id for one in self._world.messages.values() if one.channel_id == channel.id), default=0)
        return self.channel(channel) | {"last_message_id": str(newest) if newest else None}

    def attachment(self, channel_id: int, attachment: Attachment) -> Json:
        url = self._cdn.sign(channel_id, attachment)
        written: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": len(attachment.content),
            "url": url,
            "proxy_url": url,
            "content_type": attachment.content_type,
        }
        optional = {
            "description": attachment.description,
            "duration_secs": attachment.duration,
            "waveform": attachment.waveform,
        }
        return written | {key: value for key, value in optional.items() if value is not None}

    def message(self, message: Message, *, gateway: bool = False, deep: bool = True) -> Json:
        """A message whole, as its author sees it; `gateway` adds the guild and the member."""
        world = self._world
        author = world.users[message.author_id]
        channel = world.channels.get(message.channel_id)
        written: Json = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": message.type,
            "author": self.user(author),
            "content": message.content,
            "timestamp": self.time(message.posted_at),
            "edited_timestamp": None if message.edited_at is None else self.time(message.edited_at),
            "tts": False,
            "pinned": False,
            "flags": message.flags,
            "embeds": copy.deepcopy(message.embeds),
            "attachments": [self.attachment(message.channel_id, each) for each in message.attachments],
            "components": [self._component(message, each) for each in copy.deepcopy(message.components)],
            "mentions": [self.user(world.users[key]) for key in message.mentions],
            "mention_roles": [str(role) for role in message.mention_roles],
            "mention_everyone": message.mention_everyone,
            "reactions": [self._reaction(emoji, users) for emoji, users in message.reactions.items()],
            "sticker_items": message.stickers,
        }
        written |= self._origins(message)
        if deep and message.reply_to is not None:
            replied = world.messages.get(message.reply_to)
            written["referenced_message"] = None if replied is None else self.message(replied, deep=False)
        if gateway and channel is not None and channel.guild_id is not None:
            guild = world.guilds[channel.guild_id]
            written |= {"guild_id": str(guild.id), "member": self.member(guild, author, bare=True)}
        return written

    def _origins(self, message: Message) -> Json:
        """Where a message comes from: a reply, a forward, an interaction, a nonce, and its thread."""
        written: Json = {}
        if message.nonce is not None and self.tells_nonces:
            written["nonce"] = message.nonce
        if message.reply_to is not None:
            written["message_reference"] = self._reference(0, message.channel_id, message.reply_to)
        if message.forwarded_from is not None:
            written["message_reference"] = self._reference(1, *message.forwarded_from)
            written["message_snapshots"] = message.snapshots
        if message.webhook:
            written |= {"webhook_id": str(self._world.bot.id), "application_id": str(self._world.bot.id)}
        if message.interaction is not None:
            written["interaction_metadata"] = message.interaction
        if message.thread_id in self._world.channels and message.thread_id is not None:
            written["thread"] = self.channel(self._world.channels[message.thread_id])
        return written

    def _reference(self, kind: int, channel_id: int, message_id: int) -> Json:
        return {"type": kind, "channel_id": str(channel_id), "message_id": str(message_id)}

    def emoji(self, emoji: str) -> Json:
        name, _, key = emoji.partition(":")
        return {"name": name, "id": key or None}

    def _reaction(self, emoji: str, users: list[int]) -> Json:
        return {
            "emoji": self.emoji(emoji),
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "me": self._world.bot.id in users,
            "me_burst": False,
            "burst_colors": [],
        }

    def _component(self, message: Message, component: Json) -> Json:
        """Put the signed address where a component names a file of the message."""
        urls = {each.filename: self._cdn.sign(message.channel_id, each) for each in message.attachments}

        def resolve(value: Any) -> Any:
            if isinstance(value, list):
                return [resolve(each) for each in value]
            if not isinstance(value, dict):
                return value
            url = value.get("url")
            if isinstance(url, str) and url.startswith("attachment://"):
                value = value | {"url": urls.get(url.removeprefix("attachment://"), url)}
                value["proxy_url"] = value["url"]
            return {key: resolve(each) for key, each in value.items()}

        resolved: Json = resolve(component)
        return resolved
