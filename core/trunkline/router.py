"""Inbound → turn → reply: stores what a platform sends, decides what runs when, and answers what bridges ask.

`Router` is the `Core` that bridges see. An event is stored before `accept` returns. A conversation has one
running turn; the rest wait in the store, and whoever ends a turn claims the next one with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from .access import Limits, RecentTurns, Rules
from .backend import AppProfile
from .bridge import Answer, ConversationView, FoundTurn, Target, Transcript, TurnChange
from .commands import Commands
from .errors import Denied, StoreError, TrunklineError
from .inbound import Choose, Edit, Inbound, Place, Press, Retry, Say, Stop, UseExample
from .messages import AppFile, Message, Speaker
from .once import AlreadyDone, Once
from .past import (
    conversations_of,
    found_turn,
    said_in,
    spoken_to,
    still_there,
    take_in,
    transcript_of,
    turns_since,
)
from .running import Runner
from .services import Connected, Services, TurnSettings
from .store import finding, pending, places, turns
from .store.records import TurnRecord
from .telemetry import log
from .utterance import UtteranceStream
from .words import words
from .workers import Workers

T = TypeVar("T")

TURN_COMMANDS = (Say, Choose, UseExample, Press, Retry, Edit)
_DAY = 86_400.0
_AT_ONCE = 1_000
"""Turns that are taken over in one go; the next round takes the rest."""


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """What holds for every event; from the table `[turns]`."""

    turns: TurnSettings
    overlap: Literal["queue", "merge", "interrupt"] = "queue"
    limits: Limits = field(default_factory=Limits)


class Router:
    """The core that bridges talk to."""

    def __init__(self, services: Services, settings: RouterSettings) -> None:
        self.media = services.shelf
        self.runner = Runner(services)
        self.commands = Commands(services, self.runner)
        self._services = services
        self._settings = settings
        self._rules: dict[str, Rules] = {}
        self._recent = RecentTurns()
        self._workers = Workers()
        self._closing = False
        self._broken: set[int] = set()
        self._cut: set[int] = set()
        """Turns that were cut because this process ends."""
        self._under_way: set[str] = set()
        """Keys of events that are being carried out."""

    def connect(self, connected: Connected, rules: Rules | None = None) -> None:
        """Let a bridge deliver, under its allow-lists."""
        self._services.bridges[connected.bridge.name] = connected
        self._rules[connected.bridge.name] = rules or Rules()

    async def accept(self, event: Inbound) -> Answer:
        """Store the event and start what it asks for; see `bridge.Core.accept`.

        Who is cancelled meanwhile (a connection broke) takes nothing back: what is stored is also worked on.
        """
        return await asyncio.shield(self._workers.start(self._taken(event), "intake"))

    async def _taken(self, event: Inbound) -> Answer:
        bridge = event.place.platform
        self._services.metrics.last_event.labels(bridge).set(self._services.clock.now())
        try:
            answer = await self._accept(event)
        except StoreError:
            self._services.metrics.events.labels(bridge, "not stored").inc()
            raise
        except TrunklineError as error:
            answer = Answer("denied", error.user_message)
        self._services.metrics.events.labels(bridge, answer.outcome).inc()
        return answer

    async def profile(self, app: str) -> AppProfile:
        return await self._services.apps.fresh_profile(app)

    async def conversations(
        self, place: Place, *, query: str = "", limit: int = 50, before: tuple[float, int] = (0.0, 0)
    ) -> tuple[ConversationView, ...]:
        return await self._services.store.read(conversations_of, place, limit, query, before)

    async def transcript(
        self, place: Place, conversation: int = 0, *, limit: int = 200, before: int = 0
    ) -> Transcript:
        greeting = self._services.apps.profile(place.app).greeting
        return await self._services.store.read(transcript_of, place, conversation, limit, before, greeting)

    async def turn(self, number: int) -> FoundTurn | None:
        return await self._services.store.read(found_turn, number)

    async def turn_of(self, place: Place, message_id: str) -> int:
        return await self._services.store.read(finding.turn_of, place, message_id)

    async def heard_since(self, platform: str, since: float) -> Sequence[tuple[Place, Target, str]]:
        return await self._services.store.read(finding.heard_since, platform, since)

    async def app_of(self, place: Place) -> str:
        return await self._services.store.read(places.app_of, place)

    async def spoken_in(self, place: Place, speaker: Speaker, *, limit: int = 1) -> tuple[Place, ...]:
        return await self._services.store.read(finding.spoken_in, place, speaker, limit)

    async def listen(self, place: Place, speaker: Speaker, conversation: int = 0) -> UtteranceStream:
        services = self._services
        backend = await services.apps.connected(place.app)
        meant, values = await services.store.write(spoken_to, place, speaker, conversation, services.clock.now())
        return await backend.open_utterance(str(meant), settings=values, speaker=speaker)

    def sound(self, app: str, file: AppFile) -> AsyncIterator[bytes]:
        return self._services.apps.reached(app).listen(file, self._services.settings.max_media_bytes)

    def words(self, key: str, **values: object) -> str:
        return words(key, **values)

    async def resume(self) -> None:
        """Take over what earlier processes left: interrupted turns, undelivered answers, waiting messages.

        Only what is to be delivered by bridges of this process: others wait for a process that has theirs.
        """
        store, owner = self._services.store, self._services.owner
        now, lease = self._services.clock.now(), self._services.settings.lease_s
        mine = tuple(self._services.bridges)
        if self._draining():
            # The next process takes them: here they would be broken off.
            return
        for turn in await store.write(turns.abandoned, owner, now, lease, _AT_ONCE, mine):
            self._work(turn)
        for conversation in await store.read(turns.waiting, now, _AT_ONCE, mine):
            if self._draining():
                return
            claimed = await store.write(turns.claim_next, conversation, owner, now, lease)
            if claimed is not None:
                self._work(claimed)

    async def keep_leases(self) -> None:
        """Renew the leases of running turns and look for abandoned ones, until cancelled."""
        store, lease = self._services.store, self._services.settings.lease_s
        while True:
            await self._services.clock.sleep(lease / 3)
            try:
                for turn in tuple(self._broken):
                    await store.write(pending.release, turn, self._services.owner)
                    self._broken.discard(turn)
                await store.write(turns.renew, self._services.owner, self._services.clock.now() + lease)
                await self.resume()
            except StoreError as error:
                log.warning("leases not renewed", error=type(error).__name__)

    async def idle(self) -> None:
        """Returns once no turn is at work in this process."""
        await self._workers.idle()

    @property
    def draining(self) -> bool:
        """Running turns end, and no new one is begun."""
        return self._draining()

    async def close(self, drain_s: float) -> None:
        """Let running turns end for so long; what is left is handed back, for the next process."""
        self._closing = True
        await self._workers.drain(drain_s)
        for turn in tuple(self._cut):
            self._cut.discard(turn)
            try:
                await self._services.store.write(pending.release, turn, self._services.owner, in_order=True)
            except StoreError as error:
                # It is taken over all the same, and counted as broken off.
                log.warning("turn not handed back", turn=turn, error=type(error).__name__)

    def _draining(self) -> bool:
        return self._closing

    async def _accept(self, event: Inbound) -> Answer:
        rules = self._rules.get(event.place.platform)
        if rules is not None and not rules.permits(event.place, event.speaker):
            raise Denied(words("not_allowed"))
        self._services.apps.check(event.place.app)
        if event.former_key:
            former_key = event.former_key
            if await self._services.store.read(pending.known, former_key):
                return Answer("duplicate")
        command = event.command
        if isinstance(command, Press) and self._is_stop(event.place.app, command):
            return await self._command(replace(event, command=Stop()))
        if isinstance(command, Edit) and command.turn < 0:
            return await self._edit(event, command)
        if isinstance(command, TURN_COMMANDS):
            return await self._turn(event)
        return await self._command(event)

    async def _command(self, event: Inbound) -> Answer:
        services, key = self._services, event.event_key
        if key in self._under_way or await services.store.read(pending.known, key):
            return Answer("duplicate")
        once = Once(services.store, key, services.clock)
        self._under_way.add(key)
        try:
            answer = await self.commands.carry_out(event, once)
        except AlreadyDone:
            return Answer("duplicate")
        except StoreError:
            # Nothing is done, or only what a second time does no harm: whoever delivers it again may.
            raise
        except TrunklineError:
            await once.end()
            raise
        finally:
            self._under_way.discard(key)
        await once.end()
        return answer

    async def _edit(self, event: Inbound, command: Edit) -> Answer:
        """An edited message of the platform's: one that waits is changed, an answered one is answered again."""
        store = self._services.store
        message_id = command.message_id or event.message_id
        edited = await store.read(said_in, event, message_id)
        if edited is None or _says(edited, command):
            return Answer("ignored")
        if edited.status == "received":
            once = Once(store, event.event_key, self._services.clock)
            try:
                changed = await once.write(pending.amend, edited.id, command.parts)
            except AlreadyDone:
                return Answer("duplicate")
            return Answer("done" if changed else "ignored", turn=edited.id, conversation=edited.conversation)
        again = Edit(command.parts, edited.id, message_id)
        return await self._turn(
            replace(event, command=again, message_id=message_id, conversation=edited.conversation)
        )

    async def _turn(self, event: Inbound) -> Answer:
        if self._closing:
            # Not stored, and said so: the platform or the page brings it again to whoever runs next.
            raise StoreError(words("restarting"))
        now = self._services.clock.now()
        await self._check(event, now)
        services, settings = self._services, self._services.settings
        apps, app = services.apps, event.place.app
        accepted, begun = await services.store.write(
            take_in,
            event,
            owner=services.owner,
            now=now,
            lease_s=settings.lease_s,
            overlap=self._settings.overlap,
            window=settings.max_messages,
            greeting=apps.profile(app).greeting if apps.is_connected(app) else None,
        )
        turn = accepted.turn
        answer = Answer("started", turn=turn.id, conversation=turn.conversation)
        match accepted.outcome:
            case "duplicate":
                return replace(answer, outcome="duplicate")
            case "paused":
                return Answer("ignored", words("is_paused"))
            case "merged":
                return replace(answer, outcome="merged", text=words("merged"))
            case "interrupts":
                self._workers.start(self._interrupt(turn), f"interrupt {turn.conversation}")
                answer = replace(answer, outcome="queued")
            case "queued":
                answer = replace(answer, outcome="queued", text=words("queued", position=accepted.ahead))
            case "started":
                self.runner.claimed(turn, begun)
        change = TurnChange(turn.id, turn.conversation, "received", user=_said(event), position=accepted.ahead)
        try:
            await self.runner.posting.changed(turn, change)
        finally:
            # Claimed as it is, it must be run whatever happens.
            if accepted.outcome == "started":
                self._work(turn)
        return answer

    async def _interrupt(self, turn: TurnRecord) -> None:
        """Apart from the acknowledgement: the app may take its time to stop. `turn` itself may run by now."""
        running = self.runner.running.get(turn.conversation)
        if running is not None and running.turn.id < turn.id:
            await self.runner.stop(turn.conversation, running.turn.id)

    async def _check(self, event: Inbound, now: float) -> None:
        """What can be refused at once is, to the one who asked; an event that comes again is none of it."""
        limits = self._settings.limits
        limited = limits.per_minute or limits.per_day
        if not limited and isinstance(event.command, Say):
            return
        if await self._services.store.read(pending.known, event.event_key):
            return
        if not isinstance(event.command, Say):
            await self._check_reference(event)
        if limited:
            await self._check_limits(event, now)

    async def _check_reference(self, event: Inbound) -> None:
        """Options, examples, buttons and replies that are gone. While a reply runs what is there may change."""
        services, command = self._services, event.command
        if not services.apps.is_connected(event.place.app) or not isinstance(command, TURN_COMMANDS):
            return
        backend = await services.apps.connected(event.place.app)
        await services.store.read(
            still_there, event, command, backend.profile, backend.own_handlers, services.settings.max_messages
        )

    def _is_stop(self, app: str, command: Press) -> bool:
        buttons = self._services.apps.profile(app).buttons
        return any(button.id == command.button and button.effect == "stop" for button in buttons)

    async def _check_limits(self, event: Inbound, now: float) -> None:
        limits = self._settings.limits
        if limits.per_day:
            count = await self._services.store.read(turns_since, event.speaker, now - _DAY)
            if count >= limits.per_day:
                raise Denied(words("daily_limit", limit=limits.per_day))
        self._recent.check(event, limits, now)

    def _work(self, turn: TurnRecord) -> None:
        self.runner.claimed(turn)
        self._workers.start(self._run_all(turn), f"conversation {turn.conversation}")

    async def _run_all(self, first: TurnRecord) -> None:
        """Run a claimed turn and whatever waits behind it."""
        turn: TurnRecord | None = first
        self._services.metrics.active.inc()
        try:
            while turn is not None:
                ended, state = turn, await self.runner.run(turn)
                turn = await self.runner.finish(ended, state, claim=not self._closing)
                if state is not None:
                    change = TurnChange(ended.id, ended.conversation, state.value)
                    await self.runner.posting.changed(ended, change)
        except asyncio.CancelledError:
            if turn is not None and self._closing:
                self._cut.add(turn.id)
                self.runner.let_go(turn)
                turn = None
            raise
        finally:
            self._services.metrics.active.dec()
            if turn is not None:
                # It broke off, or what was before it: nobody must go on renewing its lease.
                self._broken.add(turn.id)
                self.runner.let_go(turn)


def _said(event: Inbound) -> Message | None:
    """What the history will hold of the event, as far as it says so itself."""
    if isinstance(event.command, Say | Edit):
        return Message("user", event.command.parts, speaker=event.speaker)
    return None


def _says(turn: TurnRecord, command: Edit) -> bool:
    """Whether a turn says already what an edit wants: platforms report edits that change nothing of it."""
    return isinstance(turn.command, Say | Edit) and turn.command.parts == command.parts
