"""A core without an app or a store: turns are what a test makes of them, delivered by the real `Delivery`."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fakes.backend import ScriptedBackend
from fakes.changing import Changing
from trunkline.backend import AppProfile, Feedback
from trunkline.bridge import (
    Answer,
    Bridge,
    ConversationView,
    FoundTurn,
    Render,
    Target,
    Transcript,
    TurnChange,
    TurnView,
    View,
)
from trunkline.clock import SystemClock
from trunkline.delivery import Delivery, Pacer, Standing
from trunkline.errors import Denied, MediaError, MediaGone, StoreError, TooLarge, TrunklineError, UsageError
from trunkline.inbound import (
    Choose,
    ChooseApp,
    Clear,
    Configure,
    DeleteConversation,
    Edit,
    ForgetMe,
    Heard,
    Inbound,
    NewConversation,
    Place,
    Press,
    Rate,
    RenameConversation,
    Retry,
    Say,
    Stop,
    SwitchConversation,
    TakeOver,
    Undo,
    UseExample,
)
from trunkline.messages import AppFile, Blob, Json, Message, Part, Reply, Speaker, Text
from trunkline.utterance import UtteranceStream
from trunkline.words import words

_LARGEST = 2**30
_TURNS = (Say, Choose, UseExample, Press, Retry, Edit)


def text_reply(text: str, *, running: bool = False) -> Reply:
    return Reply((Message("assistant", (Text(text),)),), state="running" if running else "final")


class AdjustableClock(SystemClock):
    """The system's clock, which a test may set forward."""

    def __init__(self) -> None:
        super().__init__()
        self._skipped = 0.0

    def skip(self, seconds: float) -> None:
        self._skipped += seconds

    def now(self) -> float:
        return super().now() + self._skipped


