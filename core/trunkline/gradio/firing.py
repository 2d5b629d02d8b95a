"""What a turn fires, in its order: history, files, what was said aloud, the chain that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from .graph import ChatGraph
from .plan import Plan
from .turn import ChainRun, Outcome
from .utterance import Ear, LiveUtterance


class Firing:
    """One turn. `prepare` gives the app the history: beside the first step, where that does not need it."""

    def __init__(self, graph: ChatGraph, plan: Plan, chain: ChainRun, ear: Ear) -> None:
        self._graph = graph
        self._plan = plan
        self._chain = chain
        self._ear = ear

    @property
    def history_changed(self) -> bool:
        """The chain writes what holds the history itself: what was injected is no more."""
        steps = self._plan.chain.steps
        return bool(self._history & {o for step in steps for o in self._graph.config.dependencies[step].outputs})

    async def run(
        self, prepare: Coroutine[Any, Any, None], filled: Sequence[int], live: LiveUtterance | None
    ) -> Outcome:
        """Fire everything. `filled` are components into which files were put, `live` what was heard already."""
        before = asyncio.ensure_future(prepare)
        roots = self._plan.chain.roots
        first = {i for root in roots for i in (*root.inputs, *root.outputs)}
        try:
            if self._graph.inject is None or self._history & first or filled:
                await before
            outcome = await self._announce(filled, live)
            if outcome == "done":
                outcome = await self._chain.run(self._plan.chain, self._plan.event_data, before)
            await before
            return outcome
        finally:
            before.cancel()
            await asyncio.wait([before])
            if not before.cancelled():
                before.exception()

    async def _announce(self, filled: Sequence[int], live: LiveUtterance | None) -> Outcome:
        """What the page fires before it sends the message."""
        outcome = await self._chain.announce(filled)
        if outcome == "done" and self._plan.utterance is not None:
            outcome = await self._ear.hear(self._plan.utterance, live)
        for chain in self._plan.before:
            if outcome == "done":
                outcome = await self._chain.run(chain)
        return outcome

    @property
    def _history(self) -> set[int]:
        return set(self._graph.inject.outputs) if self._graph.inject else set()
