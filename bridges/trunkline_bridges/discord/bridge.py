"""The Discord bridge: carries out what delivery decides, and runs what hears and acts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from trunkline.bridge import Budget, Capabilities, Core, MediaShelf, Post, Shown, Target, TurnChange, Vault
from trunkline.calls import Calls, aloud
from trunkline.clock import Clock, SystemClock
from trunkline.errors import Forbidden, TargetGone
from trunkline.inbound import Place
from trunkline.messages import Json
from trunkline.recent import Recent
from trunkline.workers import alongside

from .desk import Desk
from .facts import PLATFORM
from .hearing.client import receive
from .keys import is_news
from .limits import CAPABILITIES, CREATES, DELETES, EDITS, EPOCH_MS, TOKEN_CALLS, UPLOAD
from .options import DiscordOptions
from .sending import drafts, finding
from .sending.closing import Closings
from .sending.presence import Presence
from .sending.refusals import ARCHIVED, NO_HISTORY, NO_PERMISSION, code_of
from .sending.rest import Part, Rest
from .sending.tokens import Tokens, name_of
from .sending.uploads import Uploads, gather, left_out
from .speaking.calling import calling

LEAST_INTERVAL: Final = 1.0
"""Seconds between two edits of a running reply, however many Discord would take: people read no faster."""
FINDING: Final = 100
FINDING_PAGES: Final = 5
"""So many times so many messages are looked through for one whose create was not confirmed."""
NONCE_SECONDS: Final = 120.0
"""For so long a repeated create surely gives the first one's message. Discord says "some minutes"."""
_MOST_REMEMBERED: Final = 2048
_WEIGHT: Final = 0.2
"""Of the newest edit in the mean of how long they take."""
_THREADS: Final = frozenset({10, 11, 12})


