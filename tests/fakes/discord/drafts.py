"""From a form to a message: the limits of text, embeds, files, flags and mentions.

reference: Messages (content 2,000, embeds, files, allowed_mentions, Components V2 flag, voice messages).
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from typing import Any

from fakes.discord import components, errors
from fakes.discord.calls import Upload
from fakes.discord.embeds import check_embeds
from fakes.discord.errors import Json, Problems
from fakes.discord.mentions import allowed_by, mentions_in
from fakes.discord.world import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    MIB,
    VOICE_MESSAGE,
    Attachment,
    Channel,
    Guild,
    Message,
    Permission,
    World,
)

MOST_CONTENT = 2000
MOST_FILES = 10
OWN_FLAGS = 1 << 2 | 1 << 12 | VOICE_MESSAGE | COMPONENTS_V2
"""Flags that a bot may set: no embeds, no notification, voice message, Components V2."""
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"


class Drafts:
    """Checks forms and fills messages with them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.file_bytes: Mapping[int, int] = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}
        """The greatest file per boost tier."""
        self.request_bytes = 25 * MIB

    def file_limit(self, guild: Guild | None) -> int:
        """The greatest file that may be posted in a guild, or in a DM."""
        return self.file_bytes[guild.tier if guild else 0]

    def check_size(self, size: int, uploads: Sequence[Upload], channel: Channel) -> None:
        """Raises 40005 for a request or a file that is too large. A boosted guild's own limit wins over 25 MiB."""
        limit = self.file_limit(self._world.guild_of(channel))
        if size > max(self.request_bytes, limit) or any(len(each.content) > limit for each in uploads):
            raise errors.too_large()

    def fill(self, message: Message, form: Json, uploads: Sequence[Upload]) -> None:
        """Make a new message, or one that waited for its text, what a form says."""
        problems = Problems()
        flags = form.get("flags") or 0
        if flags & ~(OWN_FLAGS | (EPHEMERAL if message.webhook else 0)):
            problems.add(("flags",), "BASE_TYPE_CHOICES", "These flags cannot be set.")
        message.flags = (message.flags & EPHEMERAL) | flags
        self._texts(message, form, problems)
        self._attach(message, form, uploads, problems)
        self._check(message, problems)
        self._check_form_of_v2(message, form, problems)
        problems.refuse()
        if message.flags & VOICE_MESSAGE:
            _check_voice(message)
        others = form.get("sticker_ids") or form.get("poll") or message.forwarded_from
        if not (_holds_something(message) or others):
            raise errors.empty_message()
        self.mention(message, form)

    def change(self, message: Message, form: Json, uploads: Sequence[Upload]) -> None:
        """Edit: what the form leaves out stays, and mentions are read anew.

        The message is only changed when the whole form is right.
        """
        if message.flags & VOICE_MESSAGE:
            raise errors.Refused(400, 50173, "Cannot edit a voice message")
        problems = Problems()
        changed = Message(**vars(message))
        flags = form.get("flags")
        if flags is not None:
            if message.v2 and not flags & COMPONENTS_V2:
                problems.add(("flags",), "MESSAGE_COMPONENTS_V2_UNSET", "IS_COMPONENTS_V2 cannot be removed.")
            changed.flags = message.flags & ~OWN_FLAGS | flags & OWN_FLAGS
        self._texts(changed, form, problems)
        self._attach(changed, form, uploads, problems)
        self._check(changed, problems)
        self._check_form_of_v2(changed, form, problems)
        problems.refuse()
        changed.flags &= ~LOADING
        if not _holds_something(changed):
            raise errors.empty_message()
        self.mention(changed, form)
        vars(message).update(vars(changed))

    def _texts(self, message: Message, form: Json, problems: Problems) -> None:
        if "content" in form:
            content = form["content"] or ""
            problems.longer(("content",), content, MOST_CONTENT)
            message.content = str(content).strip()
        if "embeds" in form:
            message.embeds = [{"type": "rich"} | each for each in form["embeds"] or []]
        if "components" in form:
            message.components = form["components"] or []

    def _check(self, message: Message, problems: Problems) -> None:
        check_embeds(message.embeds, problems)
        files = {each.filename for each in message.attachments}
        components.check_message(message.components, message.v2, files, problems)
        if not problems.tree:
            components.number(message.components)

    def _check_form_of_v2(self, message: Message, form: Json, problems: Problems) -> None:
        """With the flag a message has nothing of the old kind; what it had must be taken away by name."""
        if not message.v2:
            return
        for name in ("content", "embeds"):
            if getattr(message, name):
                problems.add((name,), LEGACY, f'The "{name}" field cannot be used when using IS_COMPONENTS_V2')
        for name in ("poll", "sticker_ids"):
            if form.get(name):
                problems.add((name,), LEGACY, f'The "{name}" field cannot be used when using IS_COMPONENTS_V2')

    def _attach(self, message: Message, form: Json, uploads: Sequence[Upload], problems: Problems) -> None:
        """The files: those listed, old and new; without a list all of both."""
        by_index = {upload.index: upload for upload in uploads}
        kept = {str(each.id): each for each in message.attachments}
        listed = form.get("attachments")
        if listed is None:
            listed = [{"id": key} for key in (*kept, *by_index)]
        chosen: list[Attachment] = []
        for position, item in enumerate(listed):
            key = str(item.get("id"))
            problems.longer(("attachments", position, "description"), item.get("description") or "", 1024)
            if key in by_index:
                chosen.append(self.store(by_index[key], item))
            elif key in kept:
                chosen.append(kept[key])
            else:
                problems.add(("attachments", position, "id"), "ATTACHMENT_NOT_FOUND", "Unknown attachment")
        if len(chosen) > MOST_FILES:
            message_text = f"Must be {MOST_FILES} or fewer in length."
            problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", message_text)
        message.attachments = chosen

    def store(self, upload: Upload, item: Mapping[str, Any]) -> Attachment:
        """A file as it is kept; its type is told by its name."""
        name = str(item.get("filename") or upload.filename).replace(" ", "_")
        return Attachment(
            self._world.new_id(),
            name,
            upload.content,
            mimetypes.guess_type(name)[0] or "application/octet-stream",
            item.get("description"),
            item.get("duration_secs"),
            item.get("waveform"),
        )

    def mention(self, message: Message, form: Json) -> None:
        """Read the mentions. Without `allowed_mentions` all are meant, from an interaction only users."""
        world = self._world
        channel = world.channels[message.channel_id]
        replied = world.messages.get(message.reply_to) if message.reply_to else None
        allowed = allowed_by(form.get("allowed_mentions"), webhook=message.webhook)
        text = f"{message.content}\n{components.texts(message.components)}"
        may_everyone = world.may(message.author_id, channel, Permission.MENTION_EVERYONE)
        found = mentions_in(text, allowed, world.guild_of(channel), may_everyone)
        message.mentions = [key for key in found.users if key in world.users]
        if replied is not None and allowed.replied_user and replied.author_id not in message.mentions:
            message.mentions.append(replied.author_id)
        message.mention_roles = found.roles
        message.mention_everyone = found.everyone


def _holds_something(message: Message) -> bool:
    return bool(message.content or message.embeds or message.attachments or message.components)


def _check_voice(message: Message) -> None:
    """A voice message is one sound with its length and its waveform, and nothing else."""
    problems = Problems()
    if len(message.attachments) != 1 or message.content or message.embeds or message.components:
        text = "Voice messages must have a single audio attachment and no other content."
        raise errors.Refused(400, 50161, text)
    (sound,) = message.attachments
    if not sound.content_type.startswith("audio/"):
        raise errors.Refused(400, 50162, "Voice messages must be audio.")
    if sound.duration is None or sound.waveform is None:
        problems.add(("attachments", 0), "BASE_TYPE_REQUIRED", "duration_secs and waveform are required")
    elif len(base64.b64decode(sound.waveform)) > 256:
        problems.add(("attachments", 0, "waveform"), "BASE_TYPE_MAX_LENGTH", "Must be 256 or fewer in length.")
    problems.refuse()
