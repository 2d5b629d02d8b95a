"""Owns the posts of a reply on one platform: what stands there, what should, and getting from one to the other.

A `Delivery` is given snapshots as they come and keeps only the newest. Its flusher draws the newest with the
bridge's pure `render`, compares it with what stands (`reconcile.py`), and carries out the operations one at a
time, each when the budget of its scope allows (`pacing.py`). Nothing that produces snapshots ever waits for a
platform.

Before each create an intent is stored, after it the post's id: a create whose answer was lost, to us or to a
killed process, is looked up or repeated under the same nonce, and then edited to what is wanted.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from .bridge import Bridge, Budget, Post, Render, Shown, Target, View
from .clock import Clock
from .errors import PlatformError, RateLimited, TargetGone, Unconfirmed
from .messages import Reply
from .pacing import Paces, backoff
from .reconcile import Append, Create, Delete, Edit, Operation, reconcile

GIVE_UP_AFTER = 900.0
"""Seconds for which a final is tried again while its platform fails in ways that may pass."""

UNKNOWN: Mapping[str, str] = {"unknown": "stands on the platform, from before a restart or a lost answer"}
"""The body of a post whose look is not known; it differs from every body that `render` makes."""


class Ledger(Protocol):
    """Where intents and ids are kept: the store, in production."""

    async def intend(self, turn: int, target: str, part: str, nonce: str) -> None: ...

    async def posted(self, turn: int, target: str, part: str, post_id: str, *, soon: bool) -> None:
        """Keep the post's id; with `soon` it may be lost in a kill."""
        ...

    async def unposted(self, turn: int, target: str, part: str, post_id: str) -> None:
        """Forget the part if it still names that post."""
        ...

    async def renamed(self, turn: int, target: str, old: str, new: str, post_id: str) -> None:
        """The post now shows another part."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """A post of an earlier run, as the ledger remembers it; `id` None: intended, and perhaps created."""

    part: str
    nonce: str
    id: str | None
    doubtful: bool = True
    """Without an id: the create may have happened. Not so when the platform said no to it."""


class Pacer:
    """The budgets of all scopes, shared by all deliveries."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paces = Paces()
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret

    def delay(self, scope: str, budget: Budget, *, urgent: bool, since: float | None = None) -> float:
        """Seconds until the scope has room for one call; `since` is when the reply's last edit ended."""
        now = self._clock.now()
        return self._paces.of(scope, budget, now).delay(now, urgent=urgent, since=since)

    def take(self, scope: str, budget: Budget, *, urgent: bool, since: float | None = None) -> float:
        """`delay`; where there is room it is taken, for a call that is made now."""
        now = self._clock.now()
        pace = self._paces.of(scope, budget, now)
        delay = pace.delay(now, urgent=urgent, since=since)
        if delay <= 0:
            pace.spent(now)
        return delay

    async def ready(self, scope: str, budget: Budget) -> None:
        """Wait for room and take it: for calls that nothing newer can overtake."""
        while (delay := self.take(scope, budget, urgent=True)) > 0:
            await self._clock.sleep(delay)

    async def back_off(self, attempt: int) -> None:
        """Wait after failed attempt number `attempt` (0 is the first)."""
        await self._clock.sleep(self.backoff(attempt))

    def backoff(self, attempt: int) -> float:
        """Seconds to wait after failed attempt number `attempt` (0 is the first)."""
        return backoff(attempt, self._rng.random)

    def succeeded(self, scope: str, budget: Budget) -> None:
        self._paces.of(scope, budget, self._clock.now()).succeeded()

    def limited(self, scope: str, budget: Budget, retry_after: float) -> None:
        """The platform said 429: nobody uses the scope for `retry_after` seconds."""
        now = self._clock.now()
        self._paces.of(scope, budget, now).limited(now, retry_after)