class DiscordBridge:
    """A `Bridge` to Discord. `target` is what `facts.target_of` makes.

    The id of a post is its message's; one that is not in the target's channel has its own before it: `channel/id`.
    """

    def __init__(
        self,
        options: DiscordOptions,
        *,
        default_app: str,
        apps: Sequence[str] = (),
        media: MediaShelf,
        vault: Vault | None = None,
        calls: Calls | None = None,
        manner: Mapping[str, Json] | None = None,
        clock: Clock | None = None,
        rest: Rest | None = None,
    ) -> None:
        self._options = options
        self._default_app = options.app or default_app
        self._apps = tuple(apps) or (self._default_app,)
        self._media = media
        self._vault = vault
        self._calls = calls or Calls()
        self._manner = manner or {}  # the settings of the voice bridge
        self._clock = clock or SystemClock()
        self._rest = rest or Rest(options, self._clock)
        self._tokens = Tokens(self._rest, self._clock, self._application)
        self._presence = Presence(self._rest, self._clock)
        self._closings = Closings(self._tokens, self._clock)
        self._desk: Desk | None = None
        self._ids: dict[str, str] = {}
        self._edit_seconds = 0.0  # how long an edit takes, lately
        self._tried: Recent[str, float] = Recent(_MOST_REMEMBERED)  # nonce to when it was first sent
        self._uploaded: Recent[str, Uploads] = Recent(_MOST_REMEMBERED)  # message to what of its files is there
        self._parents: Recent[str, str] = Recent(_MOST_REMEMBERED)

    @property
    def name(self) -> str:
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def options(self) -> DiscordOptions:
        return self._options

    # Receiving

    async def run(self, core: Core) -> None:
        """Receive until cancelled. `SettingsError` when the token, the shards or an address are wrong."""
        self._desk = Desk(
            core, self._options, self._default_app, self._apps, self._rest, self._clock, vault=self._vault
        )
        try:
            async with alongside(self._live), calling(self._desk, self._calls, self._manner):
                await receive(self._desk, self._options.token.get_secret_value().strip())
        finally:
            await self.close()

    async def close(self) -> None:
        """Let the connections to Discord go, for good."""
        await self._rest.close()

    def _live(self, tasks: asyncio.TaskGroup | None) -> None:
        """What only decorates lives in the group, and ends with None."""
        self._presence.live(tasks)
        self._closings.live(tasks)

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        if target.get("channel"):
            self._presence.changed(target, change)
            self._closings.changed(target, change)

    # Delivering

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return (("voice", aloud(target)),) if target.get("call") else ()

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        """Per channel and method, or per token; by what Discord's own answers taught, else as is usual."""
        if self._by_token(operation, target):
            learnt = self._rest.budget_of("PATCH", "/webhooks/0/token/messages/@original")
            return f"discord:token:{name_of(target)}", _paced(learnt, TOKEN_CALLS, self._edit_seconds)
        channel = str(target["channel"])
        path = f"/channels/{channel}/messages"
        match operation:
            case "create":
                budget = _paced(self._rest.budget_of("POST", path), CREATES)
            case "edit":
                budget = _paced(self._rest.budget_of("PATCH", f"{path}/{_ANY}"), EDITS, self._edit_seconds)
            case "delete":
                budget = _paced(self._rest.budget_of("DELETE", f"{path}/{_ANY}"), DELETES)
        return f"discord:{operation}:{channel}", budget

    def _by_token(self, operation: str, target: Target) -> bool:
        if not self._tokens.good(target):
            return False
        if self._tokens.alone(target):
            return True
        known = self._tokens.of(target)
        if operation == "create":
            return bool(target.get("original")) and not known.original
        return operation == "edit" and bool(known.original) and not known.further

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        self._presence.spoke(target)
        body, uploads = await self._filled(post.body, target)
        first = (not after or is_news(post.key)) and not target.get("delivery")
        reply_to = str(target.get("reply_to") or "") if first else ""
        notify = bool(reply_to) and is_news(post.key) and self._options.notify
        form = drafts.for_create(body, nonce=nonce, reply_to=reply_to, notify=notify)
        try:
            made = await self._made(target, form, uploads.parts, after)
        except Forbidden as error:
            # Without a permission that only its extras need, the rest is posted all the same.
            if code_of(error) == NO_HISTORY and reply_to:
                reply_to = ""
            elif code_of(error) == NO_PERMISSION and uploads.parts:
                files: Any = post.body["files"]
                uploads = left_out(files)
                body = drafts.with_files(post.body, {}, uploads.missing)
            else:
                raise
            form = drafts.for_create(body, nonce=nonce, reply_to=reply_to)
            made = await self._made(target, form, uploads.parts, after)
        if "files" in post.body:
            self._uploaded.put(made, replace(uploads, parts=()))
        return made

    async def _made(
        self, target: Target, form: dict[str, Any], parts: Sequence[Part], after: Sequence[Shown]
    ) -> str:
        by_token = await self._tokens.create(target, form, parts, after)
        if by_token is not None:
            return by_token
        if self._tokens.alone(target):
            channel = await self._tokens.directly(target)
            elsewhere = {key: value for key, value in form.items() if key != "message_reference"}
            return f"{channel}/{await self._post(channel, elsewhere, parts)}"
        try:
            return await self._post(str(target["channel"]), form, parts)
        except Forbidden:
            if not self._tokens.shut_out(target):
                raise
        return await self._made(target, form, parts, after)

    async def _post(self, channel: str, form: Mapping[str, Any], parts: Sequence[Part]) -> str:
        nonce = str(form.get("nonce", ""))
        if nonce not in self._tried:
            self._tried.put(nonce, self._clock.now())
        made = await self._rest.call("POST", f"/channels/{channel}/messages", json=form, files=parts)
        return str(made["id"])

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        self._presence.spoke(target)
        body, parts = await self._changed(target, shown, post)
        notify = is_news(post.key) and self._options.notify
        form = drafts.for_edit(body, notify=notify)
        if "/" not in shown.id and await self._tokens.edit(target, shown, form, parts):
            return
        try:
            await self._edit(target, shown, form, parts)
        except Forbidden:
            if not (self._tokens.shut_out(target) and await self._tokens.edit(target, shown, form, parts)):
                raise

    async def _edit(self, target: Target, shown: Shown, form: Mapping[str, Any], parts: Sequence[Part]) -> None:
        channel, message = _address(target, shown)
        path = f"/channels/{channel}/messages/{message}"
        began = self._clock.now()
        try:
            await self._rest.call("PATCH", path, json=form, files=parts)
            self._edit_seconds += _WEIGHT * (self._clock.now() - began - self._edit_seconds)
        except Forbidden as error:
            if code_of(error) != ARCHIVED:
                raise
            await self._rest.call("PATCH", f"/channels/{channel}", json={"archived": False}, patient=True)
            await self._rest.call("PATCH", path, json=form, files=parts)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self.edit(target, shown, post)

    async def delete(self, target: Target, shown: Shown) -> None:
        channel, message = _address(target, shown)
        try:
            if "/" not in shown.id and await self._tokens.delete(target, shown):
                return
            await self._rest.call("DELETE", f"/channels/{channel}/messages/{message}")
        except TargetGone:
            return

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        """By the nonce where Discord still tells it, else by author, reference and position."""
        if target.get("token") and not target.get("delivery"):
            # The first answer by a token is made anew without harm, further ones in foreign places cannot be read.
            if target.get("original") and not after:
                return await self._tokens.original(target) or None
            if target.get("foreign"):
                return None
        channel = str(target["channel"])
        since = str(target.get("reply_to") or _snowflake(target.get("at")))
        messages = await self._since(channel, since)
        found = finding.by_nonce(messages, nonce)
        if found is not None or self._clock.now() - (self._tried.get(nonce) or 0.0) < NONCE_SECONDS:
            return found
        return await self._guess(target, messages, after)

    async def _since(self, channel: str, since: str) -> list[Any]:
        """What was written there since that id, as far as it is looked through."""
        messages: list[Any] = []
        for _ in range(FINDING_PAGES):
            query: dict[str, str | int] = {"after": since, "limit": FINDING}
            page = await self._rest.call("GET", f"/channels/{channel}/messages", query=query)
            messages += page
            if len(page) < FINDING:
                break
            since = str(max(int(one["id"]) for one in page))
        return messages

    async def _guess(self, target: Target, messages: Sequence[Any], after: Sequence[Shown]) -> str | None:
        if self._desk is None or target.get("delivery"):
            return None
        core, channel = self._desk.core, str(target["channel"])
        parent = await self._parent(channel)
        place = Place(PLATFORM, self._default_app, str(target.get("guild") or ""), parent or channel)
        reply_to = str(target.get("reply_to") or "")
        turn = await core.turn_of(place, str(target.get("newest") or reply_to))
        known = {one.id for one in after}
        possible = finding.candidates(messages, await self._bot(), known, reply_to, turn)
        unowned = [one for one in possible if not await core.turn_of(place, one)]
        return unowned[0] if len(unowned) == 1 else None

    async def _parent(self, channel: str) -> str:
        """The channel that a thread belongs to, "" for what is no thread."""
        parent = self._parents.get(channel)
        if parent is None:
            found = await self._rest.call("GET", f"/channels/{channel}", patient=True)
            parent = str(found.get("parent_id") or "") if found.get("type") in _THREADS else ""
            self._parents.put(channel, parent)
        return parent

    # Files

    async def _filled(self, body: Mapping[str, Any], target: Target) -> tuple[dict[str, Any], Uploads]:
        """The body with its files read, and what is uploaded with it."""
        files = body.get("files")
        if not files:
            return dict(body), Uploads()
        uploads = await gather(files, self._media, _upload_limit(target))
        return {
            **drafts.with_files(body, uploads.renamed or {}, uploads.missing),
            "attachments": uploads.attachments,
        }, uploads

    async def _changed(self, target: Target, shown: Shown, post: Post) -> tuple[dict[str, Any], Sequence[Part]]:
        """The body of an edit. Files that stand already are left as they are."""
        before = self._uploaded.get(shown.id)
        if post.body.get("files") and before is not None and shown.post.body.get("files") == post.body["files"]:
            return drafts.with_files(post.body, before.renamed or {}, before.missing), ()
        body, uploads = await self._filled(post.body, target)
        if "files" in post.body:
            self._uploaded.put(shown.id, replace(uploads, parts=()))
        return {"attachments": [], **body}, uploads.parts

    # Who we are

    async def _bot(self) -> str:
        if self._desk is not None and self._desk.bot:
            return self._desk.bot
        if "bot" not in self._ids:
            self._ids["bot"] = str((await self._rest.call("GET", "/users/@me", patient=True))["id"])
        return self._ids["bot"]

    async def _application(self) -> str:
        if self._desk is not None and self._desk.application:
            return self._desk.application
        if "application" not in self._ids:
            found = await self._rest.call("GET", "/applications/@me", patient=True)
            self._ids["application"] = str(found["id"])
        return self._ids["application"]


