"""`chat.*`: posting, editing, deleting, and messages for one person.

reference: section 4 (limits, "`chat.update` replaces", metadata), section 3 (`streaming_state_conflict`).
"""

from __future__ import annotations

from fakes.slack import streams
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Refused
from fakes.slack.events import Events
from fakes.slack.methods import Method, Methods
from fakes.slack.payloads import Payloads
from fakes.slack.posting import TEXT_CHARACTERS, Posting
from fakes.slack.world import Channel, Message, World


class Chats(Methods):
    """`chat.*` but for streams."""

    def __init__(self, world: World, payloads: Payloads, events: Events, posting: Posting) -> None:
        self._world = world
        self._payloads = payloads
        self._events = events
        self._posting = posting

    def methods(self) -> dict[str, Method]:
        write = ("chat:write",)
        return {
            "chat.delete": Method(self._delete, write),
            "chat.getPermalink": Method(self._permalink),
            "chat.postEphemeral": Method(self._post_ephemeral, write),
            "chat.postMessage": Method(self._post, write),
            "chat.update": Method(self._update, write),
        }

    def _post(self, call: Call) -> Json:
        channel = self._posting.channel(call)
        message = self._draft(call, channel)
        message.broadcast = bool(message.thread_ts) and call.flag("reply_broadcast")
        self._world.add(message)
        self._events.posted(message)
        return {"channel": channel.id, "ts": message.ts, "message": self._payloads.message(message)}

    def _post_ephemeral(self, call: Call) -> Json:
        """Only one person sees it, who must be there; no history has it."""
        channel = self._posting.channel(call)
        reader = call.text("user")
        if reader not in channel.members:
            raise Refused("user_not_in_channel")
        message = self._draft(call, channel)
        message.only_for = reader
        self._world.add(message)
        return {"message_ts": message.ts}

    def _draft(self, call: Call, channel: Channel) -> Message:
        """A message as it is to be posted; it must hold something."""
        install = call.install
        text, blocks = self._text(call), self._posting.blocks(call, channel)
        attachments = call.array("attachments")
        if not (text.strip() or blocks or attachments):
            raise Refused("no_text")
        name, icon = self._posting.appearance(call, install)
        return Message(
            self._world.new_ts(),
            channel.id,
            install.bot.id,
            text=text,
            blocks=blocks,
            attachments=attachments,
            thread_ts=self._posting.thread(call, channel),
            app_id=install.app_id,
            bot_id=install.bot.bot_id,
            username=name,
            icon=icon,
            metadata=self._posting.metadata(call),
            unfurl_links=call.maybe_flag("unfurl_links"),
            unfurl_media=call.maybe_flag("unfurl_media"),
            posted_at=self._world.now(),
        )

    def _text(self, call: Call) -> str:
        """`text`, cut off where it is too long, or `markdown_text`, which stands alone."""
        if not call.has("markdown_text"):
            return call.text("text", "")[:TEXT_CHARACTERS]
        if call.has("text") or call.has("blocks"):
            raise Refused("markdown_text_conflict")
        text = call.text("markdown_text")
        if len(text) > streams.TEXT_CHARACTERS:
            raise Refused("msg_too_long")
        return text

    def _own(self, call: Call, error: str) -> Message:
        """A message of the caller's own; no ephemeral one can be reached."""
        channel = self._posting.channel(call, posting=False)
        message = channel.messages.get(call.text("ts"))
        if message is None:
            raise Refused("message_not_found")
        if message.user_id != call.install.bot.id:
            raise Refused(error)
        return message

    def _update(self, call: Call) -> Json:
        """Replaces text, blocks and attachments: what is not passed again is gone."""
        message = self._own(call, "cant_update_message")
        channel = self._world.channels[message.channel_id]
        if message.stream is not None and streams.is_live(message.stream, self._world.now()):
            raise Refused("streaming_state_conflict")
        window = self._world.teams[call.team_id].edit_window
        if window is not None and self._world.now() > message.posted_at + window:
            raise Refused("edit_window_closed")
        text, blocks, attachments = (
            self._text(call),
            self._posting.blocks(call, channel),
            call.array("attachments"),
        )
        if not (text.strip() or blocks or attachments):
            raise Refused("no_text")
        metadata = self._posting.metadata(call)
        previous = self._payloads.message(message)
        message.stream = None
        message.text, message.blocks, message.attachments = text, blocks, attachments
        message.metadata = message.metadata if metadata is None else metadata
        message.edited_ts = self._world.new_ts()
        message.edits += 1
        self._events.changed(message, previous)
        return {
            "channel": channel.id,
            "ts": message.ts,
            "text": message.text,
            "message": self._payloads.message(message),
        }

    def _delete(self, call: Call) -> Json:
        message = self._own(call, "cant_delete_message")
        del self._world.channels[message.channel_id].messages[message.ts]
        self._events.deleted(message)
        return {"channel": message.channel_id, "ts": message.ts}

    def _permalink(self, call: Call) -> Json:
        channel = self._posting.channel(call, posting=False)
        ts = call.text("message_ts")
        if ts not in channel.messages:
            raise Refused("message_not_found")
        address = f"{self._payloads.url}/archives/{channel.id}/p{ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": address}
