"""`chat.startStream`, `appendStream`, `stopStream`: messages that grow.

reference: section 3. Each rule stands beside the line that enforces it.
"""

from __future__ import annotations

import copy
from typing import Any

from fakes.slack import blocks as kit
from fakes.slack.agents import STATUSES, Agents
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Problems, Refused
from fakes.slack.events import Events
from fakes.slack.methods import Method, Methods
from fakes.slack.payloads import Payloads
from fakes.slack.posting import Posting
from fakes.slack.world import IM, Channel, Message, Stream, Task, World

LIFE_SECONDS = 300.0
"""reference: section 3, "Stream lifetime ≈ 5 min whatever the activity"."""

TEXT_CHARACTERS = 12_000
"""Of one `markdown_text`. reference: section 3, the table of methods."""

TASK_STATUSES = frozenset({"pending", "in_progress", "complete", "error"})
MODES = frozenset({"timeline", "plan", "dense"})


def is_live(stream: Stream, now: float) -> bool:
    """Whether a stream still takes something."""
    return stream.state == "streaming" and now < stream.ends_at


class Streams(Methods):
    """The three methods, and what they allow; the numbers are adjustable."""

    def __init__(self, world: World, payloads: Payloads, events: Events, posting: Posting, agents: Agents) -> None:
        self.life_seconds = LIFE_SECONDS
        self.most_bytes = 11_000
        """Of all of a stream. reference: "≈ 10.6-11.3 kB UTF-8 … then `msg_too_long` for ever"."""
        self.most_tasks = 50
        """reference: "≈50 task cards per message"."""
        self.title_characters = 256
        """reference: "docs say 256 chars for task/plan fields"; details and output are not held to it."""
        self.refusal = ""
        """An error with which every start is refused, such as `feature_not_enabled`."""
        self._world = world
        self._payloads = payloads
        self._events = events
        self._posting = posting
        self._agents = agents

    def methods(self) -> dict[str, Method]:
        return {
            "chat.appendStream": Method(self._append, ("chat:write",)),
            "chat.startStream": Method(self._start, ("chat:write",)),
            "chat.stopStream": Method(self._stop, ("chat:write",)),
        }

    def _start(self, call: Call) -> Json:
        channel = self._posting.channel(call)
        if self.refusal:
            raise Refused(self.refusal)
        thread = self._place(call, channel)
        display = call.text("task_display_mode", "timeline")
        if display not in MODES:
            raise Refused("invalid_arguments")
        chunks, mode = self._content(call, required=False)
        name, icon = self._posting.appearance(call, call.install)
        stream = Stream(self._world.now() + self.life_seconds, mode, display, call.text("recipient_user_id", ""))
        self._grow(stream, chunks, channel, call)
        stream.first = copy.deepcopy(stream.parts)
        install = call.install
        message = Message(self._world.new_ts(), channel.id, install.bot.id, thread_ts=thread, stream=stream)
        message.app_id, message.bot_id, message.username, message.icon = (
            install.app_id,
            install.bot.bot_id,
            name,
            icon,
        )
        message.posted_at = self._world.now()
        self._world.add(message)
        # reference: section 2, "`chat.startStream` itself creates the session and sets `processing`".
        self._agents.begin(call, channel, message.root_ts)
        self._events.posted(message)
        return {"channel": channel.id, "ts": message.ts}

    def _place(self, call: Call, channel: Channel) -> str:
        """The thread, and who it is for: both rules differ between DMs and channels."""
        thread = self._posting.thread(call, channel)
        if channel.kind == IM:
            if not thread:
                # reference: section 3, "top-level streams in channels only".
                raise Refused("invalid_thread_ts")
            return thread
        # reference: section 3, "`recipient_user_id` + `recipient_team_id` are required in channels".
        if not call.has("recipient_user_id"):
            raise Refused("missing_recipient_user_id")
        if not call.has("recipient_team_id"):
            raise Refused("missing_recipient_team_id")
        reader = self._world.users.get(call.text("recipient_user_id"))
        if reader is None or reader.id not in channel.members:
            raise Refused("user_not_found")
        if reader.team_id != call.text("recipient_team_id"):
            raise Refused("team_not_found")
        return thread

    def _content(self, call: Call, *, required: bool) -> tuple[list[Json], str]:
        """The chunks and the style in which they came: "chunks", "text" or, with nothing, ""."""
        chunks = call.array("chunks", "invalid_chunks")
        if call.has("markdown_text"):
            if chunks:
                raise Refused("cannot_provide_both_markdown_text_and_chunks")
            return [{"type": "markdown_text", "text": call.text("markdown_text")}], "text"
        if required and not chunks:
            raise Refused("no_text")
        return chunks, "chunks" if chunks else ""

    def _open(self, call: Call) -> tuple[Message, Stream, Channel]:
        """The stream a call names, which must still take something."""
        channel = self._posting.channel(call)
        message = channel.messages.get(call.text("ts"))
        if message is None:
            raise Refused("message_not_found")
        if message.user_id != call.install.bot.id:
            raise Refused("message_not_owned_by_app")
        if message.stream is None or not is_live(message.stream, self._world.now()):
            raise Refused("message_not_in_streaming_state")
        return message, message.stream, channel

    def _append(self, call: Call) -> Json:
        message, stream, channel = self._open(call)
        chunks, mode = self._content(call, required=True)
        self._same_style(stream, mode)
        self._grow(stream, chunks, channel, call)
        stream.appends += 1
        if not stream.first:
            stream.first = copy.deepcopy(stream.parts)
        self._world.changed()
        return {"channel": channel.id, "ts": message.ts}

    def _stop(self, call: Call) -> Json:
        message, stream, channel = self._open(call)
        status = call.text("session_status", "active")
        if status not in STATUSES:
            raise Refused("invalid_arguments")
        chunks, mode = self._content(call, required=False)
        if chunks:
            self._same_style(stream, mode)
        blocks, metadata = self._posting.blocks(call, channel), self._posting.metadata(call)
        self._grow(stream, chunks, channel, call)
        previous = self._payloads.message(message)
        stream.state = "stopped"
        message.blocks = blocks
        message.metadata = message.metadata if metadata is None else metadata
        self._agents.end(call, channel, message.root_ts, status)
        self._events.changed(message, previous)
        return {"channel": channel.id, "ts": message.ts, "message": self._payloads.message(message)}

    def _same_style(self, stream: Stream, mode: str) -> None:
        """reference: section 3, "switching style mid-stream → `streaming_mode_mismatch`"."""
        if stream.mode and mode != stream.mode:
            raise Refused("streaming_mode_mismatch")
        stream.mode = mode

    def _grow(self, stream: Stream, chunks: list[Json], channel: Channel, call: Call) -> None:
        """Put chunks to a stream, all or none."""
        if not chunks:
            return
        if stream.full:
            raise Refused("msg_too_long")
        self._check(chunks, channel, call)
        wanted = copy.deepcopy(stream)
        for chunk in chunks:
            _put(wanted, chunk)
        if len(wanted.tasks) > self.most_tasks or sum(len(each) for each in _block_lists(wanted)) > 50:
            raise Refused("invalid_chunks")
        if size(wanted) > self.most_bytes:
            stream.full = True
            raise Refused("msg_too_long")
        stream.parts, stream.plan = wanted.parts, wanted.plan

    def _check(self, chunks: list[Any], channel: Channel, call: Call) -> None:
        """The form of chunks. reference: section 3, "Chunks"."""
        problems = Problems()
        for index, chunk in enumerate(chunks):
            place = f"/chunks/{index}"
            kind = chunk.get("type") if isinstance(chunk, dict) else None
            if kind == "markdown_text":
                if len(str(chunk.get("text", ""))) > TEXT_CHARACTERS:
                    raise Refused("msg_too_long")
                problems.longer(f"{place}/text", chunk.get("text"), TEXT_CHARACTERS)
            elif kind == "task_update":
                self._check_task(chunk, place, problems)
            elif kind == "plan_update":
                problems.longer(f"{place}/title", chunk.get("title"), self.title_characters)
            elif kind == "blocks":
                kit.check_blocks(problems.count(f"{place}/blocks", chunk.get("blocks"), 50))
                chunk["blocks"] = self._posting.stamped(
                    self._posting.check(chunk["blocks"], call.install.bot, channel)
                )
            else:
                problems.add(place, f"unsupported type: {kind}")
        problems.refuse("invalid_chunks")

    def _check_task(self, chunk: Json, place: str, problems: Problems) -> None:
        problems.longer(f"{place}/id", chunk.get("id"), 255)
        problems.longer(f"{place}/title", chunk.get("title"), self.title_characters)
        if chunk.get("status") not in TASK_STATUSES:
            problems.add(f"{place}/status", "must be pending, in_progress, complete or error")
        for name in ("details", "output"):
            if not isinstance(chunk.get(name, ""), str):
                problems.add(f"{place}/{name}", "must be a string")
        for number, source in enumerate(problems.count(f"{place}/sources", chunk.get("sources", []), 50, 0)):
            if not isinstance(source, dict) or not source.get("url") or not source.get("text"):
                problems.add(f"{place}/sources/{number}", "must have a url and a text")


