"""discord.py's objects → plain values (`facts.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias, cast

import discord

from trunkline.telemetry import causes, log
from trunkline.words import words

from ..facts import Attached, Member, Spot, Written
from ..limits import UPLOAD

Channel: TypeAlias = (
    "discord.abc.MessageableChannel | discord.abc.GuildChannel | discord.abc.PrivateChannel | None"
)
Person: TypeAlias = "discord.User | discord.Member"

# Code stands first: what looks like a mention in it is none.
_MENTION: Final = re.compile(
    r"(?P<code>```.*?```|``.+?``|`[^`\n]+`)"
    r"|<(?P<sign>@!?|@&|#)(?P<id>\d{15,20})>"
    r"|<a?:(?P<emoji>\w{2,32}):\d{15,20}>"
    r"|</(?P<command>[^:<>\n]{1,100}):\d{15,20}>",
    re.DOTALL,
)
_TO_US: Final = "\0"
"""Where the bot was mentioned, until it is taken out; Discord lets nobody send it."""
_ADDRESS: Final = re.compile(r"^\0[ \t]*[,:]?[ \t]*|[ \t]*\0", re.MULTILINE)
_PICTURES: Final = {
    discord.StickerFormatType.png: "image/png",
    discord.StickerFormatType.apng: "image/png",
    discord.StickerFormatType.gif: "image/gif",
}
_SPOKEN: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})
_THREADS: Final = frozenset({10, 11, 12})


def is_spoken(message: discord.Message) -> bool:
    """Somebody wrote it: it is no notice of Discord's, no webhook's, no answer to an interaction."""
    return message.type in _SPOKEN and message.webhook_id is None and not message.author.system


def written(message: discord.Message, bot_id: str, *, readable: bool = True) -> Written:
    """A message as plain values. `readable`: the bot has the intent to read what does not mention it."""
    bot = int(bot_id or 0)
    spot = spot_of(message.channel, message.guild, bot_id)
    roles = frozenset(role.id for role in message.role_mentions if _is_role_of(role, bot))
    to_us = roles | ({bot} if any(user.id == bot for user in message.mentions) else set())
    text, mentioned = _named(message.content, message, to_us)
    quoted = [_quoted(snapshot, message) for snapshot in message.message_snapshots]
    stickers = [*message.stickers, *(item for one in message.message_snapshots for item in one.stickers)]
    attachments = [*message.attachments, *(file for one in message.message_snapshots for file in one.attachments)]
    drawn = [words("discord_sticker", name=item.name) for item in stickers if item.format not in _PICTURES]
    files = (
        *(attached(file) for file in attachments),
        *(_picture(item) for item in stickers if item.format in _PICTURES),
    )
    holds = bool(message.content or files or stickers or message.message_snapshots)
    return Written(
        id=str(message.id),
        spot=spot,
        author=member_of(message.author, message.channel),
        at=message.created_at.timestamp(),
        text="\n\n".join(part for part in (text, *quoted, *drawn, _asked(message.poll)) if part),
        files=files,
        mentions_bot=mentioned,
        replies_to_bot=_replies_to(message, bot),
        edited_at=message.edited_at.timestamp() if message.edited_at is not None else 0.0,
        readable=readable or holds or spot.private or message.author.id == bot,
        length=len(message.content),
    )


def attached(file: discord.Attachment) -> Attached:
    """A file of a message or of an interaction."""
    return Attached(
        url=file.url,
        name=file.filename,
        mime=(file.content_type or "").partition(";")[0].strip().lower(),
        size=file.size,
        alt=file.description or "",
        voice=file.is_voice_message(),
        seconds=file.duration or 0.0,
    )


def spot_of(channel: Channel, guild: discord.Guild | None, bot_id: str = "", *, foreign: bool = False) -> Spot:
    """Where a channel is. Of one that is not known yet nothing but its id and server is said."""
    guild_id = guild.id if guild is not None else getattr(channel, "guild_id", None)
    known = Spot(
        channel=str(channel.id) if channel is not None else "",
        guild=str(guild_id or ""),
        private=guild_id is None,
        foreign=foreign,
        upload_limit=guild.filesize_limit if guild is not None else UPLOAD,
    )
    if isinstance(channel, discord.Thread):
        return _in_thread(known, channel.parent_id, str(channel.owner_id) == bot_id, channel.parent)
    category = getattr(channel, "category_id", None)
    return replace(known, category=str(category or ""))


def spot_of_interaction(interaction: discord.Interaction[Any]) -> Spot:
    """Where somebody used a command or a control; `foreign` where only they, and not the server, installed us."""
    channel, guild = interaction.channel, interaction.guild
    bot_id = str(interaction.client.user.id) if interaction.client.user is not None else ""
    ours = interaction.context.dm_channel if interaction.guild_id is None else interaction.is_guild_integration()
    unsaid = interaction.guild_id is None and not interaction.context.private_channel
    spot = spot_of(channel, guild, bot_id, foreign=not (ours or unsaid))
    return replace(
        spot,
        channel=str(interaction.channel_id or spot.channel),
        guild=str(interaction.guild_id or ""),
        private=interaction.guild_id is None,
        upload_limit=interaction.filesize_limit,
    )


def spot_from(payload: Mapping[str, Any], parent: Channel, guild: discord.Guild | None, bot_id: str) -> Spot:
    """Where a channel is, as Discord's REST interface describes it."""
    guild_id = str(payload.get("guild_id") or "")
    known = Spot(
        channel=str(payload["id"]),
        guild=guild_id,
        private=not guild_id,
        upload_limit=guild.filesize_limit if guild is not None else UPLOAD,
    )
    if payload.get("type") in _THREADS:
        parent_id = int(payload.get("parent_id") or 0)
        return _in_thread(known, parent_id, str(payload.get("owner_id")) == bot_id, parent)
    return replace(known, category=str(payload.get("parent_id") or ""))


