"""One run of one turn, from the stored command to the delivered final.

A turn may break off anywhere, by kill -9 or by an error that nobody foresaw: whoever takes it up next finds in
the store how far it came. Nothing here undoes or excuses anything; `router.py` gives a broken turn back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from .accepting import accept
from .backend import Again, Backend, PressButton, SendMessage, TurnRequest
from .bridge import TurnChange
from .delivery import Delivery
from .errors import AppError, AppUnreachable, Denied, MediaError, PlatformError, SpeechError, UsageError
from .fetching import MediaFetcher
from .inbound import Edit, Retry
from .labels import one_line
from .messages import Json, Message, Notice, Part, Reply, Text
from .past import Beginning, beginning
from .posting import Posting
from .services import Services
from .settling import settle
from .store import posts, turns
from .store.records import TurnRecord
from .telemetry import log
from .transcribing import recordings, transcribed
from .turns import Plan, TurnState, end_state, plan, replaced, resumption, windowed, with_names
from .words import words

_T = TypeVar("_T")
_REFUSALS = (AppError, AppUnreachable, Denied, MediaError, SpeechError, UsageError)
"""What makes a turn fail with a sentence for the person who began it."""
_TRANSCRIPT = 1_000
"""Characters of a transcript that are shown."""


@dataclass(slots=True)
class Running:
    """The turn that a conversation is running right now."""

    turn: TurnRecord
    begun: Beginning | None = None
    """What it begins from, read as it was claimed; None: still to be read."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody wants it to end."""
    input_deleted: bool = False
    """Its message was deleted on the platform: it must not enter the history."""
    backend: Backend | None = None
    deadline: asyncio.Timeout | None = None
    """Both set while the app is asked."""
    answered: bool = False
    stop_next: set[int] = field(default_factory=set)
    """Turns behind this one that are not to begin: they no longer waited when they were to be stopped."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once its end is stored."""

    @property
    def stopping(self) -> bool:
        return self.stop.is_set()


