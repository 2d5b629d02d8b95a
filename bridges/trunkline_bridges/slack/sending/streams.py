"""Slack's own streams: posts that grow by what is sent of them, and what happens when they end by themselves.

The text of such a post is the log of its chunks, one JSON object a line; a last line `{"type": "stop"}` ends it.
Its body is the whole as it would be posted without streaming: whatever becomes of a stream, the message can be
made to show all of it by one change, and no word is lost or stands twice. A stream ends after some minutes, when
it is full, when an answer was lost (nobody knows what it shows), and when somebody pressed Stop.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from trunkline.bridge import Post, Shown, Target
from trunkline.clock import Clock
from trunkline.errors import PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline.recent import Recent
from trunkline.telemetry import log

from ..limits import STREAM_STARTS
from . import drafts
from .api import Api
from .posts import NOT_STREAMING, REMEMBERED, Posts, place_of
from .refusals import code_of, later

_MOST_STARTS: Final = STREAM_STARTS.calls - STREAM_STARTS.reserve
"""Streams that a workspace begins in a minute; what is left ends them and makes up for lost answers."""
_FOR_GOOD: Final = frozenset(
    {
        "feature_not_enabled",
        "method_deprecated",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "not_allowed_token_type",
        "not_authorized",
        "unknown_method",
    }
)
"""A workspace that says so will say so again."""
_HERE: Final = frozenset(
    {
        "channel_type_not_supported",
        "invalid_thread_ts",
        "missing_recipient_team_id",
        "missing_recipient_user_id",
        "team_not_found",
        "user_not_found",
        "user_not_in_channel",
    }
)
"""A channel with that person, such as one of Slack Connect, will say so again."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a piece of a post's text asks for. `stop` is None while the post goes on."""

    chunks: tuple[Mapping[str, Any], ...] = ()
    stop: Mapping[str, Any] | None = None

    @property
    def status(self) -> str:
        """The status of the session once the stream ended."""
        return str((self.stop or {}).get("status") or ("active" if self.stop is not None else "processing"))


def read_log(text: str) -> Log:
    """The chunks of whole lines; pieces of text that follow each other are one."""
    chunks: list[Mapping[str, Any]] = []
    stop: Mapping[str, Any] | None = None
    for line in filter(None, text.split("\n")):
        chunk = json.loads(line)
        if chunk["type"] == "stop":
            stop = chunk
        elif chunk["type"] == "markdown_text" and chunks and chunks[-1]["type"] == "markdown_text":
            chunks[-1] = {**chunks[-1], "text": chunks[-1]["text"] + chunk["text"]}
        else:
            chunks.append(chunk)
    return Log(tuple(chunks), stop)


