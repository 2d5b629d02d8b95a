"""A platform, its bridge and its pure `render`, as peers of the real ones: the same protocol, with knobs.

`FakePlatform` is the platform itself: it outlives every process of ours. It keeps a ledger of all calls and what a
person sees, in order. `FakeBridge` is our adapter to it. What the platform can do is told by `Traits`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from trunkline.bridge import (
    STATUS_KEY,
    Bridge,
    Budget,
    Capabilities,
    Core,
    Descriptor,
    Post,
    Shown,
    Target,
    TurnChange,
    View,
    Wiring,
)
from trunkline.errors import PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline.messages import Blob, Json, Media, Message, Reply, Thought
from trunkline.splitting import split

Kind = Literal["create", "edit", "append", "delete", "find"]


@dataclass(frozen=True)
class Traits:
    """What kind of platform it is."""

    name: str = "plain"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(controls=True, divider=True))
    limit: int = 2000
    """Characters in one post."""
    budget: Budget = field(default_factory=Budget)


TRAITS: tuple[Traits, ...] = (
    Traits("repeatable-creates", Capabilities(controls=True, divider=True, repeatable=True)),
    Traits("found-by-search", Capabilities(controls=True, divider=True, retry_in_place=False)),
    Traits("append-only", Capabilities(controls=True, divider=True, append=True)),
    Traits("no-edit", Capabilities(edit=False, divider=True, controls=True)),
    Traits("no-delete", Capabilities(delete=False, divider=True, controls=True)),
    Traits("no-find", Capabilities(find=False, controls=True, divider=True)),
)
"""One platform for each way of the core to go."""


@dataclass
class Standing:
    """A post on the platform."""

    id: str
    channel: str
    author: str
    body: Mapping[str, Json]
    nonce: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class Seen:
    """What a person sees of one message."""

    id: str
    author: str
    text: str = ""
    controls: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Call:
    kind: Kind
    id: str
    text: str
    at: float


@dataclass
class Fault:
    """The next call of a kind (that `concerns` accepts) fails with `error`, `after` its effect or before it."""

    kind: Kind
    error: PlatformError
    after: bool = False
    concerns: Callable[[Post], bool] = lambda post: True


class FakePlatform:
    """The platform. `calls` and `changes` are ledgers; `fail` schedules failures."""

    def __init__(self, traits: Traits = TRAITS[0], now: Callable[[], float] = lambda: 0.0) -> None:
        self.traits = traits
        self.calls: list[Call] = []
        self.changes: list[TurnChange] = []
        self.faults: list[Fault] = []
        self.gone: set[str] = set()
        """Channels that were deleted."""
        self.companions: dict[str, tuple[tuple[str, Target], ...]] = {}
        """Further deliveries, by channel."""
        self._now = now
        self._timeline: list[Standing] = []
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()

    # What people do and see.

    def say(self, channel: str, author: str, text: str) -> str:
        """A person posts a message; its id."""
        return self._add(Standing(f"m{next(self._ids)}", channel, author, {"text": text})).id

    def remove(self, post_id: str) -> None:
        """A person deletes a message, theirs or ours."""
        self._of(post_id).deleted = True
        self.touch()

    def seen(self, channel: str = "general", *, ours: bool = True) -> list[Seen]:
        """What stands in a channel, in order; with `ours` only what the bot posted."""
        standing = [p for p in self._timeline if p.channel == channel and not p.deleted]
        return [_seen(post) for post in standing if not ours or post.author == "bot"]

    def fail(
        self,
        kind: Kind,
        error: PlatformError,
        *,
        times: int = 1,
        after: bool = False,
        concerns: Callable[[Post], bool] = lambda post: True,
    ) -> None:
        self.faults += [Fault(kind, error, after, concerns) for _ in range(times)]

    def rate_limit(self, kind: Kind, retry_after: float, times: int = 1) -> None:
        self.fail(kind, RateLimited("slow down", retry_after), times=times)

    def lose(self, kind: Kind, *, after: bool, times: int = 1) -> None:
        """The answer to a call is lost, before or after it took effect."""
        self.fail(kind, Unconfirmed("the answer was lost"), times=times, after=after)

    def touch(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Returns once the condition holds; it is looked at after every change of the platform."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    # What the bridge calls.

    def create(self, channel: str, post: Post, nonce: str) -> str:
        self._begin("create", post, "")
        self._there(channel)
        if self.traits.capabilities.repeatable:
            twin = next((p for p in self._timeline if p.nonce == nonce), None)
            if twin is not None:
                self._done("create", post)
                return twin.id
        made = self._add(Standing(f"p{next(self._ids)}", channel, "bot", post.body, nonce))
        self._done("create", post)
        return made.id

    def edit(self, post_id: str, post: Post, kind: Literal["edit", "append"] = "edit") -> None:
        self._begin(kind, post, post_id)
        standing = self._of(post_id)
        if standing.deleted:
            raise TargetGone("That post is gone.")
        self._there(standing.channel)
        if kind == "append":
            assert str(post.body.get("text", "")).startswith(str(standing.body.get("text", "")))
        assert "file" not in standing.body, "files are never edited"
        standing.body = post.body
        self._done(kind, post)

    def delete(self, shown: Shown) -> None:
        self._begin("delete", shown.post, shown.id)
        self._of(shown.id).deleted = True
        self._done("delete", shown.post)

    def find(self, channel: str, nonce: str) -> str | None:
        self._begin("find", Post("", {}), "")
        for post in self._timeline:
            if post.nonce == nonce and post.channel == channel and not post.deleted:
                return post.id
        return None

    def changed(self, change: TurnChange) -> None:
        self.changes.append(change)
        self.touch()

    def _add(self, post: Standing) -> Standing:
        self._timeline.append(post)
        self.touch()
        return post

    def _of(self, post_id: str) -> Standing:
        return next(post for post in self._timeline if post.id == post_id)

    def _there(self, channel: str) -> None:
        if channel in self.gone:
            raise TargetGone("That channel is gone.")

    def _begin(self, kind: Kind, post: Post, post_id: str) -> None:
        self.calls.append(Call(kind, post_id, str(post.body.get("text", "")), self._now()))
        self._fault(kind, post, after=False)

    def _done(self, kind: Kind, post: Post) -> None:
        self.touch()
        self._fault(kind, post, after=True)

    def _fault(self, kind: Kind, post: Post, *, after: bool) -> None:
        for fault in self.faults:
            if fault.kind == kind and fault.after == after and fault.concerns(post):
                self.faults.remove(fault)
                self.touch()
                raise fault.error


class FakeBridge:
    """Our adapter to a `FakePlatform`."""

    def __init__(self, platform: FakePlatform, name: str = "fake") -> None:
        self._platform = platform
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._platform.traits.capabilities

    async def run(self, core: Core) -> None:
        await asyncio.Event().wait()

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return self._platform.companions.get(str(target["channel"]), ())

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        return f"{self._name}:{target['channel']}", self._platform.traits.budget

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        return self._platform.create(str(target["channel"]), post, nonce)

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        assert self.capabilities.edit
        self._platform.edit(shown.id, post)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        assert self.capabilities.append
        self._platform.edit(shown.id, post, "append")

    async def delete(self, target: Target, shown: Shown) -> None:
        assert self.capabilities.delete
        self._platform.delete(shown)

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        assert self.capabilities.find
        return self._platform.find(str(target["channel"]), nonce)

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        self._platform.changed(change)


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    """Text in posts of the platform's limit, the controls under the last, each file in a post of its own."""
    append = view.options.get("append") is True
    limit = view.options.get("limit", 2000)
    assert isinstance(limit, int)
    pieces = split(_words(reply), limit, append_only=append).pieces
    controls = () if reply.running or not view.newest else (*_options(reply), "retry", "undo")
    if view.chosen >= 0 and not view.newest:
        controls = (f"chose {reply.options[view.chosen].shown}",)
    posts = [
        Post(
            f"text:{number}",
            {"text": piece, "controls": controls if number == len(pieces) - 1 else ()},
            "append" if append else "replace",
            text=piece,
        )
        for number, piece in enumerate(pieces)
    ]
    for media in _media(reply.messages):
        if isinstance(media.source, Blob):
            body: dict[str, Json] = {"file": media.source.sha256, "name": media.name}
            key = f"file:{media.source.sha256}:{media.name}"
            posts.append(Post(key, body, "fixed", final=True))
    if reply.running and reply.notices:
        posts.append(Post(STATUS_KEY, {"text": " ".join(notice.text for notice in reply.notices)}))
    return tuple(posts)