class TurnRun:
    """One run of one turn; its tasks belong to `group`."""

    def __init__(self, services: Services, posting: Posting, running: Running, group: asyncio.TaskGroup) -> None:
        self._services = services
        self._posting = posting
        self._running = running
        self._group = group
        self._turn = running.turn
        self._resumed = running.turn.attempts > 1
        self._flushers: dict[Delivery, asyncio.Task[None]] = {}
        self._opening = asyncio.Lock()
        self._values: Mapping[str, Json] = {}
        self._notices: tuple[Notice, ...] = ()
        self._newest = Reply()
        self._supersedes: tuple[int, ...] = ()
        self._previous = 0

    async def run(self) -> TurnState:
        turn = self._turn
        todo = resumption(TurnState(turn.status), turn.attempts, turn.handed_back)
        if todo == "give up":
            return await self._give_up()
        if todo == "deliver":
            return await self._deliver_stored()
        made: Plan | None = None
        failure = words("interrupted_twice") if todo == "fail" else ""
        if not failure:
            try:
                made = await self._plan()
            except _REFUSALS as error:
                failure = error.user_message
        if made is None:
            await self._look_back()
            await self._open(resumed=self._resumed)
            return await self._settle(None, Reply(state="failed", error=failure))
        if self._supersedes:
            await self._posting.take_over(self._turn, self._supersedes[0])
        await self._open(resumed=self._resumed or bool(self._supersedes))
        await self._changed("running", made.user)
        return await self._settle(made, await self._ask(made))

    async def _plan(self) -> Plan:
        turn, services = self._turn, self._services
        backend = await self._connected()
        profile = services.apps.profile(turn.place.app)
        begun = await self._look_back()
        made = plan(turn.command, begun.past, profile, turn.speaker, backend.own_handlers)
        if made.user is not None and isinstance(made.input, SendMessage | Again) and made.input != _again(made):
            said = made.user.parts
            if services.speech.hears:
                hearing = transcribed(said, profile.accepts, services.speech, services.shelf)
                said = await self._unless_stopped(hearing, words("stopped"))
            checked = accept(said, profile.accepts)
            self._notices = (*self._transcript(made.user.parts, said), *checked.notices)
            sent = replace(made.input, parts=checked.parts)
            made = replace(made, input=sent, user=replace(made.user, parts=(*checked.parts, *recordings(said))))
        return windowed(made, services.settings.max_messages)

    def _transcript(self, before: Sequence[Part], said: Sequence[Part]) -> tuple[Notice, ...]:
        """What was heard in voice messages, for who sent them to see, where they do not see it anyway."""
        connected = self._services.bridges.get(self._turn.place.platform)
        heard = " ".join(part.text for part in said if isinstance(part, Text) and part not in before)
        if not heard or (connected is not None and connected.bridge.capabilities.transcripts):
            return ()
        return (Notice("info", words("clip_heard", text=one_line(heard, _TRANSCRIPT))),)

    async def _connected(self) -> Backend:
        """The app. `Denied` when the turn is stopped while it wakes: its greeting and inputs are not known yet."""
        apps, app = self._services.apps, self._turn.place.app
        if apps.is_connected(app):
            return await apps.connected(app)
        return await self._unless_stopped(apps.connected(app, self._say_waiting), words("stopped_waking"))

    async def _unless_stopped(self, work: Awaitable[_T], sentence: str) -> _T:
        """What `work` gives; `Denied` with the sentence when the turn is stopped before."""
        working = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._running.stop.wait())
        try:
            await asyncio.wait((working, stop), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise Denied(sentence)
        finally:
            stop.cancel()
            working.cancel()

    async def _look_back(self) -> Beginning:
        turn, services, running = self._turn, self._services, self._running
        begun, running.begun = running.begun, None
        if begun is None:
            greeting = services.apps.profile(turn.place.app).greeting
            begun = await services.store.read(beginning, turn, services.settings.max_messages, greeting)
        self._values = begun.values
        self._previous = begun.past.newest
        self._supersedes = replaced(turn.command, begun.past)
        return begun

    def _say_waiting(self, sentence: str) -> None:
        """The app takes its time to wake: that is the reply's status line until it answers."""
        if self._resumed or isinstance(self._turn.command, Retry | Edit):
            # Their posts stand already, and only the app's profile tells what becomes of them.
            return
        waiting = Reply(notices=(Notice("info", sentence),))
        if self._flushers:
            for delivery in self._flushers:
                delivery.show(waiting)
        else:
            self._group.create_task(self._open_waiting(waiting))

    async def _open_waiting(self, waiting: Reply) -> None:
        await self._open(resumed=False)
        if self._running.backend is None:
            for delivery in self._flushers:
                delivery.show(waiting)

    async def _open(self, *, resumed: bool, life: str = "") -> None:
        """Deliveries for the turn; those that showed that it waits are told what the app is by now."""
        async with self._opening:
            profile = self._services.apps.profile(self._turn.place.app)
            for delivery in self._flushers:
                delivery.view = replace(delivery.view, profile=profile)
            if not self._flushers:
                for delivery in await self._posting.deliveries(self._turn, resumed=resumed, life=life):
                    self._flush(delivery)

    def _flush(self, delivery: Delivery) -> None:
        self._flushers[delivery] = self._group.create_task(delivery.run())

    def _request(self, made: Plan) -> TurnRequest:
        turn, services = self._turn, self._services
        connected = services.bridges.get(turn.place.platform)
        shared = connected is not None and connected.bridge.capabilities.several_people
        past, sent = with_names(made, services.settings.speaker_names, shared=shared)
        return TurnRequest(str(turn.conversation), sent, past, {**self._values, **turn.context}, turn.speaker)

    async def _ask(self, made: Plan) -> Reply:
        """The app's last snapshot with its media fetched; never one that is running."""
        services, running = self._services, self._running
        backend = await services.apps.connected(self._turn.place.app)
        limit = services.settings.limit_s
        fetcher = MediaFetcher(
            backend, services.shelf, services.settings.max_media_bytes, self._group, lambda: self._show(fetcher)
        )
        if running.stopping:
            return Reply(state="stopped")
        running.backend = backend
        try:
            async with asyncio.timeout(limit) as running.deadline:
                await self._listen(backend, made, fetcher)
        except TimeoutError:
            self._newest = await self._cut_off(backend)
        except _REFUSALS as error:
            self._newest = self._failed(error.user_message)
        finally:
            running.backend = running.deadline = None
        if self._newest.running:
            self._newest = self._failed(words("app_failed"))
        return await fetcher.settle(self._newest, limit)

    async def _listen(self, backend: Backend, made: Plan, fetcher: MediaFetcher) -> None:
        services, place = self._services, self._turn.place
        asked = services.clock.now()
        first = True
        async for reply in backend.turn(self._request(made)):
            if first:
                seconds = services.clock.now() - asked
                services.metrics.first_seconds.labels(place.platform, place.app).observe(max(0.0, seconds))
                first = False
            self._newest = reply
            self._show(fetcher)

    async def _cut_off(self, backend: Backend) -> Reply:
        """The app took too long, for its limit or to stop."""
        if self._running.stopping:
            return replace(self._newest, state="stopped", notices=())
        await tell_to_stop(backend, self._turn.conversation)
        return self._failed(words("turn_limit", minutes=f"{self._services.settings.limit_s / 60:g}"))

    def _show(self, fetcher: MediaFetcher) -> None:
        if self._newest.running:
            seen = fetcher.see(self._newest)
            if self._notices:
                seen = replace(seen, notices=(*self._notices, *seen.notices))
            for delivery in self._flushers:
                delivery.show(seen)

    def _failed(self, error: str) -> Reply:
        return replace(self._newest, state="failed", error=error or words("app_failed"), notices=())

    async def _settle(self, made: Plan | None, reply: Reply) -> TurnState:
        """Commit the answer and what it adds to the history, then deliver the final."""
        services, turn = self._services, self._turn
        self._running.answered = True
        reply = replace(reply, notices=(*self._notices, *reply.notices, *_said_of_nothing(made, reply)))
        user = made.user if made is not None and not self._running.input_deleted else None
        greeting = services.apps.profile(turn.place.app).greeting
        await services.store.write(
            settle, turn, reply, user, self._supersedes, greeting, services.clock.now(), services.owner
        )
        await self._changed("answered", user, reply.error, anew=reply.anew and reply.state != "failed")
        return await self._deliver_settled(reply)

    async def _deliver_stored(self) -> TurnState:
        """Put an answer on the platform that an earlier life stored."""
        turn = self._turn
        if turn.reply is None:
            # Erased since: there is nothing to show any more.
            return TurnState.DELIVERED
        if turn.supersedes:
            self._supersedes = (turn.supersedes,)
        previous = await self._services.store.read(turns.newest, turn.conversation, turn.id)
        self._previous = previous.id if previous is not None else 0
        await self._open(resumed=True)
        return await self._deliver_settled(turn.reply)

    async def _deliver_settled(self, reply: Reply) -> TurnState:
        if self._supersedes and reply.state == "failed":
            await self._give_back(self._supersedes[0])
        state = await self._deliver(reply)
        if self._supersedes:
            await self._posting.clear_away(self._turn, self._supersedes)
        if self._previous and self._previous not in self._supersedes:
            await self._posting.retire(self._turn, self._previous)
        return state

    async def _give_back(self, number: int) -> None:
        """A failed retry took over the posts of an answer that still counts: they show that answer again."""
        turn, services = self._turn, self._services
        earlier = await services.store.read(turns.turn, number)
        if earlier is None or not self._posting.in_place(turn) or earlier.conversation != turn.conversation:
            return
        if earlier.reply is None or earlier.status in ("failed", "undone", "superseded"):
            return
        for flusher in self._flushers.values():
            flusher.cancel()
        self._flushers.clear()
        if not await services.store.read(posts.posts_of, number):
            await services.store.write(posts.move_posts, turn.id, number)
        life = f"/{turn.id}.{turn.attempts}"
        for delivery in await self._posting.deliveries(earlier, resumed=True, newest=False, life=life):
            self._flush(delivery)
        await self._deliver(earlier.reply)
        self._flushers.clear()
        await self._open(resumed=True, life="/own")

    async def _deliver(self, reply: Reply) -> TurnState:
        """Where it ends: undeliverable when the first delivery failed for good, or when there is none."""
        deliveries = tuple(self._flushers)
        for delivery in deliveries:
            delivery.show(reply)
        state = end_state(reply.state) if deliveries else TurnState.UNDELIVERABLE
        for delivery in deliveries:
            try:
                await delivery.finish(reply)
            except PlatformError as error:
                log.warning(
                    "undeliverable", turn=self._turn.id, bridge=delivery.bridge.name, error=type(error).__name__
                )
                if delivery is deliveries[0]:
                    state = TurnState.UNDELIVERABLE
        return state

    async def _give_up(self) -> TurnState:
        """Every life so far broke off before the end: keep what there is, show it in the history alone."""
        if self._turn.reply is None:
            failed = Reply(state="failed", error=words("interrupted_twice"))
            services = self._services
            now = services.clock.now()
            await services.store.write(settle, self._turn, failed, None, (), (), now, services.owner)
        return TurnState.UNDELIVERABLE

    async def _changed(self, state: str, user: Message | None, error: str = "", *, anew: bool = False) -> None:
        turn = self._turn
        # Every turn stands at or after 1: none of them is part of a conversation that begins anew.
        replaces = 1 if anew else self._supersedes[0] if self._supersedes else 0
        change = TurnChange(turn.id, turn.conversation, state, user=user, replaces=replaces, error=error)
        await self._posting.changed(turn, change)


def _again(made: Plan) -> Again | None:
    """A repetition of what was accepted once already: nothing new is sent."""
    return made.input if isinstance(made.input, Again) and not made.input.parts else None


def _said_of_nothing(made: Plan | None, reply: Reply) -> tuple[Notice, ...]:
    """What an empty answer to a message says; a button of the app's may well answer nothing."""
    pressed = made is not None and isinstance(made.input, PressButton)
    if reply.state != "final" or pressed or reply.messages or reply.artifacts or reply.notices:
        return ()
    return (Notice("info", words("empty_reply")),)


async def tell_to_stop(backend: Backend, conversation: int) -> None:
    """Ask the app to end a turn; what it makes of that is its own affair."""
    try:
        await backend.stop(str(conversation))
    except (AppError, AppUnreachable) as error:
        log.warning("the app was not told to stop", conversation=conversation, error=type(error).__name__)