class Streams:
    """`noted(target, status)` is told which status Slack gave the session by itself."""

    def __init__(self, api: Api, posts: Posts, clock: Clock, noted: Callable[[Target, str], None]) -> None:
        self._api = api
        self._posts = posts
        self._clock = clock
        self._noted = noted
        self._begun: dict[str, deque[float]] = {}  # by workspace, when posts were begun as streams
        self._refused: Recent[str, bool] = Recent(REMEMBERED)  # workspaces, and channels with a person
        self._live: Recent[str, bool] = Recent(REMEMBERED)
        self._whole: Recent[str, bool] = Recent(REMEMBERED)  # messages that are changed as a whole by now
        self._changing: Recent[str, bool] = Recent(REMEMBERED)  # places where a message was changed last

    def tried(self, target: Target) -> bool:
        """A new post there is a stream: in a busy workspace one that would have to wait for it is a message."""
        return self._native(target) and self._has_room(target)

    def grows(self, target: Target) -> bool:
        """What was last done there was to add to a stream, and not to change a message as a whole."""
        return self._native(target) and _thread(target) not in self._changing

    def _native(self, target: Target) -> bool:
        refused = _workspace(target) in self._refused or _reader(target) in self._refused
        return bool(target.get("native")) and not refused

    def _has_room(self, target: Target) -> bool:
        begun = self._begun.get(_workspace(target), ())
        since = self._clock.now() - STREAM_STARTS.seconds
        return sum(at > since for at in begun) < _MOST_STARTS

    async def start(self, target: Target, post: Post, nonce: str) -> str:
        """Post it as a stream, or whole where it is finished or no stream can be; gives its `ts`."""
        begun = read_log(post.text)
        tried = self.tried(target)
        if tried:
            # A finished one counts as well: it took its turn among them.
            self._begun.setdefault(_workspace(target), deque(maxlen=_MOST_STARTS)).append(self._clock.now())
        if begun.stop is None and tried:
            ts = await self._started(target, post, begun.chunks)
            if ts:
                self._live.put(place_of(target, ts), True)
                self._posts.named(target, ts, nonce)
                self._changing.drop(_thread(target))
                self._noted(target, "processing")
                return ts
        ts = await self._posts.create(target, post.body, nonce)
        self._becomes_whole(target, ts)
        return ts

    async def _started(self, target: Target, post: Post, chunks: Sequence[Mapping[str, Any]]) -> str:
        """The `ts`; "" where it was refused."""
        display = post.body.get("stream")
        mode = display.get("task_display_mode") if isinstance(display, Mapping) else None
        try:
            answer = await self._api.call(
                str(target.get("team") or ""),
                "chat.startStream",
                channel=target["channel"],
                thread_ts=target.get("thread") or None,
                chunks=list(chunks) or None,
                task_display_mode=mode,
                **_recipient(target),
            )
        except TargetGone as error:
            if code_of(error) not in _HERE:
                raise
            self._latch(target, code_of(error))
            return ""
        except PlatformError as error:
            if error.retryable:
                raise
            self._latch(target, code_of(error))
            return ""
        return str(answer["ts"])

    def _latch(self, target: Target, code: str) -> None:
        if code in _FOR_GOOD:
            self._refused.put(_workspace(target), True)
        elif code in _HERE:
            self._refused.put(_reader(target), True)
        log.info("stream refused", bridge="slack", team=str(target.get("team")), reason=code)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        """Bring a stream from what it shows to what the post has more."""
        place = place_of(target, shown.id)
        more = read_log(post.text[len(shown.post.text) :])
        if place in self._whole:
            await self._show_all(target, shown.id, post, more.status)
            return
        try:
            await self._sent(target, shown.id, more)
        except (RateLimited, TargetGone):
            raise
        except PlatformError as error:
            if error.retryable and not isinstance(error, Unconfirmed):
                raise
            log.info("stream ended", bridge="slack", reason=code_of(error) or type(error).__name__)
            self._becomes_whole(target, shown.id)
            if code_of(error) == NOT_STREAMING:
                self._live.drop(place)
            await self._show_all(target, shown.id, post, more.status)
            return
        self._changing.drop(_thread(target))
        if more.stop is not None:
            self._live.drop(place)
            self._noted(target, more.status)

    async def _sent(self, target: Target, ts: str, more: Log) -> None:
        chunks = [dict(one) for one in more.chunks] or None
        given: dict[str, Any] = {"channel": target["channel"], "ts": ts, "chunks": chunks}
        team = str(target.get("team") or "")
        if more.stop is None:
            if more.chunks:
                await self._api.call(team, "chat.appendStream", **given)
            return
        nonce = self._posts.nonce_of(target, ts)
        await self._api.call(
            team,
            "chat.stopStream",
            **given,
            blocks=more.stop.get("blocks") or None,
            metadata=drafts.metadata(nonce) if nonce else None,
            session_status=more.status,
        )

    def halted(self, target: Target, ts: str) -> None:
        """Slack ended that stream: from now on it is a message."""
        self._live.drop(place_of(target, ts))
        self._whole.put(place_of(target, ts), True)

    async def show_all(self, target: Target, ts: str, post: Post) -> None:
        """Make a message show the whole of a post, whatever of it is there."""
        self._becomes_whole(target, ts)
        await self._show_all(target, ts, post, read_log(post.text).status)

    def _becomes_whole(self, target: Target, ts: str) -> None:
        self._whole.put(place_of(target, ts), True)
        self.changing(target)

    def changing(self, target: Target) -> None:
        """A message there is changed as a whole."""
        self._changing.put(_thread(target), True)

    async def _show_all(self, target: Target, ts: str, post: Post, status: str) -> None:
        place = place_of(target, ts)
        try:
            if place in self._live:
                # A message is not changed while it streams.
                await self._posts.halt(target, ts, status)
                self._live.drop(place)
                self._noted(target, status)
            await self._posts.update(target, ts, post.body, status)
        except Unconfirmed as error:
            # What stands is unknown, and all the same what the next call makes of it.
            raise later(error.user_message) from error

    async def remove(self, target: Target, ts: str) -> None:
        """Take away a stream that nobody knows of."""
        with suppress(TargetGone):
            await self._posts.halt(target, ts, "processing")
        await self._posts.delete(target, ts)


def _recipient(target: Target) -> dict[str, Any]:
    """Who sees it grow: channels ask for that, direct messages know."""
    if target.get("private") or not target.get("asker"):
        return {}
    return {
        "recipient_user_id": target["asker"],
        "recipient_team_id": target.get("asker_team") or target.get("team"),
    }


def _workspace(target: Target) -> str:
    return str(target.get("team") or "")


def _reader(target: Target) -> str:
    return f"{target.get('team')}:{target.get('channel')}:{target.get('asker')}"


def _thread(target: Target) -> str:
    return f"{target.get('team')}:{target.get('channel')}:{target.get('thread')}"