def member_of(user: Person, channel: Channel) -> Member:
    """Somebody, with their roles and rights in a channel where those are known."""
    # A member of a server that was not told of yet has none of its roles.
    if not isinstance(user, discord.Member) or getattr(user, "guild", None) is None:
        return Member(str(user.id), user.display_name, user.bot)
    return Member(
        str(user.id),
        user.display_name,
        user.bot,
        frozenset(str(role.id) for role in user.roles),
        _rights(user, channel).manage_messages,
    )


def message_from(client: discord.Client, channel: Any, payload: Mapping[str, Any]) -> discord.Message | None:
    """A message that was read by REST; None, with a line in the log, for one that cannot be read."""
    try:
        return discord.Message(state=client._connection, channel=channel, data=cast("Any", payload))  # noqa: SLF001
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        log.warning("discord message not understood", errors=causes(error))
        return None


def _rights(user: discord.Member, channel: Channel) -> discord.Permissions:
    if user.resolved_permissions is not None:
        return user.resolved_permissions
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return discord.Permissions.none()
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return channel.permissions_for(user)
    return user.guild_permissions


def _is_role_of(role: discord.Role, bot: int) -> bool:
    """It is the role that came with the bot: people take it for the bot's name when they mention it."""
    return role.tags is not None and role.tags.bot_id == bot


def _replies_to(message: discord.Message, bot: int) -> bool:
    reference = message.reference
    resolved = reference.resolved if reference is not None and message.type is discord.MessageType.reply else None
    return isinstance(resolved, discord.Message) and resolved.author.id == bot


def _named(text: str, message: discord.Message, to_us: Iterable[int]) -> tuple[str, bool]:
    """The text with names in place of mentions and without those of the bot, and whether there were any."""
    ours = frozenset(to_us)

    def name(found: re.Match[str]) -> str:
        if found["code"]:
            return found["code"]
        if found["emoji"]:
            return f":{found['emoji']}:"
        if found["command"]:
            return f"/{found['command']}"
        key = int(found["id"])
        return _TO_US if key in ours and found["sign"] != "#" else _name_of(found["sign"], key, message)

    named = _MENTION.sub(name, text.replace(_TO_US, ""))
    return _ADDRESS.sub("", named).strip(), _TO_US in named


def _name_of(sign: str, key: int, message: discord.Message) -> str:
    guild = message.guild
    if sign == "#":
        channel = guild.get_channel_or_thread(key) if guild is not None else None
        return f"#{channel.name if channel is not None else words('discord_unknown_channel')}"
    if sign == "@&":
        role = guild.get_role(key) if guild is not None else None
        return f"@{role.name if role is not None else words('discord_unknown_role')}"
    person = discord.utils.get(message.mentions, id=key)
    return f"@{person.display_name if person is not None else words('discord_unknown_person')}"


def _quoted(snapshot: discord.MessageSnapshot, message: discord.Message) -> str:
    """The text of a forwarded message, as a quote."""
    text, _ = _named(snapshot.content, message, ())
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _asked(poll: discord.Poll | None) -> str:
    """The question of a poll, and the answers it offers."""
    return "\n".join((poll.question, *(f"- {answer.text}" for answer in poll.answers))) if poll is not None else ""


def _picture(sticker: discord.StickerItem) -> Attached:
    mime = _PICTURES[sticker.format]
    return Attached(sticker.url, f"{sticker.name}.{mime.removeprefix('image/')}", mime, alt=sticker.name)


def _in_thread(spot: Spot, parent_id: int, own: bool, parent: Channel) -> Spot:
    category = getattr(parent, "category_id", None)
    return replace(spot, parent=str(parent_id or ""), own_thread=own, category=str(category or ""))
