"""The human side: what a person does in Discord's client, and what they see there.

A person can only do what the client would let them: `Impossible` says that a test asks for more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fakes.discord import components
from fakes.discord.calls import Upload
from fakes.discord.commands import MESSAGE_MENU, SLASH, USER_MENU, Commands
from fakes.discord.drafts import Drafts
from fakes.discord.errors import Json
from fakes.discord.events import Events
from fakes.discord.filling import filled_modal, filled_options
from fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction, Interactions
from fakes.discord.payloads import Payloads
from fakes.discord.world import (
    DM,
    PUBLIC_THREAD,
    VOICE_MESSAGE,
    Channel,
    Guild,
    Message,
    Permission,
    User,
    World,
)

File = tuple[str, bytes]


class Impossible(Exception):
    """Discord's client would not let a person do this."""


class Society:
    """What people act through."""

    def __init__(
        self,
        world: World,
        payloads: Payloads,
        events: Events,
        drafts: Drafts,
        interactions: Interactions,
        commands: Commands,
    ) -> None:
        self.world = world
        self.payloads = payloads
        self.events = events
        self.drafts = drafts
        self.interactions = interactions
        self.commands = commands


class Person:
    """One user of Discord, or another bot."""

    def __init__(self, society: Society, user: User) -> None:
        self.user = user
        self._in = society
        self._world = society.world

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    @property
    def dm(self) -> Channel:
        """The DM with the bot."""
        return self._world.dm(self.user)

    # What they see.

    def sees(self, channel: Channel) -> list[Message]:
        """The messages of a channel in this person's client, the oldest first."""
        if not self._world.may(self.id, channel, Permission.VIEW_CHANNEL):
            return []
        return [each for each in self._world.history(channel.id) if each.only_for in (None, self.id)]

    def texts(self, channel: Channel) -> list[str]:
        """The text of each message seen, text displays included; a deferred reply is empty."""
        return [text_of(message) for message in self.sees(channel)]

    async def waits_for(self, channel: Channel, text: str, seconds: float = 10.0) -> Message:
        """The newest message in which a text can be read, as soon as there is one."""

        def look() -> Message | None:
            return next((each for each in reversed(self.sees(channel)) if text in text_of(each)), None)

        found = await self._world.until(look, seconds)
        assert found is not None
        return found

    # What they write.

    def post(
        self,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[File] = (),
        reply_to: Message | None = None,
        ping: bool = True,
        stickers: Sequence[str] = (),
        sticker_format: int = 1,
        forward: Message | None = None,
    ) -> Message:
        """Write a message. `ping` mentions the author it replies to, as the client does by default."""
        self._must(channel, self._world.sending(channel))
        message = Message(self._world.new_id(), channel.id, self.id, content=text, posted_at=self._world.now())
        message.attachments = [self._in.drafts.store(Upload("0", *file), {}) for file in files]
        message.stickers = [
            {"id": str(self._world.new_id()), "name": name, "format_type": sticker_format} for name in stickers
        ]
        if reply_to is not None:
            message.type, message.reply_to = 19, reply_to.id
        if forward is not None:
            message.forwarded_from = (forward.channel_id, forward.id)
            message.snapshots = [{"message": self._in.events.snapshot(forward)}]
        mentions = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        self._in.drafts.mention(message, {"allowed_mentions": mentions})
        return self._publish(channel, message)

    def speak(self, channel: Channel, sound: bytes, seconds: float = 1.0) -> Message:
        """Send a voice message (OGG/Opus)."""
        self._must(channel, Permission.SEND_VOICE_MESSAGES)
        message = Message(
            self._world.new_id(), channel.id, self.id, flags=VOICE_MESSAGE, posted_at=self._world.now()
        )
        details = {"duration_secs": seconds, "waveform": "AAAA"}
        message.attachments = [self._in.drafts.store(Upload("0", "voice-message.ogg", sound), details)]
        return self._publish(channel, message)

    def _publish(self, channel: Channel, message: Message) -> Message:
        channel.archived = False
        self._world.messages[message.id] = message
        self._in.events.message("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, text: str) -> None:
        self._must_own(message)
        message.content, message.edited_at = text, self._world.now()
        self._in.drafts.mention(message, {})
        self._in.events.message("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        """Delete one's own message, or any where one may manage messages."""
        if message.author_id != self.id:
            self._must(self._world.channels[message.channel_id], Permission.MANAGE_MESSAGES)
        del self._world.messages[message.id]
        self._in.events.message_deleted(message)

    def react(self, message: Message, emoji: str) -> None:
        self._must_see(message)
        message.reactions.setdefault(emoji, []).append(self.id)
        self._in.events.reaction("MESSAGE_REACTION_ADD", message, self.user, emoji)

    def unreact(self, message: Message, emoji: str) -> None:
        message.reactions[emoji].remove(self.id)
        if not message.reactions[emoji]:
            del message.reactions[emoji]
        self._in.events.reaction("MESSAGE_REACTION_REMOVE", message, self.user, emoji)

    def type(self, channel: Channel) -> None:
        self._in.events.typing(channel, self.user)

    def open_thread(self, channel: Channel, name: str, message: Message | None = None) -> Channel:
        """Open a thread, from a message if one is given; it then has the message's id."""
        self._must(channel, Permission.CREATE_PUBLIC_THREADS)
        key = self._world.new_id() if message is None else message.id
        thread = Channel(key, PUBLIC_THREAD, name, channel.guild_id, channel.id, owner_id=self.id)
        thread.members.add(self.id)
        self._world.channels[key] = thread
        if message is not None:
            message.thread_id = key
        self._in.events.channel("THREAD_CREATE", thread)
        return thread

    def leave(self, guild: Guild) -> None:
        """Leave a guild."""
        del guild.members[self.id]
        self._in.events.member("GUILD_MEMBER_REMOVE", guild, self.user)

    # What they press.

    def click(self, message: Message, label: str) -> Interaction:
        """Press a button by its label or custom_id."""
        button = self._find(message, components.BUTTON, label, "label")
        if button.get("style") == components.LINK:
            raise Impossible("a link opens a page; the app hears nothing of it")
        return self._press(message, button, {})

    def choose(self, message: Message, values: Sequence[str], select: str = "") -> Interaction:
        """Choose in a select, named by custom_id or placeholder if there are several."""
        found = self._find(message, components.STRING_SELECT, select, "placeholder")
        offered = [option["value"] for option in found["options"]]
        if not set(values) <= set(offered):
            raise Impossible(f"the select offers {offered}")
        if not found.get("min_values", 1) <= len(values) <= found.get("max_values", 1):
            raise Impossible("so many cannot be chosen")
        return self._press(message, found, {"values": list(values)})

    def _find(self, message: Message, kind: int, name: str, attribute: str) -> Json:
        self._must_see(message)
        of_kind = [each for each in components.walk(message.components) if each["type"] == kind]
        named = [each for each in of_kind if not name or name in (each.get("custom_id"), each.get(attribute))]
        if not named:
            raise Impossible(f"there is no {name!r} among {[each.get(attribute) for each in of_kind]}")
        if named[0].get("disabled"):
            raise Impossible(f"{name!r} is disabled")
        return named[0]

    def _press(self, message: Message, component: Json, more: Json) -> Interaction:
        data = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"]}
        channel = self._world.channels[message.channel_id]
        return self._begin(COMPONENT, channel, data | more, message)

    def press_stale(self, message: Message, custom_id: str) -> Interaction:
        """Press a button that the message had when this person's client last drew it."""
        data: Json = {"custom_id": custom_id, "component_type": components.BUTTON, "id": 1}
        channel = self._world.channels[message.channel_id]
        return self._begin(COMPONENT, channel, data, message)

    def submit(self, opened: Interaction, **values: Any) -> Interaction:
        """Fill in the modal that an interaction opened, by custom_id or label; the rest stays as it was preset."""
        if opened.modal is None:
            raise Impossible("no modal is open")
        uploads: dict[str, Json] = {}

        def upload(file: File) -> str:
            written = self._in.interactions.attachment(opened.channel, *file)
            uploads[written["id"]] = written
            return str(written["id"])

        try:
            filled = filled_modal(opened.modal, values, upload)
        except ValueError as error:
            raise Impossible(str(error)) from error
        data = {"custom_id": opened.modal["custom_id"], "components": filled, "resolved": {"attachments": uploads}}
        return self._begin(MODAL, opened.channel, data, opened.message)

    # What they command.

    def slash(self, channel: Channel, name: str, /, **values: Any) -> Interaction:
        """Run a slash command; groups are named before it: "settings show"."""
        return self._slash(COMMAND, channel, name, values, None)

    def complete(self, channel: Channel, name: str, focused: str, /, **values: Any) -> Interaction:
        """Type into an option that completes itself."""
        return self._slash(AUTOCOMPLETE, channel, name, values, focused)

    def _slash(self, kind: int, channel: Channel, name: str, values: Json, focused: str | None) -> Interaction:
        root, *inner = name.split()
        command = self._command(channel, SLASH, root)
        uploads: dict[str, Json] = {}

        def upload(file: File) -> str:
            written = self._in.interactions.attachment(channel, *file)
            uploads[written["id"]] = written
            return str(written["id"])

        try:
            options = filled_options(command, inner, values, focused, upload)
        except ValueError as error:
            raise Impossible(str(error)) from error
        data = _named(command) | {"options": options, "resolved": {"attachments": uploads}}
        return self._begin(kind, channel, data)

    def menu(self, message: Message, name: str) -> Interaction:
        """Use a message's menu. The target comes with its content, whatever the intents."""
        self._must_see(message)
        channel = self._world.channels[message.channel_id]
        command = self._command(channel, MESSAGE_MENU, name)
        written = self._in.payloads.message(message)
        data = {"target_id": str(message.id), "resolved": {"messages": {str(message.id): written}}}
        return self._begin(COMMAND, channel, _named(command) | data)

    def user_menu(self, channel: Channel, target: User, name: str) -> Interaction:
        """Use a person's menu."""
        command = self._command(channel, USER_MENU, name)
        resolved: Json = {"users": {str(target.id): self._in.payloads.user(target)}}
        guild = self._world.guild_of(channel)
        if guild is not None:
            resolved["members"] = {str(target.id): self._in.payloads.member(guild, target, bare=True)}
        return self._begin(COMMAND, channel, _named(command) | {"target_id": str(target.id), "resolved": resolved})

    def _begin(self, kind: int, channel: Channel, data: Json, message: Message | None = None) -> Interaction:
        foreign = self._is_foreign(channel)
        return self._in.interactions.begin(kind, self.user, channel, data, message, installed_by_user=foreign)

    def _is_foreign(self, channel: Channel) -> bool:
        guild = self._world.guild_of(channel)
        return guild is not None and self._world.bot.id not in guild.members

    def _command(self, channel: Channel, kind: int, name: str) -> Json:
        """A command offered here: it was synced, and its contexts and installs include the place."""
        self._must(channel, Permission.USE_APPLICATION_COMMANDS)
        command = self._in.commands.find(channel.guild_id, kind, name)
        if command is None:
            raise Impossible(f"no command {name!r} is registered here")
        context = 1 if channel.type == DM else 0
        if context not in (command.get("contexts") or (0, 1)):
            raise Impossible(f"{name!r} is not offered in this kind of place")
        if self._is_foreign(channel) and 1 not in (command.get("integration_types") or (0,)):
            raise Impossible(f"{name!r} cannot be installed by a user")
        return command

    def _must(self, channel: Channel, permission: int) -> None:
        if channel.id not in self._world.channels:
            raise Impossible("the channel is gone")
        if not self._world.may(self.id, channel, permission):
            raise Impossible(f"{self.user.name} may not do this in {channel.name!r}")

    def _must_see(self, message: Message) -> None:
        if message not in self.sees(self._world.channels[message.channel_id]):
            raise Impossible(f"{self.user.name} does not see this message")

    def _must_own(self, message: Message) -> None:
        if message.author_id != self.id or message.id not in self._world.messages:
            raise Impossible("this is not one's own message")


def text_of(message: Message) -> str:
    """What can be read in a message: its content, or its text displays, and the text of embeds."""
    embeds = [str(each.get(name) or "") for each in message.embeds for name in ("title", "description")]
    return "\n".join(part for part in (message.content, components.texts(message.components), *embeds) if part)


def shown_files(message: Message) -> list[str]:
    """The files that can be seen: with Components V2 only those that a component shows."""
    names = [each.filename for each in message.attachments]
    if not message.v2:
        return names
    shown = str(message.components)
    return [name for name in names if f"'attachment://{name}'" in shown]


def _named(command: Json) -> Json:
    named: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return named | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})
