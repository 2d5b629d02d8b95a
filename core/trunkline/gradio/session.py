"""One session with an app: calls, and the one event stream they share.

Dropping the stream kills what runs in the session and there is no resume, so a session has exactly one reader,
which hands each message to the call it belongs to.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import AppFailed, AppRefused, AppUnreachable, SessionLost, TrunklineError
from ..messages import Media
from . import diff
from .client import AppClient, dump
from .config import Dependency


@dataclass(slots=True)
class Update:
    """A step's new output values. `touched` tells, by position, which items of a list changed (None: any)."""

    data: list[Any]
    final: bool
    touched: Mapping[int, set[int] | None] = field(default_factory=dict)
    render: Mapping[str, Any] | None = None
    changed_states: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Log:
    level: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Progress:
    fraction: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Position:
    rank: int
    size: int
    eta: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """The app's function runs now."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The call was cancelled: it completed without a value."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The app's function raised. `text` is "" where the app does not tell why."""

    text: str
    title: str = ""


StepEvent = Update | Log | Progress | Position | Started | Stopped | Failed


class AppSession:
    """A `session_hash` at the app. Values it holds are those that the browser would hold for its components."""

    def __init__(self, client: AppClient) -> None:
        self.client = client
        self.hash = secrets.token_hex(8)
        self.values: dict[int, Any] = {}
        self.loaded = False
        self.injected: int | None = None
        """Fingerprint of the history that the app's states hold; None when they hold something else."""
        self.attached: dict[int, tuple[Media, ...]] = {}
        """Files that were put into components of the page and that the app did not take out again."""
        self._waiting: dict[str, asyncio.Queue[Any]] = {}
        self._early: dict[str, list[Any]] = {}
        self._joining = 0
        self._reader: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self.lost = False

    async def predict(self, step: Dependency, body: bytes) -> StepEvent:
        """Run a `queue: false` step directly."""
        status, answer = await self.client.post("run/predict", body)
        if status == 200 and isinstance(answer, dict) and isinstance(answer.get("data"), list):
            return _final(answer)
        if status == 422:
            raise AppRefused(validation_text(answer))
        if status in (404, 405) or not isinstance(answer, dict):
            raise SessionLost(f"The app no longer knows its step {step.api_name or step.id} (status {status}).")
        return _failure(answer)

    async def call(self, step: Dependency, body: bytes) -> AsyncGenerator[StepEvent, None]:
        """Run a step through the app's queue. Closing the iterator cancels it.

        Raises `AppRefused` when a validator or a full queue refuses it, `SessionLost` when the stream breaks.
        """
        event_id, queue = await self._join(step, body)
        pending: list[Any] = []
        completed = False
        try:
            while True:
                message = await queue.get()
                if isinstance(message, TrunklineError):
                    completed = True
                    raise message
                event = _event(message, pending)
                if event is None:
                    continue
                completed = message["msg"] == "process_completed"
                yield event
                if completed:
                    return
        finally:
            self._waiting.pop(event_id, None)
            if not completed:
                # The app may answer only when its function comes up for air: nobody waits for that.
                task = asyncio.create_task(self._cancel(event_id, step), name="gradio cancel")
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)

    async def _cancel(self, event_id: str, step: Dependency) -> None:
        """Ask the app to end a call. What it does about that, and when, is its own affair."""
        body = dump({"session_hash": self.hash, "event_id": event_id, "fn_index": step.id})
        try:
            await self.client.post("cancel", body)
        except AppUnreachable:
            # It is gone, or still busy after a minute; the next call of this session finds out.
            return

    def hold_heartbeat(self) -> None:
        """Keep the session open at the app, so that its `unload` fires when we are done."""
        if self._heart is None or self._heart.done():
            self._heart = asyncio.create_task(self._beat(), name="gradio heartbeat")

    def release_heartbeat(self) -> None:
        """Tell the app that nobody is there; the session stays its own for as long as it likes to keep it."""
        if self._heart is not None:
            self._heart.cancel()
            self._ending.add(self._heart)
            self._heart.add_done_callback(self._ending.discard)
            self._heart = None

    async def close(self) -> None:
        """Let go of the app; what still runs in the session is ended by it."""
        tasks = [task for task in (self._reader, self._heart, *self._ending) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._reader = self._heart = None
        self._lose(SessionLost("The session with the app was closed."))

    async def _join(self, step: Dependency, body: bytes) -> tuple[str, asyncio.Queue[Any]]:
        self._joining += 1
        try:
            status, answer = await self.client.post("queue/join", body)
            if status != 200 or not isinstance(answer, dict) or "event_id" not in answer:
                raise _not_joined(status, answer, step)
            event_id = str(answer["event_id"])
            queue: asyncio.Queue[Any] = asyncio.Queue()
            for message in self._early.pop(event_id, ()):
                queue.put_nowait(message)
            self._waiting[event_id] = queue
        finally:
            self._joining -= 1
            if not self._joining:
                self._early.clear()
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="gradio events")
        return event_id, queue

    async def _read(self) -> None:
        """Read until nothing is awaited any more; whatever breaks the stream ends every call with it."""
        error: TrunklineError | None = None
        try:
            while self._waiting and error is None:
                error = await self._read_stream()
        except AppUnreachable as broken:
            error = SessionLost(f"The connection to the app was lost: {broken.user_message}")
            error.__cause__ = broken
        finally:
            self._reader = None
        if error is not None:
            self._lose(error)

    def _lose(self, error: TrunklineError) -> None:
        """Nothing more comes: every call that still waits ends with `error`."""
        self.lost = True
        for queue in self._waiting.values():
            queue.put_nowait(error)

    async def _read_stream(self) -> TrunklineError | None:
        """One stream from opening to its end; the error that it reported or that its end means."""
        async with self.client.stream("queue/data", {"session_hash": self.hash}) as response:
            if response.status != 200:
                return SessionLost(f"The app closed the event stream (status {response.status}).")
            if response.content_type != "text/event-stream":
                return SessionLost(
                    "The app answers with a web page instead of its reply: something before it wants a login, or "
                    "the app behind it does not run."
                )
            closed = False
            error: TrunklineError | None = None
            frames = FrameSplitter()
            async for chunk in response.content.iter_any():
                for frame in frames.split(chunk):
                    message = _decode(frame)
                    if message is None:
                        continue
                    if message.get("msg") == "close_stream":
                        closed = True
                    elif message.get("msg") in ("unexpected_error", "server_stopped"):
                        error = SessionLost(_lost_text(message))
                    else:
                        self._hand_over(message)
            if error is None and not closed and self._waiting:
                error = SessionLost("The app ended the event stream in the middle of an answer.")
            return error

    def _hand_over(self, message: dict[str, Any]) -> None:
        event_id = message.get("event_id")
        if event_id is None:
            return
        queue = self._waiting.get(event_id)
        if queue is not None:
            queue.put_nowait(message)
            if message.get("msg") == "process_completed":
                # Nothing more comes for it: a stream that ends now is not to be opened again.
                del self._waiting[event_id]
        elif self._joining:
            self._early.setdefault(event_id, []).append(message)

    async def _beat(self) -> None:
        try:
            async with self.client.stream(f"heartbeat/{self.hash}", {}) as response:
                async for _ in response.content.iter_any():
                    pass
        except AppUnreachable:
            # The session lives without it; the next turn opens another one.
            return


