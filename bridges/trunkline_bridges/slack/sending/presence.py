"""What shows that work is done: the status and title of an agent's session, and a reaction on messages that wait.

Failures here never matter: people see an answer all the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from trunkline.bridge import Target, TurnChange
from trunkline.clock import Clock
from trunkline.errors import PlatformError
from trunkline.recent import Recent
from trunkline.words import words

from ..limits import SESSION_TITLE
from ..options import SlackOptions
from .api import Api
from .posts import REMEMBERED
from .refusals import code_of

WAITING: Final = "hourglass_flowing_sand"
ENDS: Final = frozenset({"delivered", "stopped", "failed", "undeliverable", "superseded", "undone", "removed"})
_ANSWERED: Final = frozenset({"delivered", "stopped", "failed", "undeliverable"})
"""So may end what ran in an earlier life."""
_MOST_WAITING: Final = 10_000
_NO_SESSIONS: Final = frozenset(
    {"feature_not_enabled", "method_deprecated", "missing_scope", "not_authorized", "unknown_method"}
)
"""The app is no such agent in that workspace."""


@dataclass(slots=True)
class _Thread:
    """What is known of a session: the status that Slack shows, the one it should, and the task that tells it."""

    target: Target
    shown: str = ""
    wanted: str = ""
    title: str = ""
    titled: bool = False
    task: asyncio.Task[None] | None = None


class Presence:
    """The tasks live in the group that `live` is given; with None nothing more is begun."""

    def __init__(self, api: Api, options: SlackOptions, clock: Clock) -> None:
        self._api = api
        self._options = options
        self._tasks: asyncio.TaskGroup | None = None
        self._threads: Recent[str, _Thread] = Recent(REMEMBERED)
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, str] = {}  # turn to its thread
        self._none: set[str] = set()
        self._older: set[str] = set()
        self._began = clock.now()

    def live(self, tasks: asyncio.TaskGroup | None) -> None:
        self._tasks = tasks
        if tasks is None:
            for thread in self._threads.values():
                if thread.task is not None:
                    thread.task.cancel()
            for waiting in self._waiting.values():
                waiting.cancel()
            self._waiting.clear()

    def changed(self, target: Target, change: TurnChange) -> None:
        """A turn got into another state."""
        turn = _turn(target)
        if change.state == "received":
            if change.position > 0:
                self._mark(turn, target)
            return
        if change.state == "running":
            self._unmark(turn, target)
            self._running[turn] = _name(target)
            self._want(target, "processing", change.user.text if change.user is not None else "")
        elif change.state in ENDS:
            if turn in self._waiting:
                self._unmark(turn, target)
            ran = self._running.pop(turn, "") or change.state in _ANSWERED
            if ran and _name(target) not in self._running.values():
                self._want(target, "active")

    def runs(self, target: Target) -> bool:
        """A turn there is being answered."""
        return _turn(target) in self._running

    def noted(self, target: Target, status: str) -> None:
        """Slack itself gave the session that status."""
        thread = self._thread(target)
        if thread is not None:
            thread.shown = status

    async def say(self, target: Target, said: str) -> bool:
        """Let the session's status say it while a turn runs there, "" to say no more; False where none can.

        Slack shows what was written last: these words, or the status.
        """
        thread, team = self._thread(target), _team(target)
        if thread is None or team in self._none or self._options.agent == "none":
            return False
        if not said:
            if thread.shown == thread.wanted == "processing":
                thread.shown = ""
                self._want(target, "processing")
            return True
        place = {"channel_id": target["channel"], "thread_ts": target["thread"]}
        try:
            await self._api.call(team, "assistant.threads.setStatus", patient=False, **place, status=said)
        except PlatformError as error:
            return code_of(error) not in _NO_SESSIONS
        return True

    # Sessions

    def _thread(self, target: Target) -> _Thread | None:
        if not target.get("thread"):
            return None
        key = _name(target)
        known = self._threads.get(key) or _Thread(target)
        self._threads.put(key, known)
        return known

    def _want(self, target: Target, status: str, said: str = "") -> None:
        thread = self._thread(target)
        if thread is None or self._tasks is None or _team(target) in self._none:
            return
        thread.wanted = status
        if not thread.titled and said and _is_first(target):
            thread.title = " ".join(said.split())[:SESSION_TITLE]
        if thread.task is None:
            thread.task = self._tasks.create_task(self._tell(thread))

    async def _tell(self, thread: _Thread) -> None:
        """Bring Slack to the newest status; what changes meanwhile is told after it."""
        try:
            while thread.wanted != thread.shown and _team(thread.target) not in self._none:
                status = thread.wanted
                try:
                    await self._set(thread, status)
                except PlatformError:
                    return
                thread.shown = status
        finally:
            thread.task = None

    async def _set(self, thread: _Thread, status: str) -> None:
        team = _team(thread.target)
        if self._options.agent in ("auto", "agent") and team not in self._older:
            try:
                await self._agent(thread, status)
                return
            except PlatformError as error:
                if code_of(error) not in _NO_SESSIONS:
                    raise
                if self._options.agent == "agent":
                    self._none.add(team)
                    return
                self._older.add(team)
        if self._options.agent == "none":
            self._none.add(team)
            return
        try:
            await self._assistant(thread, status)
        except PlatformError as error:
            if code_of(error) in _NO_SESSIONS:
                self._none.add(team)
            raise

    async def _agent(self, thread: _Thread, status: str) -> None:
        title, thread.title = thread.title, ""
        thread.titled = thread.titled or bool(title)
        await self._api.call(
            _team(thread.target),
            "agents.sessions.setStatus",
            patient=True,
            channel_id=thread.target["channel"],
            thread_ts=thread.target["thread"],
            status=status,
            title=title or None,
        )

    async def _assistant(self, thread: _Thread, status: str) -> None:
        """For apps of the older kind: words of ours, gone when they are empty."""
        place = {"channel_id": thread.target["channel"], "thread_ts": thread.target["thread"]}
        team, said = _team(thread.target), words("slack_thinking") if status == "processing" else ""
        await self._api.call(team, "assistant.threads.setStatus", patient=True, **place, status=said)
        title, thread.title = thread.title, ""
        if title:
            thread.titled = True
            await self._api.call(team, "assistant.threads.setTitle", patient=True, **place, title=title)

    # Messages that wait

    def _mark(self, turn: str, target: Target) -> None:
        message = str(target.get("newest") or "")
        if self._tasks is None or not message or turn in self._waiting or len(self._waiting) >= _MOST_WAITING:
            return
        self._waiting[turn] = self._tasks.create_task(self._react("reactions.add", target, message))

    def _unmark(self, turn: str, target: Target) -> None:
        marked, message = self._waiting.pop(turn, None), str(target.get("newest") or "")
        asked = target.get("at")
        # What waited in an earlier life may carry its mark still.
        earlier = isinstance(asked, int | float) and asked < self._began
        if self._tasks is not None and message and (marked is not None or earlier):
            self._tasks.create_task(self._take_back(marked, target, message))

    async def _take_back(self, marked: asyncio.Task[None] | None, target: Target, message: str) -> None:
        if marked is not None:
            # The reaction may still be on its way.
            await asyncio.wait((marked,))
        await self._react("reactions.remove", target, message)

    async def _react(self, method: str, target: Target, message: str) -> None:
        place = {"channel": target["channel"], "timestamp": message}
        try:
            await self._api.call(_team(target), method, patient=True, **place, name=WAITING)
        except PlatformError:
            return


def _is_first(target: Target) -> bool:
    """What is answered opens its thread: that gives it its title."""
    return target.get("thread") == target.get("newest")


def _name(target: Target) -> str:
    return f"{target.get('team')}:{target.get('channel')}:{target.get('thread')}"


def _team(target: Target) -> str:
    return str(target.get("team") or "")


def _turn(target: Target) -> str:
    """Tells turns apart: where they are answered, what they answer, and when."""
    return ":".join(str(target.get(name)) for name in ("team", "channel", "thread", "newest", "at"))