def descriptor(bridge: Bridge, draw: Callable[..., tuple[Post, ...]] = render) -> Descriptor:
    """What the package of a fake bridge offers."""

    def opened(wiring: Wiring) -> Bridge:
        return bridge

    return Descriptor(bridge.name, bridge.capabilities, BaseModel, draw, opened)


def _words(reply: Reply) -> str:
    lines = [_text(message) for message in reply.messages]
    if not reply.running:
        lines += [f"({notice.text})" for notice in reply.notices if notice.text]
    lines += [f"{media.name}: {media.error}" for media in _media(reply.messages) if media.error]
    if reply.state == "stopped":
        lines.append("[stopped]")
    if reply.state == "failed":
        lines.append(f"[failed] {reply.error}")
    return "\n\n".join(line for line in lines if line)


def _text(message: Message) -> str:
    thoughts = [f"<{part.title}>" for part in message.parts if isinstance(part, Thought)]
    return "\n\n".join((*thoughts, *([message.text] if message.text else ())))


def _media(messages: Iterable[Message]) -> list[Media]:
    return [media for message in messages for media in message.media]


def _options(reply: Reply) -> tuple[str, ...]:
    return tuple(f"option {option.shown}" for option in reply.options)


def _seen(post: Standing) -> Seen:
    controls = post.body.get("controls", ())
    assert isinstance(controls, list | tuple)
    return Seen(
        post.id,
        post.author,
        str(post.body.get("text", "")),
        tuple(str(control) for control in controls),
        str(post.body.get("file", "")),
    )