class FrameSplitter:
    """Cuts a byte stream into server-sent events; a long one is searched once, not with every chunk."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def split(self, chunk: bytes) -> list[bytes]:
        """The events that `chunk` completes."""
        split_end = bool(self._pieces) and self._pieces[-1].endswith(b"\n") and chunk.startswith(b"\n")
        if b"\n\n" not in chunk and not split_end:
            self._pieces.append(chunk)
            return []
        *frames, rest = b"".join((*self._pieces, chunk)).split(b"\n\n")
        self._pieces = [rest] if rest else []
        return frames


def _decode(frame: bytes) -> dict[str, Any] | None:
    start = frame.find(b"data:")
    if start < 0:
        return None
    try:
        message = json.loads(frame[start + 5 :])
    except ValueError as error:
        raise SessionLost("The app sent an event that is no JSON.") from error
    return message if isinstance(message, dict) else None


def _event(message: Mapping[str, Any], pending: list[Any]) -> StepEvent | None:
    """What a message of the stream means for its call. `pending` holds the values that diffs apply to."""
    kind = message.get("msg")
    if kind in ("process_generating", "process_streaming"):
        return _generating(message, pending)
    if kind == "process_completed":
        return _completed(message)
    if kind == "process_starts":
        return Started()
    if kind == "estimation":
        rank = message.get("rank")
        return None if rank is None else Position(rank, message.get("queue_size") or 0, message.get("rank_eta"))
    if kind == "log":
        title = str(message.get("title") or "")
        return Log(str(message.get("level") or "info"), str(message.get("log") or ""), title)
    if kind == "progress":
        return _progress(message.get("progress_data") or [])
    return None


def _generating(message: Mapping[str, Any], pending: list[Any]) -> StepEvent | None:
    output = message.get("output") or {}
    if message.get("success") is False:
        return _failure(output)
    data = output.get("data")
    if not isinstance(data, list):
        return None
    changed: dict[int, set[int] | None] = {}
    if not pending:
        if any(diff.is_edits(item) for item in data):
            # Gradio 5 may take a new stream for one that failed before: its edits apply to what nobody has. The
            # whole value still comes in the end.
            return None
        pending.extend(data)
        changed = dict.fromkeys(range(len(data)))
    else:
        for position, edits in enumerate(data):
            if edits:
                changed[position] = _apply(pending, position, edits)
    return Update(pending, False, changed, output.get("render_config"), output.get("changed_state_ids") or ())


def _apply(pending: list[Any], position: int, edits: Sequence[Any]) -> set[int] | None:
    value = pending[position]
    found = diff.touched(edits, len(value)) if isinstance(value, list) else None
    try:
        pending[position] = diff.apply(value, edits)
    except ValueError as error:
        raise SessionLost(
            "The app's answer does not fit together any more; please send the message again."
        ) from error
    return found


def _completed(message: Mapping[str, Any]) -> StepEvent:
    output = message.get("output") or {}
    if message.get("success") is False:
        return _failure(output, str(message.get("title") or ""))
    if not isinstance(output.get("data"), list):
        return Stopped()
    return _final(output)


def _final(output: Mapping[str, Any]) -> Update:
    data = output["data"]
    states = output.get("changed_state_ids") or ()
    return Update(data, True, dict.fromkeys(range(len(data))), output.get("render_config"), states)


def _failure(output: Mapping[str, Any], title: str = "") -> Failed:
    text = output.get("error")
    title = str(output.get("title") or title)
    return Failed(str(text) if text else "", "" if title == "Error" else title)


def _progress(units: Sequence[Mapping[str, Any]]) -> Progress | None:
    if not units:
        return None
    unit = units[-1]
    fraction = unit.get("progress")
    if fraction is None and unit.get("index") is not None and unit.get("length"):
        fraction = unit["index"] / unit["length"]
    return Progress(fraction, str(unit.get("desc") or ""))


def _lost_text(message: Mapping[str, Any]) -> str:
    if message.get("session_not_found"):
        return "The app does not know this session any more: it was restarted, or has too many of them."
    return f"The app stopped: {message.get('message') or 'it did not say why'}"


def _not_joined(status: int, answer: object, step: Dependency) -> TrunklineError:
    if status == 422:
        return AppRefused(validation_text(answer))
    detail = answer.get("detail") if isinstance(answer, Mapping) else None
    if status == 503:
        return AppFailed(f"The app is too busy: {detail or 'its queue is full'} Please try again later.")
    if status in (400, 404, 500):
        return SessionLost(f"The app no longer knows its step {step.api_name or step.id} (status {status}).")
    return AppUnreachable(f"The app does not take the message (status {status}).")


def validation_text(answer: object) -> str:
    """What a validator says, one sentence for all inputs."""
    detail = answer.get("detail") if isinstance(answer, Mapping) else answer
    found: list[str] = []
    for item in detail if isinstance(detail, list) else [detail]:
        if isinstance(item, Mapping):
            if item.get("is_valid") is False or "is_valid" not in item:
                found.append(str(item.get("message") or item.get("msg") or ""))
        elif item:
            found.append(str(item))
    return " ".join(text for text in found if text) or "The app refused the message."