def _put(stream: Stream, chunk: Json) -> None:
    """One chunk: text is joined; of a known card title and status replace, details and output append.

    reference: section 3, "Re-sending a task id".
    """
    parts = stream.parts
    if chunk["type"] == "markdown_text":
        if parts and isinstance(parts[-1], str):
            parts[-1] += chunk["text"]
        else:
            parts.append(chunk["text"])
    elif chunk["type"] == "plan_update":
        stream.plan = chunk["title"]
    elif chunk["type"] == "blocks":
        parts.append(chunk["blocks"])
    else:
        task = next((each for each in stream.tasks if each.id == chunk["id"]), None)
        if task is None:
            task = Task(chunk["id"], "", "")
            parts.append(task)
        task.title, task.status = chunk["title"], chunk["status"]
        task.details += chunk.get("details", "")
        task.output += chunk.get("output", "")
        task.sources += chunk.get("sources", [])


def _block_lists(stream: Stream) -> list[list[Json]]:
    return [part for part in stream.parts if isinstance(part, list)]


def size(stream: Stream) -> int:
    """What a stream weighs: UTF-8, details and output twice. reference: section 3, "count about double"."""
    tasks = sum(
        len(each.title.encode()) + 2 * len((each.details + each.output).encode()) + len(each.id)
        for each in stream.tasks
    )
    blocks = sum(kit.characters(each) for each in _block_lists(stream))
    return len(stream.text.encode()) + len(stream.plan.encode()) + tasks + blocks