_ANY: Final = "100000000000000000"
"""Stands for the id of any message where only the route counts."""


def _paced(learnt: Budget | None, usual: Budget, edit_seconds: float = 0.0) -> Budget:
    """The budget that Discord told of, with the reserve and the interval that this asks for.

    Intervals count from the end of an edit, budgets from its beginning: `edit_seconds` lie between.
    """
    if learnt is None or not learnt.calls:
        return usual
    reserve = min(usual.reserve, learnt.calls - 1)
    fair = learnt.seconds / (learnt.calls - reserve)
    interval = max(LEAST_INTERVAL, fair - min(round(edit_seconds, 2), fair / 2)) if usual.interval else 0.0
    return replace(learnt, reserve=reserve, interval=interval)


def _address(target: Target, shown: Shown) -> tuple[str, str]:
    """The channel and the message of a post."""
    channel, apart, message = shown.id.rpartition("/")
    return (channel, message) if apart else (str(target["channel"]), shown.id)


def _snowflake(at: Any) -> int:
    """The smallest id of that moment, in seconds since the epoch; a little earlier, for clocks that differ."""
    seconds = at if isinstance(at, int | float) else 0.0
    return max(0, int(seconds * 1000) - EPOCH_MS - 60_000) << 22


def _upload_limit(target: Target) -> int:
    limit = target.get("upload_limit")
    return limit if isinstance(limit, int) and limit > 0 else UPLOAD
