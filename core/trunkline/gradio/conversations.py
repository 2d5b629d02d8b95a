"""The app sessions of conversations: reused from turn to turn, let go when they are idle for long."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ..messages import Notice, Reply
from .chat import RawMessage
from .plan import View
from .session import AppSession
from .turn import ChainRun, Snapshot
from .utterance import LiveUtterance

IDLE_SESSIONS = 1000
"""Sessions kept for conversations at rest. The app itself keeps the queues of 2,000 sessions."""
HEARTBEAT_IDLE_SECONDS = 600.0
BACKLOG = 32
"""Snapshots kept for a reader; each holds the whole reply so far."""


@dataclass(slots=True)
class Running:
    """A turn under way: its snapshots to come, and what it can say when it is stopped."""

    snapshot: Snapshot | None = None
    chain: ChainRun | None = None
    shown: bool = False
    _replies: deque[Reply | BaseException] = field(default_factory=deque)
    _reader: asyncio.Future[None] | None = None

    async def next(self) -> Reply:
        """The next snapshot, for the one who reads them; raises the error that ended the turn."""
        while not self._replies:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        reply = self._replies.popleft()
        if isinstance(reply, BaseException):
            raise reply
        return reply

    def emit(self, reply: Reply) -> None:
        """Hand out a snapshot. To a reader that lags behind the oldest ones are of no use any more."""
        self.shown = True
        if len(self._replies) >= BACKLOG:
            self._replies.popleft()
        self._put(reply)

    def tell(self, sentence: str) -> None:
        """The app has to be woken in the middle of a turn: whoever waits for the answer hears of it."""
        self.emit(Reply(notices=(Notice("info", sentence),)))

    def fail(self, sentence: str) -> None:
        """End with what was shown so far, and why there is no more."""
        if self.snapshot is None:
            self.emit(Reply(state="failed", error=sentence))
            return
        self.snapshot.error = sentence
        self.emit(self.snapshot.reply("failed"))

    def end(self, task: asyncio.Task[None]) -> None:
        """The turn's task is done: an error of it reaches whoever reads its replies."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._put(error)

    def _put(self, reply: Reply | BaseException) -> None:
        self._replies.append(reply)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


@dataclass(slots=True)
class Conversation:
    """A conversation's session, how the app looks in it (`view`, None before its page is open), its turn."""

    session: AppSession
    view: View | None = None
    unseen: list[tuple[int, RawMessage]] = field(default_factory=list)
    """Messages that the app added for itself alone, with how many of the shown ones stand before each."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    running: Running | None = None
    utterance: LiveUtterance | None = None
    """The newest one that was handed over while it was said."""
    fresh: bool = True
    """No turn ran in this session yet."""
    idle: asyncio.TimerHandle | None = None

    def renew(self, session: AppSession) -> AppSession:
        """Exchange the session; returns the old one, to be closed."""
        old, self.session, self.view, self.fresh = self.session, session, None, True
        return old


class Conversations:
    """Every conversation that holds a session. `open_session` makes a new one."""

    def __init__(self, open_session: Callable[[], AppSession]) -> None:
        self._open_session = open_session
        self._held: OrderedDict[str, Conversation] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def find(self, key: str) -> Conversation | None:
        return self._held.get(key)

    def session(self, name: str) -> AppSession | None:
        """The session of that hash."""
        return next((held.session for held in self._held.values() if held.session.hash == name), None)

    def use(self, key: str) -> Conversation:
        """The conversation, with a session; the ones that were idle longest make room."""
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = Conversation(self._open_session())
            self._evict()
        self._held.move_to_end(key)
        if found.idle is not None:
            found.idle.cancel()
            found.idle = None
        return found

    def rest(self, conversation: Conversation, *, renew: bool) -> None:
        """A turn is over; when none follows for a while the app hears that nobody is there any more.

        With `renew` it cleans up then, so that the next turn begins a session of its own.
        """
        loop = asyncio.get_running_loop()
        conversation.idle = loop.call_later(HEARTBEAT_IDLE_SECONDS, self._hibernate, conversation, renew)

    async def renew(self, conversation: Conversation) -> None:
        await conversation.renew(self._open_session()).close()

    async def forget(self, key: str) -> None:
        found = self._held.pop(key, None)
        if found is not None:
            if found.idle is not None:
                found.idle.cancel()
            if found.utterance is not None:
                await found.utterance.close()
            await found.session.close()

    async def renew_all(self) -> None:
        """The app is another process now: it knows no session of ours. A running turn notices by itself."""
        for conversation in list(self._held.values()):
            if not conversation.lock.locked():
                await self.renew(conversation)

    async def close(self) -> None:
        for key in list(self._held):
            await self.forget(key)
        if self._closing:
            await asyncio.wait(self._closing)

    def _evict(self) -> None:
        excess = len(self._held) - IDLE_SESSIONS
        if excess > 0:
            idle = [key for key, held in self._held.items() if not held.lock.locked()]
            for key in idle[:excess]:
                self._close_later(self._held.pop(key))

    def _hibernate(self, conversation: Conversation, renew: bool) -> None:
        if conversation.lock.locked():
            return
        if renew:
            self._close_later(Conversation(conversation.renew(self._open_session())))
        else:
            conversation.session.release_heartbeat()

    def _close_later(self, conversation: Conversation) -> None:
        if conversation.idle is not None:
            conversation.idle.cancel()
        task = asyncio.get_running_loop().create_task(conversation.session.close(), name="gradio session end")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