class FolderShelf:
    """A `MediaShelf` in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.puts = 0
        self.full = False

    async def put(self, data: bytes | AsyncIterable[bytes], *, mime: str, name: str, limit: int) -> Blob:
        self.puts += 1
        chunks = [data] if isinstance(data, bytes) else [chunk async for chunk in data]
        kept = b"".join(chunks)
        if len(kept) > limit:
            raise TooLarge(f"{name} is too large.")
        if self.full:
            raise MediaError(f"{name} could not be kept: the disk is full.")
        sha256 = hashlib.sha256(kept).hexdigest()
        self.path(sha256).write_bytes(kept)
        return Blob(sha256, len(kept))

    async def read(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise MediaGone("The file is no longer held.") from error

    def path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(sign in "0123456789abcdef" for sign in sha256):
            raise ValueError(f"{sha256!r} is no SHA-256")
        return self._root / sha256


class NoLedger:
    """A `Ledger` that forgets."""

    async def intend(self, turn: int, target: str, part: str, nonce: str) -> None: ...

    async def posted(self, turn: int, target: str, part: str, post_id: str, *, soon: bool) -> None: ...

    async def unposted(self, turn: int, target: str, part: str, post_id: str) -> None: ...

    async def renamed(self, turn: int, target: str, old: str, new: str, post_id: str) -> None: ...


@dataclass
class FakeTurn:
    """A turn. A test calls `show` and `finish`; `ended` is set when its final stands."""

    core: FakeCore
    id: int
    conversation: int
    event: Inbound
    user: Message | None
    replaces: int = 0
    state: str = "received"
    reply: Reply = field(default_factory=Reply)
    ratings: dict[int, str] = field(default_factory=dict)
    at: float = 0.0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False
    _delivery: Delivery | None = None
    _flusher: asyncio.Task[None] | None = None

    async def start(self, standing: tuple[Standing, ...] = ()) -> None:
        core = self.core
        self.state = "running"
        view = View(
            core.profiles[self.event.place.app],
            self.id,
            self.event.target,
            conversation=self.conversation,
            words=words,
        )
        self._delivery = Delivery(
            core.bridge,
            core.render,
            view,
            ledger=NoLedger(),
            pacer=Pacer(core.clock),
            clock=core.clock,
            standing=standing,
        )
        self._flusher = asyncio.create_task(self._delivery.run())
        await core.changed(self, "running")
        self.started.set()

    def show(self, reply: Reply | str) -> None:
        """Show a snapshot."""
        assert self._delivery is not None
        self._delivery.show(text_reply(reply, running=True) if isinstance(reply, str) else reply)

    async def finish(self, reply: Reply | str = "Done.") -> None:
        """Show the final, and end the turn."""
        assert self._delivery is not None
        assert self._flusher is not None
        self.reply = text_reply(reply) if isinstance(reply, str) else reply
        end = {"failed": "failed", "stopped": "stopped"}.get(self.reply.state, "delivered")
        if self.reply.state != "failed" and self.replaces:
            self.core.supersede(self)
        self.state = "answered"
        await self.core.changed(self, "answered")
        await self._delivery.finish(self.reply)
        await self._flusher
        self.state = end
        await self.core.changed(self, end)
        self.ended.set()
        await self.core.start_next(self.conversation)

    @property
    def posted(self) -> tuple[str, ...]:
        """The ids of the posts that stand for it."""
        return tuple(one.id for one in self._delivery.shown) if self._delivery is not None else ()

    def die(self) -> None:
        """As if the process were killed: nothing is told to anybody any more."""
        if self._flusher is not None:
            self._flusher.cancel()


@dataclass
class FakeConversation:
    id: int
    place: Place
    title: str
    updated: float
    turns: list[FakeTurn] = field(default_factory=list)
    values: dict[str, Json] = field(default_factory=dict)


class FakeCore:
    """A `Core`.

    Knobs: `denies`, `store_down`, `draining`, `app_down`, `answers` (else the test finishes the turns).
    """

    def __init__(self, bridge: Bridge, render: Render, root: Path, clock: SystemClock) -> None:
        self.bridge = bridge
        self.render = render
        self.clock = clock
        self.media = FolderShelf(root)
        self.profiles = {
            "demo": AppProfile(
                name="demo",
                url="http://app",
                version="6",
                mode="chat_interface",
                history="injected",
                title="Demo",
                feedback=Feedback(like=True, dislike=True),
            )
        }
        self.answers: Callable[[str], Iterator[Reply]] | None = None
        self.denies = ""
        self.store_down = False
        self.draining = False
        self.app_down: TrunklineError | None = None
        self.events: list[Inbound] = []
        self.news = Changing()
        """Told of each event that comes."""
        self.heard: list[tuple[Place, Target, str]] = []
        """What earlier processes heard last, for `heard_since`."""
        self.chosen: dict[Place, str] = {}
        """The apps that were chosen, by place without an app."""
        self.turns: dict[int, FakeTurn] = {}
        self.conversations_held: dict[int, FakeConversation] = {}
        self.transcripts_read = 0
        self.before_transcript: Callable[[], None] = lambda: None
        """Called after a transcript was read and before it is given: what changes then came too late for it."""
        self.reading: Callable[[Place, int], Awaitable[None]] = _at_once
        """Awaited before a transcript is read."""
        self.listing: Callable[[Place], Awaitable[None]] = _at_once
        """Awaited before a list of conversations is given."""
        self.hearing: asyncio.Event | None = None
        """Waited for by `Heard`: the turn that it is about does not end before."""
        self.unheard: TrunklineError | None = None
        """Raised in place of listening."""
        self.app = ScriptedBackend()
        """Listens while people speak, and makes sounds (`utterances`, `sounds`); turns do not reach it."""
        self._current: dict[Place, int] = {}
        self._known: dict[str, Answer] = {}
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    # What tests use

    async def begun(self, number: int = -1) -> FakeTurn:
        """The newest turn once it runs (or a turn by its number)."""
        async with asyncio.timeout(15), self._news:
            await self._news.wait_for(lambda: bool(self.turns) and number in {-1, *self.turns})
        turn = self.turns[max(self.turns) if number == -1 else number]
        async with asyncio.timeout(15):
            await turn.started.wait()
        return turn

    def conversation(self, number: int) -> FakeConversation:
        return self.conversations_held[number]

    # Core

    def words(self, key: str, **values: object) -> str:
        return words(key, **values)

    async def listen(self, place: Place, speaker: Speaker, conversation: int = 0) -> UtteranceStream:
        self._check_store()
        if self.unheard is not None:
            raise self.unheard
        return await self.app.open_utterance(str(conversation), speaker=speaker)

    def sound(self, app: str, file: AppFile) -> AsyncIterator[bytes]:
        return self.app.listen(file, _LARGEST)

    async def profile(self, app: str) -> AppProfile:
        if self.app_down is not None:
            raise self.app_down
        if app not in self.profiles:
            raise UsageError(f"There is no app named {app!r} in the settings.")
        return self.profiles[app]

    async def conversations(
        self, place: Place, *, query: str = "", limit: int = 50, before: tuple[float, int] = (0.0, 0)
    ) -> tuple[ConversationView, ...]:
        self._check_store()
        found = [
            held
            for held in self.conversations_held.values()
            if held.place == place
            and query.lower() in held.title.lower()
            and (not before[0] or (held.updated, held.id) < before)
        ]
        found.sort(key=lambda held: (held.updated, held.id), reverse=True)
        current = self._current.get(place, 0)
        await self.listing(place)
        return tuple(ConversationView(c.id, c.title, c.updated, c.id == current) for c in found[:limit])

    async def transcript(
        self, place: Place, conversation: int = 0, *, limit: int = 200, before: int = 0
    ) -> Transcript:
        await self.reading(place, conversation)
        self._check_store()
        self.transcripts_read += 1
        held = self.conversations_held.get(conversation or self._current.get(place, 0))
        if held is None and not conversation:
            return Transcript(0)
        if held is None or held.place != place:
            raise Denied(words("conversation_gone"))
        turns = tuple(
            TurnView(turn.id, turn.state, turn.user, _told(turn), turn.at, dict(turn.ratings))
            for turn in [turn for turn in held.turns if not before or turn.id < before][-limit:]
        )
        read = Transcript(held.id, held.title, (), turns, dict(held.values))
        await asyncio.get_running_loop().run_in_executor(None, int)
        self.before_transcript()
        return read

    async def accept(self, event: Inbound) -> Answer:
        self._check_store()
        self.events.append(event)
        self.news.changed()
        if event.event_key in self._known:
            known = self._known[event.event_key]
            return Answer("duplicate", turn=known.turn, conversation=known.conversation)
        try:
            answer = await self._accept(event)
        except Denied as error:
            return Answer("denied", error.user_message)
        self._known[event.event_key] = answer
        return answer

    async def _accept(self, event: Inbound) -> Answer:
        if isinstance(event.command, Heard) and self.hearing is not None:
            await self.hearing.wait()
        if self.denies and isinstance(event.command, _TURNS):
            raise Denied(self.denies)
        if isinstance(event.command, _TURNS):
            return await self._begin(event)
        if isinstance(event.command, TakeOver):
            return self._take_over(event, event.command)
        return await self._command(event)

    async def turn(self, number: int) -> FoundTurn | None:
        turn = self.turns.get(number)
        if turn is None or turn not in self.conversations_held[turn.conversation].turns:
            return None
        held = self.conversations_held[turn.conversation]
        view = TurnView(turn.id, turn.state, turn.user, _told(turn), turn.at, dict(turn.ratings))
        event = turn.event
        return FoundTurn(view, event.place, event.speaker, held.id, event.target, newest=held.turns[-1] is turn)

    async def turn_of(self, place: Place, message_id: str) -> int:
        self._check_store()
        there = (place.platform, place.team, place.channel)
        return next(
            (
                turn.id
                for turn in reversed(self.turns.values())
                for p in (turn.event.place,)
                if (p.platform, p.team, p.channel) == there
                if message_id in {turn.event.message_id, *turn.posted}
            ),
            0,
        )

    async def heard_since(self, platform: str, since: float) -> Sequence[tuple[Place, Target, str]]:
        self._check_store()
        newest = {turn.event.place: turn.event for turn in self.turns.values() if turn.at >= since}
        lately = [event for place, event in newest.items() if place.platform == platform]
        return [*self.heard, *((event.place, event.target, event.message_id) for event in lately)]

    async def spoken_in(self, place: Place, speaker: Speaker, *, limit: int = 1) -> tuple[Place, ...]:
        self._check_store()
        there = (place.platform, place.team, place.channel)
        spoken = [
            turn.event.place
            for turn in reversed(self.turns.values())
            for p in (turn.event.place,)
            if (p.platform, p.team, place.channel and p.channel) == there
            and turn.event.speaker.user_id == speaker.user_id
            if turn.conversation == self._current.get(p)
            and turn in self.conversations_held[turn.conversation].turns
        ]
        return tuple(dict.fromkeys(spoken))[:limit]

    async def app_of(self, place: Place) -> str:
        return self.chosen.get(replace(place, app=""), "")

    # Turns

    async def changed(self, turn: FakeTurn, state: str, position: int = 0) -> None:
        change = TurnChange(
            turn.id,
            turn.conversation,
            state,
            user=turn.user,
            replaces=turn.replaces if state == "running" else 0,
            position=position,
            error=turn.reply.error,
        )
        await self.bridge.turn_changed(turn.event.target, change)

    async def start_next(self, conversation: int) -> None:
        held = self.conversations_held.get(conversation)
        waiting = [turn for turn in held.turns if turn.state == "received"] if held else []
        if waiting:
            await self._start(waiting[0])

    def supersede(self, turn: FakeTurn) -> None:
        """The turn stands in the place of an earlier one and all after that."""
        held = self.conversations_held[turn.conversation]
        held.turns = [one for one in held.turns if not turn.replaces <= one.id < turn.id]

    async def _begin(self, event: Inbound) -> Answer:
        held = self._find(event)
        number = next(self._numbers)
        turn = FakeTurn(
            self, number, held.id, event, _user(event), self._replaced(held, event), at=self.clock.now()
        )
        busy = [one for one in held.turns if one.state in {"received", "running", "answered"}]
        held.turns.append(turn)
        held.updated = self.clock.now()
        if not held.title and turn.user is not None:
            held.title = turn.user.text[:40]
        await self.changed(turn, "received", len(busy))
        self.turns[number] = turn
        async with self._news:
            self._news.notify_all()
        if busy:
            return Answer("queued", words("queued", position=len(busy)), number, held.id)
        self._spawn(self._start(turn))
        return Answer("started", turn=number, conversation=held.id)

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self, turn: FakeTurn) -> None:
        await turn.start()
        if self.answers is None:
            return
        *snapshots, final = self.answers(turn.user.text if turn.user else "")
        for snapshot in snapshots:
            turn.show(snapshot)
            await asyncio.get_running_loop().run_in_executor(None, int)
        await turn.finish(final)

    def _replaced(self, held: FakeConversation, event: Inbound) -> int:
        if not isinstance(event.command, Retry | Edit):
            return 0
        return event.command.turn or held.turns[-1].id

    def _find(self, event: Inbound) -> FakeConversation:
        number = event.conversation or self._current.get(event.place, 0)
        held = self.conversations_held.get(number) if number else self._make(event.place, "")
        if held is None or held.place != event.place:
            raise Denied(words("conversation_gone"))
        return held

    def _make(self, place: Place, title: str) -> FakeConversation:
        number = 100 + next(self._numbers)
        held = self.conversations_held[number] = FakeConversation(number, place, title, self.clock.now())
        self._current[place] = number
        return held

    # Commands

    async def _command(self, event: Inbound) -> Answer:
        place = event.place
        match event.command:
            case ChooseApp():
                self.chosen[replace(place, app="")] = place.app
                return Answer("done", words("app_chosen", app=place.app))
            case NewConversation(title):
                return Answer("done", conversation=self._make(place, title).id)
            case ForgetMe():
                for number in [n for n, held in self.conversations_held.items() if held.place == place]:
                    del self.conversations_held[number]
                self._current.pop(place, None)
                return Answer("done", "Erased.")
        return await self._in_conversation(event)

    async def _in_conversation(self, event: Inbound) -> Answer:
        place, held = event.place, self._find(event)
        match event.command:
            case Stop(turn):
                return await self._stop(held, turn)
            case Undo():
                gone = held.turns.pop()
                await self.changed(gone, "removed")
                return Answer("done", words("undone"), gone.id, held.id)
            case Clear():
                held.turns.clear()
                return Answer("done", words("cleared"), conversation=held.id)
            case Rate(value, turn, message, of_user):
                index = -1 if of_user else max(message, 0)
                self.turns[turn].ratings[index] = value
                return Answer("done", words("rated"), turn, held.id, {"message": max(message, 0)})
            case Configure(values):
                merged = {**held.values, **values}
                held.values = {name: value for name, value in merged.items() if value is not None}
                return Answer("done", words("configured"), conversation=held.id)
            case SwitchConversation():
                self._current[place] = held.id
            case RenameConversation(_, title):
                held.title = title
            case DeleteConversation():
                del self.conversations_held[held.id]
                self._current[place] = max(
                    (n for n, h in self.conversations_held.items() if h.place == place), default=0
                )
        return Answer("done", conversation=held.id)

    def _take_over(self, event: Inbound, command: TakeOver) -> Answer:
        moved = []
        for held in self.conversations_held.values():
            place = held.place
            if (place.team, place.channel) == (command.former.team, command.former.user_id):
                held.place = replace(place, team=event.place.team, channel=event.place.channel)
                self._current[held.place] = self._current.pop(place, held.id)
                moved.append(held.id)
        return Answer("done", detail={"conversations": moved})

    async def _stop(self, held: FakeConversation, number: int) -> Answer:
        meant = [turn for turn in held.turns if number in {0, turn.id}]
        waiting = [turn for turn in meant if number and turn.state == "received"]
        if waiting:
            held.turns.remove(waiting[0])
            await self.changed(waiting[0], "removed")
            return Answer("done", words("dropped"), number, held.id)
        running = [turn for turn in meant if turn.state == "running"]
        if not running:
            return Answer("ignored", words("nothing_running"), conversation=held.id)
        running[0].stopping = True
        self._spawn(running[0].finish(Reply(state="stopped")))
        return Answer("done", words("stopped"), running[0].id, held.id)

    def _check_store(self) -> None:
        if self.store_down:
            raise StoreError("The database does not answer: try again.")


def _told(turn: FakeTurn) -> Reply:
    return turn.reply if turn.state not in {"received", "running"} else Reply()


def _user(event: Inbound) -> Message | None:
    said: tuple[Part, ...]
    match event.command:
        case Say(said) | Edit(said):
            return Message("user", said, speaker=event.speaker)
        case UseExample(index):
            return Message("user", (Text(f"Example {index}"),))
        case Choose(index):
            return Message("user", (Text(f"Option {index}"),))
        case _:
            return None


async def _at_once(*_: object) -> None:
    return
