"""The voice bridge: runs the calls that other bridges bring, and is where their replies are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, cast

from trunkline.audio.vad import VadPool
from trunkline.bridge import Budget, Capabilities, Core, Post, Shown, Target, TurnChange, Wiring
from trunkline.calls import VoiceTransport
from trunkline.clock import Clock, SystemClock
from trunkline.errors import Denied, TrunklineError, UsageError
from trunkline.telemetry import causes, log
from trunkline.words import words
from trunkline.workers import Workers

from .calling import Call
from .hearing import rules
from .held import Held
from .leftovers import Leftovers
from .limits import CAPABILITIES, UNPACED
from .options import VoiceOptions
from .parse import call_of
from .stage import Circumstances
from .timing import Timing


class VoiceBridge:
    """A `Bridge` without a platform of its own. `target` is `{"call"}`: a transport's name.

    A reply of a call that has ended is heard by nobody; its posts stand on the text side.
    """

    def __init__(self, wiring: Wiring, *, clock: Clock | None = None, pool: VadPool | None = None) -> None:
        self._wiring = wiring
        self._options = cast("VoiceOptions", wiring.options)
        self._rule = rules(self._options, ThreadPoolExecutor(1, "end of turn"))
        self._clock = clock or SystemClock()
        self._pool = pool or VadPool()
        self._timing = Timing(wiring.metrics)
        self._held = Held(wiring.vault, self._clock)
        self.taking = asyncio.Event()
        """Set while calls are taken."""
        self._calls: dict[str, Call] = {}
        self._workers = Workers()
        self._waking: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._wiring.name

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of the calls that are held."""
        return tuple(self._calls)

    async def run(self, core: Core) -> None:
        """Take calls until cancelled, which ends them. `MissingExtra` where nothing can tell speech."""
        await asyncio.to_thread(self._pool.warm)
        shared = Circumstances(
            core,
            self._wiring.speech,
            self._options,
            self._pool,
            self._rule,
            self._clock,
            self._timing,
            self._held,
        )
        leftovers = Leftovers(core, self._wiring.speech, self._options, self._held, lambda: self.calls)

        async def take(transport: VoiceTransport) -> None:
            await self._hold(transport, shared)

        stop_taking = self._wiring.calls.take(take, records=self._options.record)
        self.taking.set()
        self._workers.start(leftovers.run(self._clock), "voice leftovers")
        try:
            await asyncio.Event().wait()
        finally:
            stop_taking()
            self.taking.clear()
            await asyncio.gather(*(call.hang_up() for call in tuple(self._calls.values())))
            await self._workers.drain(0)

    async def _hold(self, transport: VoiceTransport, shared: Circumstances) -> None:
        if transport.name in self._calls:
            raise UsageError(words("call_twice"))
        if len(self._calls) >= self._options.most_calls:
            raise Denied(words("call_full"))
        call = self._calls[transport.name] = Call(transport, shared)
        if self._waking is None or self._waking.done():
            self._waking = self._workers.start(self._wake(), "speech waking")
        try:
            await self._held.alive(transport.name)
            await call.run()
        finally:
            del self._calls[transport.name]
            await self._held.over(transport.name)

    async def _wake(self) -> None:
        """Beside the call: what is wrong is said when the first question meets it."""
        try:
            await self._wiring.speech.wake()
        except TrunklineError as error:
            log.info("speech engine not ready", errors=causes(error))

    # Delivering

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return ()

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        return call_of(target), UNPACED

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        """The id is `<turn>.<key>`: the same create goes on with the same reply."""
        await self._feed(target, post)
        return f"{post.body['turn']}.{post.key}"

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        await self._feed(target, post)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self._feed(target, post)

    async def delete(self, target: Target, shown: Shown) -> None:
        """What was said is said."""

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        """Nothing has to be looked up: a create may be repeated."""
        return None

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        """Calls are places of other bridges: theirs are told."""

    async def _feed(self, target: Target, post: Post) -> None:
        call = self._calls.get(call_of(target))
        if call is not None:
            await call.reply(post.body)
