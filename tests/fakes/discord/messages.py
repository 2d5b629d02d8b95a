"""REST: messages, reactions and typing, with the bot's token.

reference: Messages (nonce, edits after an hour, reactions, forwards, typing).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from fakes.discord import errors
from fakes.discord.calls import Call, Reply
from fakes.discord.drafts import Drafts
from fakes.discord.errors import Json
from fakes.discord.events import Events
from fakes.discord.limits import Limits
from fakes.discord.world import MESSAGE_CONTENT, VOICE_MESSAGE, Channel, Message, Permission, World

Action = Callable[[Call], Awaitable[Reply]]
Routes = list[tuple[str, str, Action]]

HOUR = 3600.0
MOST_REACTIONS = 20
ONE = "/channels/{channel_id}/messages/{message_id}"


class Messages:
    """What a bot does with messages. `nonce_seconds` is how long a nonce is remembered."""

    def __init__(self, world: World, events: Events, drafts: Drafts, limits: Limits) -> None:
        self.nonce_seconds = 300.0
        self._world = world
        self._events = events
        self._drafts = drafts
        self._limits = limits
        self._nonces: dict[str, tuple[float, Message]] = {}

    def routes(self) -> Routes:
        reaction = ONE + "/reactions/{emoji}"
        return [
            ("POST", "/channels/{channel_id}/messages", self._create),
            ("GET", "/channels/{channel_id}/messages", self._history),
            ("POST", "/channels/{channel_id}/messages/bulk-delete", self._delete_many),
            ("POST", "/channels/{channel_id}/typing", self._type),
            ("GET", ONE, self._get),
            ("PATCH", ONE, self._edit),
            ("DELETE", ONE, self._delete),
            ("PUT", reaction + "/@me", self._react),
            ("DELETE", reaction + "/{user}", self._unreact),
            ("GET", reaction, self._reactors),
            ("DELETE", ONE + "/reactions", self._clear_reactions),
        ]

    async def _create(self, call: Call) -> Reply:
        world, form = self._world, call.form
        channel = world.channel(call.id("channel_id"))
        if not world.may(world.bot.id, channel, world.sending(channel)):
            raise errors.missing_permissions()
        self._drafts.check_size(call.size, call.uploads, channel)
        nonce = _nonce(form)
        if form.get("enforce_nonce") and nonce is not None and (earlier := self._earlier(nonce)):
            return Reply(self._events.read(earlier))
        self._check_place(channel, form, bool(call.uploads))
        message = Message(world.new_id(), channel.id, world.bot.id, nonce=nonce, posted_at=world.now())
        self._refer(message, channel, form.get("message_reference"))
        self._drafts.fill(message, form, call.uploads)
        world.messages[message.id] = message
        if nonce is not None:
            self._nonces[nonce] = (world.now(), message)
        channel.archived = False
        self._events.message("MESSAGE_CREATE", message)
        return Reply(self._events.read(message))

    def _earlier(self, nonce: str) -> Message | None:
        at, message = self._nonces.get(nonce, (0.0, None))
        return message if self._world.now() - at < self.nonce_seconds else None

    def _check_place(self, channel: Channel, form: Json, files: bool) -> None:
        world = self._world
        others = [world.users[key] for key in channel.recipients if key != world.bot.id]
        if any(user.closed for user in others):
            raise errors.closed_to_messages()
        if channel.locked:
            raise errors.archived_thread()
        needed = {
            Permission.EMBED_LINKS: bool(form.get("embeds")),
            Permission.ATTACH_FILES: files,
            Permission.SEND_VOICE_MESSAGES: bool((form.get("flags") or 0) & VOICE_MESSAGE),
        }
        for permission, wanted in needed.items():
            if wanted and not world.may(world.bot.id, channel, permission):
                raise errors.missing_permissions()

    def _refer(self, message: Message, channel: Channel, reference: Json | None) -> None:
        """A reply (type 0) or a forward (type 1)."""
        if not reference:
            return
        target = self._world.messages.get(int(reference.get("message_id") or 0))
        if reference.get("type", 0) == 1:
            self._forward(message, target)
            return
        if not self._world.may(self._world.bot.id, channel, Permission.READ_MESSAGE_HISTORY):
            raise errors.Refused(403, 160002, "Cannot reply without permission to read message history")
        if target is None or target.channel_id != channel.id or target.only_for is not None:
            if reference.get("fail_if_not_exists", True):
                raise errors.invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            return
        message.type, message.reply_to = 19, target.id

    def _forward(self, message: Message, target: Message | None) -> None:
        world = self._world
        if target is None:
            raise errors.invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        own = target.author_id == world.bot.id
        if not own and not world.allowed_intents & MESSAGE_CONTENT:
            raise errors.Refused(403, 160014, "Forwarding a message needs access to its content")
        message.forwarded_from = (target.channel_id, target.id)
        message.snapshots = [{"message": self._events.snapshot(target)}]

    async def _history(self, call: Call) -> Reply:
        world = self._world
        channel = world.channel(call.id("channel_id"))
        if not world.may(world.bot.id, channel, Permission.READ_MESSAGE_HISTORY):
            return Reply([])
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise errors.invalid(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        found = [each for each in world.history(channel.id) if each.only_for is None]
        return Reply([self._events.read(each) for each in _page(found, call.query, limit)])

    async def _get(self, call: Call) -> Reply:
        message = self._message(call)
        channel = self._world.channels[message.channel_id]
        self._world.channel(channel.id, permission=Permission.READ_MESSAGE_HISTORY)
        return Reply(self._events.read(message))

    async def _edit(self, call: Call) -> Reply:
        message = self._message(call)
        channel = self._world.channels[message.channel_id]
        self._drafts.check_size(call.size, call.uploads, channel)
        if message.author_id != self._world.bot.id:
            raise errors.not_the_author()
        if channel.archived:
            raise errors.archived_thread()
        if self._world.now() - message.posted_at > HOUR:
            wait = self._limits.take_old_edit(channel.id)
            if wait:
                raise errors.TooMany(wait, code=30046)
        self._drafts.change(message, call.form, call.uploads)
        message.edited_at = self._world.now()
        message.edits += 1
        self._events.message("MESSAGE_UPDATE", message)
        return Reply(self._events.read(message))

    async def _delete(self, call: Call) -> Reply:
        message = self._message(call)
        if message.author_id != self._world.bot.id:
            self._world.channel(message.channel_id, permission=Permission.MANAGE_MESSAGES)
        self._remove(message)
        return Reply(status=204)

    async def _delete_many(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"), permission=Permission.MANAGE_MESSAGES)
        keys = [int(key) for key in call.form.get("messages", [])]
        if not 2 <= len(keys) <= 100:
            raise errors.Refused(400, 50016, "Provided too few or too many messages to delete.")
        for message in self._world.history(channel.id):
            if message.id in keys:
                self._remove(message)
        return Reply(status=204)

    def _remove(self, message: Message) -> None:
        del self._world.messages[message.id]
        self._events.message_deleted(message)

    async def _type(self, call: Call) -> Reply:
        channel = self._world.channel(call.id("channel_id"))
        self._world.channel(channel.id, permission=self._world.sending(channel))
        self._events.typing(channel, self._world.bot)
        return Reply(status=204)

    async def _react(self, call: Call) -> Reply:
        message, emoji = self._message(call), _emoji(call)
        users = message.reactions.get(emoji)
        if users is None:
            self._world.channel(message.channel_id, permission=Permission.ADD_REACTIONS)
            if len(message.reactions) >= MOST_REACTIONS:
                raise errors.Refused(400, 30010, "Maximum number of reactions reached (20)")
        users = message.reactions.setdefault(emoji, [])
        if self._world.bot.id not in users:
            users.append(self._world.bot.id)
            self._events.reaction("MESSAGE_REACTION_ADD", message, self._world.bot, emoji)
        return Reply(status=204)

    async def _unreact(self, call: Call) -> Reply:
        message, emoji = self._message(call), _emoji(call)
        own = call.params["user"] == "@me"
        user_id = self._world.bot.id if own else call.id("user")
        if not own:
            self._world.channel(message.channel_id, permission=Permission.MANAGE_MESSAGES)
        users = message.reactions.get(emoji, [])
        if user_id in users:
            users.remove(user_id)
            if not users:
                del message.reactions[emoji]
            self._events.reaction("MESSAGE_REACTION_REMOVE", message, self._world.users[user_id], emoji)
        return Reply(status=204)

    async def _reactors(self, call: Call) -> Reply:
        users = self._message(call).reactions.get(_emoji(call), [])
        return Reply([self._events.user(self._world.users[key]) for key in users])

    async def _clear_reactions(self, call: Call) -> Reply:
        message = self._message(call)
        self._world.channel(message.channel_id, permission=Permission.MANAGE_MESSAGES)
        message.reactions.clear()
        return Reply(status=204)

    def _message(self, call: Call) -> Message:
        channel = self._world.channel(call.id("channel_id"))
        return self._world.message(channel.id, call.id("message_id"))


def _nonce(form: Json) -> str | None:
    nonce = form.get("nonce")
    if nonce is None:
        return None
    if len(str(nonce)) > 25:
        raise errors.invalid(("nonce",), "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.")
    return str(nonce)


def _emoji(call: Call) -> str:
    """A character, or a custom one as name:id."""
    emoji = unquote(call.params["emoji"])
    if emoji.isascii() and not emoji.rpartition(":")[2].isdecimal():
        raise errors.Refused(400, 10014, "Unknown Emoji")
    return emoji


def _page(found: list[Message], query: Any, limit: int) -> list[Message]:
    """A page of history, the newest first."""
    if "after" in query:
        return list(reversed([each for each in found if each.id > int(query["after"])][:limit]))
    if "around" in query:
        middle = int(query["around"])
        older = [each for each in found if each.id <= middle][-(limit // 2) - 1 :]
        newer = [each for each in found if each.id > middle][: limit // 2]
        return list(reversed(older + newer))[:limit]
    before = int(query.get("before", 1 << 63))
    return list(reversed([each for each in found if each.id < before][-limit:]))