class Delivery:
    """The posts of one turn at one target. `run` is its flusher; `show` and `finish` are called by the turn.

    The argument `life` tells deliveries of the same turn at the same target apart, in one life and over several.
    """

    def __init__(
        self,
        bridge: Bridge,
        render: Render,
        view: View,
        *,
        ledger: Ledger,
        pacer: Pacer,
        clock: Clock,
        standing: Sequence[Standing] = (),
        life: str = "",
    ) -> None:
        self.bridge = bridge
        self.view = view
        self.shown: list[Shown] = []
        self._target: Target = view.target
        self._target_key = target_key(bridge.name, view.target)
        self._render = render
        self._ledger = ledger
        self._pacer = pacer
        self._clock = clock
        self._standing = list(standing)
        self._life = life
        self._newest: Reply | None = None
        self._wake = asyncio.Event()
        self._done = asyncio.Event()
        self._failure: PlatformError | None = None
        self._refused: Reply | None = None
        self._final = asyncio.Event()
        self._last_call: float | None = None
        self._deleted: set[str] = set()
        self._created: dict[str, int] = {}
        self._streams = bridge.capabilities.edit and view.options.get("stream", True) is not False

    def show(self, reply: Reply) -> None:
        """Show a snapshot as soon as the budget allows, unless a newer one comes first."""
        if self._streams or not reply.running:
            self._newest = reply
            self._wake.set()
            if not reply.running:
                self._final.set()

    async def finish(self, reply: Reply) -> None:
        """Show the final; returns when it stands. The `PlatformError` of a platform that refuses for good."""
        self.show(reply)
        await self._done.wait()
        if self._failure is not None:
            raise self._failure

    async def deliver(self, reply: Reply) -> None:
        """`finish` for a reply of which no snapshot was ever shown; runs by itself."""
        self.show(reply)
        await self.run()
        await self.finish(reply)

    async def run(self) -> None:
        """Flush snapshots until the final stands or the platform refuses it for good."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._latest().running and not self._streams:
                    continue
                try:
                    if await self._flush():
                        return
                except PlatformError as error:
                    if self._final.is_set() and self._refused is self._newest:
                        self._failure = error
                        return
                    # A preview may be dropped, the final may not: it is tried for itself.
                    self._streams = False
                    self._wake.set()
        finally:
            self._done.set()

    async def _flush(self) -> bool:
        """Bring the platform to the newest snapshot; whether that was the final."""
        failures = 0
        failing_since = 0.0
        while True:
            reply = self._latest()
            try:
                if await self._step(reply):
                    return not reply.running
                failures = 0
            except RateLimited:
                continue
            except PlatformError as error:
                self._refused = reply
                if not error.retryable:
                    raise
                now = self._clock.now()
                failing_since = failing_since if failures else now
                if not reply.running and now - failing_since > GIVE_UP_AFTER:
                    raise
                await self._pause(self._pacer.backoff(failures), interruptible=reply.running)
                failures += 1

    async def _step(self, reply: Reply) -> bool:
        """Carry out one operation towards `reply`, or wait for the budget; True when nothing is left to do.

        After a wait the caller draws again: only the newest snapshot is ever put on the platform.
        """
        final = not reply.running
        operations = await self._operations(reply, final)
        if not operations:
            return self._newest is reply
        kind = _kind(operations[0])
        scope, budget = self.bridge.budget(kind, self._target)
        since = self._last_call if kind == "edit" else None
        delay = self._pacer.take(scope, budget, urgent=final, since=since)
        if delay > 0:
            await self._pause(delay, interruptible=not final)
            return False
        try:
            await self._perform(operations[0])
        except RateLimited as error:
            self._pacer.limited(scope, budget, error.retry_after)
            raise
        self._pacer.succeeded(scope, budget)
        if kind != "delete":
            self._last_call = self._clock.now()
        # What was the only thing to do needs no second look, once it is known to look as wanted.
        return len(operations) == 1 and self._newest is reply and self._stands(operations[0])

    def _stands(self, operation: Operation) -> bool:
        return not isinstance(operation, Delete) and any(one.post == operation.post for one in self.shown)

    def _latest(self) -> Reply:
        assert self._newest is not None, "the flusher wakes only when there is something to show"
        return self._newest

    async def _pause(self, seconds: float, *, interruptible: bool) -> None:
        """Wait; a final ends the wait of a preview, because finals have room of their own."""
        if not interruptible:
            await self._clock.sleep(seconds)
            return
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        final = asyncio.ensure_future(self._final.wait())
        try:
            await asyncio.wait((sleeping, final), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            final.cancel()

    async def _operations(self, reply: Reply, final: bool) -> tuple[Operation, ...]:
        if self._standing:
            self.shown += [Shown(s.id, Post(s.part, UNKNOWN)) for s in self._standing if s.id is not None]
            self._standing = [standing for standing in self._standing if standing.id is None]
        wanted = self._render(reply, self.view, self.shown, self._clock.now())
        if any(one.post.body is UNKNOWN for one in self.shown):
            self._recognise(wanted)
        if final:
            await self._find_orphans(wanted)
        elif self._deleted:
            wanted = tuple(post for post in wanted if post.key not in self._deleted)
        return reconcile(self.shown, wanted, final=final, capabilities=self.bridge.capabilities)

    def _recognise(self, wanted: Sequence[Post]) -> None:
        """Posts whose look is not known are of the sort that is wanted under their key.

        A fixed one then looks right: it was never changed.
        """
        by_key = {post.key: post for post in wanted}
        for position, shown in enumerate(self.shown):
            like = by_key.get(shown.post.key)
            if like is not None and shown.post.body is UNKNOWN:
                self.shown[position] = Shown(shown.id, _unknown(like))

    async def _find_orphans(self, wanted: Sequence[Post]) -> None:
        """Creates whose outcome is not known and which nobody wants any more: what they made has to go."""
        keys = {post.key for post in wanted}
        for orphan in [standing for standing in self._standing if standing.part not in keys]:
            post_id = None
            if orphan.doubtful and self.bridge.capabilities.find:
                post_id = await self._find(orphan.nonce)
            self._standing.remove(orphan)
            if post_id is not None:
                self.shown.append(Shown(post_id, Post(orphan.part, UNKNOWN)))
            await self._ledger.unposted(self.view.turn, self._target_key, orphan.part, "")

    async def _perform(self, operation: Operation) -> None:
        match operation:
            case Create(post):
                await self._create(post)
            case Edit(shown, post):
                await self._change(shown, post, append=False)
            case Append(shown, post):
                await self._change(shown, post, append=True)
            case Delete(shown):
                await self.bridge.delete(self._target, shown)
                await self._gone(shown)

    async def _create(self, post: Post) -> None:
        intent = next((standing for standing in self._standing if standing.part == post.key), None)
        if intent is None:
            intent = Standing(post.key, self._nonce(post.key), None, doubtful=False)
            await self._ledger.intend(self.view.turn, self._target_key, post.key, intent.nonce)
            self._standing.append(intent)
        post_id = await self._look_up(intent.nonce) if intent.doubtful else None
        if post_id is None:
            try:
                post_id = await self.bridge.create(self._target, post, intent.nonce, self.shown)
            except RateLimited:
                raise
            except PlatformError:
                self._standing[self._standing.index(intent)] = replace(intent, doubtful=True)
                raise
        self._standing.remove(intent)
        # What a repeated create or a look-up gives may show an earlier snapshot.
        self.shown.append(Shown(post_id, _unknown(post) if intent.doubtful else post))
        # Where the intent alone finds the post again, a kill may take the id.
        soon = self.bridge.capabilities.repeatable
        await self._ledger.posted(self.view.turn, self._target_key, post.key, post_id, soon=soon)

    def _nonce(self, part: str) -> str:
        """A name for a create that no other has: one that is used again would give a deleted post back."""
        made = self._created.get(part, 0)
        self._created[part] = made + 1
        return make_nonce(self.view.turn, self._target_key, f"{part}\0{self._life}\0{made}")

    async def _look_up(self, nonce: str) -> str | None:
        """The post that a doubtful create may have made. Where creates are repeatable the repeat itself tells."""
        capabilities = self.bridge.capabilities
        if capabilities.repeatable or not capabilities.find:
            return None
        return await self._find(nonce)

    async def _find(self, nonce: str) -> str | None:
        """The post under that nonce. Looking is paced with the creates that it stands for."""
        scope, budget = self.bridge.budget("create", self._target)
        while (delay := self._pacer.delay(scope, budget, urgent=True)) > 0:
            await self._clock.sleep(delay)
        try:
            return await self.bridge.find(self._target, nonce, self.shown)
        except RateLimited as error:
            self._pacer.limited(scope, budget, error.retry_after)
            raise

    async def _change(self, shown: Shown, post: Post, *, append: bool) -> None:
        try:
            await (self.bridge.append if append else self.bridge.edit)(self._target, shown, post)
        except Unconfirmed:
            # Edits may be repeated: what stands is the old look or the new one.
            self._replace(shown, Shown(shown.id, _unknown(shown.post)))
            raise
        except TargetGone:
            # Somebody deleted the post: previews respect that, the final is posted anew.
            self._deleted.add(shown.post.key)
            await self._gone(shown)
            return
        self._replace(shown, Shown(shown.id, post))
        if post.key != shown.post.key:
            await self._ledger.renamed(self.view.turn, self._target_key, shown.post.key, post.key, shown.id)

    async def _gone(self, shown: Shown) -> None:
        self.shown.remove(shown)
        await self._ledger.unposted(self.view.turn, self._target_key, shown.post.key, shown.id)

    def _replace(self, old: Shown, new: Shown) -> None:
        self.shown[self.shown.index(old)] = new


def make_nonce(turn: int, target: str, part: str) -> str:
    """The name of one create: 24 characters (Discord takes 25 at most)."""
    digest = hashlib.sha256(f"{turn}\0{target}\0{part}".encode()).digest()
    return base64.b32encode(digest[:15]).decode("ascii").lower()


def target_key(bridge: str, target: Target) -> str:
    """Names a delivery of a turn: the bridge, and what in the target tells its deliveries apart."""
    return f"{bridge}:{target.get('delivery', '')}"


def _unknown(post: Post) -> Post:
    return post if post.mutability == "fixed" else replace(post, body=UNKNOWN, text="\0")


def _kind(operation: Operation) -> Literal["create", "edit", "delete"]:
    match operation:
        case Create():
            return "create"
        case Delete():
            return "delete"
        case _:
            return "edit"
