"""Which turn each conversation runs in this process: begun, stopped, ended, and the next one claimed with it."""

from __future__ import annotations

import asyncio

from .answering import Running, TurnRun, tell_to_stop
from .errors import LeaseLost
from .past import Beginning
from .posting import Posting
from .services import Services
from .store import turns
from .store.records import TurnRecord
from .telemetry import log
from .turns import TurnState


class Runner:
    """Runs turns. `running` names those of this process by conversation, from the claim until they are let go."""

    def __init__(self, services: Services) -> None:
        self.running: dict[int, Running] = {}
        self.posting = Posting(services)
        self._services = services

    def claimed(self, turn: TurnRecord, begun: Beginning | None = None) -> Running:
        """From here on the turn can be stopped, although it may not have begun."""
        before = self.running.get(turn.conversation)
        if before is not None and before.turn.id == turn.id:
            return before
        running = Running(turn, begun)
        if before is not None and turn.id in before.stop_next:
            running.stop.set()
        self.running[turn.conversation] = running
        if before is not None:
            before.done.set()
        return running

    def let_go(self, turn: TurnRecord) -> None:
        """The turn is no longer at work here."""
        running = self.running.get(turn.conversation)
        if running is not None and running.turn.id == turn.id:
            del self.running[turn.conversation]
            running.done.set()

    async def run(self, turn: TurnRecord) -> TurnState | None:
        """Run a claimed turn to its final; the state it ends in, None when it was taken over, undone or erased."""
        running = self.claimed(turn)
        state: TurnState | None = None
        try:
            async with asyncio.TaskGroup() as group:
                state = await TurnRun(self._services, self.posting, running, group).run()
        except* LeaseLost:
            state = None
        return state

    async def finish(self, turn: TurnRecord, state: TurnState | None, *, claim: bool) -> TurnRecord | None:
        """Store the end of a turn that ran; with `claim` the conversation's next one, claimed, if any waits."""
        services, place, conversation = self._services, turn.place, turn.conversation
        now, lease = services.clock.now(), services.settings.lease_s
        following: TurnRecord | None = None
        if state is None:
            log.info("turn is no longer ours", turn=turn.id, app=place.app, bridge=place.platform)
            if claim:
                following = await services.store.write(turns.claim_next, conversation, services.owner, now, lease)
        else:
            services.metrics.turns.labels(place.platform, place.app, state.value).inc()
            services.metrics.turn_seconds.labels(place.platform, place.app).observe(max(0.0, now - turn.received))
            log.info("turn ended", turn=turn.id, app=place.app, bridge=place.platform, state=state.value)
            following = await services.store.write(
                turns.finish, turn.id, conversation, state.value, now, services.owner, lease, claim=claim
            )
        if following is not None:
            self.claimed(following)
        self.let_go(turn)
        return following

    async def stop(self, conversation: int, turn: int = 0) -> int:
        """End a turn of this process (0: whichever runs); its id, 0 when nothing is stopped.

        A turn that is only about to run does not ask the app. An app that does not end its turn by itself is left
        to it after a while: what came until then is the reply.
        """
        running = self.running.get(conversation)
        if running is None:
            return 0
        if running.answered or turn not in {0, running.turn.id}:
            if running.answered and turn > running.turn.id:
                running.stop_next.add(turn)
                return turn
            return 0
        if not running.stopping:
            running.stop.set()
            await self._tell_to_stop(running)
        return running.turn.id

    async def _tell_to_stop(self, running: Running) -> None:
        backend, deadline = running.backend, running.deadline
        if backend is None or deadline is None or deadline.expired():
            return
        deadline.reschedule(asyncio.get_running_loop().time() + self._services.settings.stop_grace_s)
        await tell_to_stop(backend, running.turn.conversation)
