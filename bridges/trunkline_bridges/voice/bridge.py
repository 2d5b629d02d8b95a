"""The voice bridge: runs the calls that other bridges bring, and is where their replies are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal, cast

from trunkline.audio.vad import VadPool
from trunkline.bridge import Budget, Capabilities, Core, Post, Shown, Target, TurnChange, Wiring
from trunkline.calls import VoiceTransport
from trunkline.clock import Clock, SystemClock
from trunkline.errors import UsageError
from trunkline.words import words

from .calling import Call
from .hearing import rules
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
        self._rule = rules(self._options)
        self._clock = clock or SystemClock()
        self._pool = pool or VadPool()
        self._timing = Timing(wiring.metrics)
        self.taking = asyncio.Event()
        """Set while calls are taken."""
        self._calls: dict[str, Call] = {}

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
            core, self._wiring.speech, self._options, self._pool, self._rule, self._clock, self._timing
        )

        async def take(transport: VoiceTransport) -> None:
            await self._hold(transport, shared)

        stop_taking = self._wiring.calls.take(take)
        self.taking.set()
        try:
            await asyncio.Event().wait()
        finally:
            stop_taking()
            self.taking.clear()
            for call in tuple(self._calls.values()):
                await call.hang_up()

    async def _hold(self, transport: VoiceTransport, shared: Circumstances) -> None:
        if transport.name in self._calls:
            raise UsageError(words("call_twice"))
        call = self._calls[transport.name] = Call(transport, shared)
        try:
            await call.run()
        finally:
            del self._calls[transport.name]

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
