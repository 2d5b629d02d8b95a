"""The Slack bridge: carries out what delivery decides, and runs what hears and acts."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Final, Literal, TypeAlias

from trunkline.bridge import (
    Budget,
    Capabilities,
    Core,
    MediaShelf,
    Mount,
    Post,
    Shown,
    Target,
    TurnChange,
    Vault,
)
from trunkline.clock import Clock, SystemClock
from trunkline.errors import PlatformError, TargetGone
from trunkline.recent import Recent
from trunkline.words import words
from trunkline.workers import alongside

from .desk import Desk
from .facts import PLATFORM, Spot, place_of
from .hearing.client import receive
from .hearing.installing import Installations
from .limits import APPENDS, CAPABILITIES, DELETES, POSTS, STREAM_STARTS, UPDATES
from .options import SlackOptions
from .sending.api import Api
from .sending.finding import Finder, by_nonce, is_stream
from .sending.posts import REMEMBERED, Posts
from .sending.presence import Presence
from .sending.refusals import code_of
from .sending.streams import Streams
from .sending.uploads import Uploads

Tried: TypeAlias = Literal["post", "stream", "file"]
SAID: Final = "status"


class SlackBridge:
    """A `Bridge` to Slack. `target` is what `facts.target_of` makes.

    The id of a post is its message's `ts`, "+" between several; the id of a file where the message is not known;
    `SAID` where the session's status says it.
    """

    def __init__(
        self,
        options: SlackOptions,
        *,
        default_app: str,
        apps: Sequence[str] = (),
        media: MediaShelf,
        vault: Vault,
        mount: Mount,
        clock: Clock | None = None,
        api: Api | None = None,
    ) -> None:
        self._options = options
        self._default_app = options.app or default_app
        self._apps = tuple(apps) or (self._default_app,)
        self._vault = vault
        self._mount = mount
        self._clock = clock or SystemClock()
        self._api = api or Api(options, self._clock)
        self._installations = Installations(vault, options, self._clock, self._api.client)
        if options.many_workspaces:
            # Replies of an earlier process go on as soon as `run` begins.
            self._api.tokens = self._installations.token
        self._posts = Posts(self._api)
        self._presence = Presence(self._api, options, self._clock)
        self._streams = Streams(self._api, self._posts, self._clock, self._presence.noted)
        self._uploads = Uploads(self._api, self._posts, media, self._clock)
        self._finder = Finder(self._api, self._owned)
        self._desk: Desk | None = None
        self._tried: Recent[str, Tried] = Recent(REMEMBERED)  # nonce to how its create was tried by this process

    @property
    def name(self) -> str:
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def options(self) -> SlackOptions:
        return self._options

    # Receiving

    async def run(self, core: Core) -> None:
        """Receive until cancelled. `SettingsError` when a token or an address is wrong."""
        self._desk = Desk(
            *(core, self._options, self._default_app, self._apps, self._api, self._clock),
            halted=self._streams.halted,
        )
        try:
            async with alongside(self._presence.live):
                await receive(self._desk, self._vault, self._mount, installations=self._installations)
        finally:
            await self.close()

    async def close(self) -> None:
        """Let the connections to Slack go, for good."""
        await self._api.close()

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        if target.get("channel"):
            self._presence.changed(target, change)

    # Delivering

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return ()

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        """Per method and workspace; posts per channel."""
        team, channel = str(target.get("team") or ""), str(target["channel"])
        match operation:
            case "create" if self._streams.tried(target):
                return f"slack:start:{team}", STREAM_STARTS
            case "create":
                return f"slack:post:{team}:{channel}", POSTS
            case "edit" if self._streams.grows(target):
                return f"slack:append:{team}", APPENDS
            case "edit":
                return f"slack:update:{team}", UPDATES
            case "delete":
                return f"slack:delete:{team}", DELETES

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        if post.body.get("files"):
            self._tried.put(nonce, "file")
            return await self._uploads.create(target, post.body, nonce)
        if post.mutability == "append":
            self._tried.put(nonce, "stream")
            return await self._streams.start(target, post, nonce)
        self._tried.put(nonce, "post")
        if await self._says(target, post):
            return SAID
        return await self._posts.create(target, post.body, nonce)

    async def _says(self, target: Target, post: Post) -> bool:
        """Whether the words of a status line stand in the session's status: then no message says them."""
        words = post.body.get("status")
        return isinstance(words, str) and await self._presence.say(target, words)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self._in_window(target, shown, self._streams.append(target, shown, post))

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        await self._in_window(target, shown, self._edited(target, shown, post))

    async def _edited(self, target: Target, shown: Shown, post: Post) -> None:
        ts = shown.id.partition("+")[0]
        if ts == SAID:
            await self._says(target, post)
        elif post.mutability == "append":
            await self._streams.show_all(target, ts, post)
        elif "." in ts:
            self._streams.changing(target)
            await self._posts.update(target, ts, post.body)

    async def _in_window(self, target: Target, shown: Shown, change: Awaitable[None]) -> None:
        """Carry out a change; where the workspace forbids late ones, a reply that is not done is posted anew."""
        try:
            await change
        except PlatformError as error:
            if code_of(error) != "edit_window_closed" or not self._presence.runs(target):
                raise
            await self.delete(target, shown)
            raise TargetGone(words("slack_edit_window")) from error

    async def delete(self, target: Target, shown: Shown) -> None:
        if shown.id == SAID:
            await self._presence.say(target, "")
            return
        for one in shown.id.split("+"):
            if "." in one:
                await self._posts.delete(target, one)
            else:
                await self._uploads.remove(target, one)

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        """By its metadata; what has none, by the file that it holds or by author and position."""
        tried = self._tried.get(nonce)
        if tried == "file" and (found := await self._uploads.find(target, nonce)):
            return found
        messages = await self._finder.messages(target)
        found = by_nonce(messages, nonce)
        if found is not None:
            self._posts.named(target, found, nonce)
        if found is not None or tried in ("post", "file"):
            return found
        guessed = await self._finder.guess(target, messages, after)
        if guessed is None:
            return None
        ts = str(guessed["ts"])
        if tried == "stream":
            # What it shows is not known: another one goes on growing, this one would stand still.
            if is_stream(guessed):
                await self._streams.remove(target, ts)
            return None
        return ts

    async def _owned(self, target: Target, ts: str) -> bool:
        if self._desk is None:
            return True
        spot = Spot(str(target.get("team") or ""), str(target["channel"]), str(target.get("thread") or ""))
        return bool(await self._desk.core.turn_of(place_of(self._options, spot, self._default_app), ts))
