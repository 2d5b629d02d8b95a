"""One session with an app: calls, and the one event stream they share.

Dropping the stream kills what runs in the session and there is no resume, so a session has exactly one reader,
which hands each message to the call it belongs to.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import AppFailed, AppRefused, AppUnreachable, SessionLost, TrunklineError
from ..messages import Media
from .client import AppClient, dump
from .config import Dependency
from .events import FrameSplitter, StepEvent, decoded, event_of, failure, final_update

Take = Callable[[StepEvent], None]
_END_SECONDS = 1.0


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
        self._waiting: dict[str, _Call] = {}
        self._early: dict[str, list[Any]] = {}
        self._joining = 0
        self._reader: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._watching: list[asyncio.Future[None]] = []
        self.lost = False

    async def predict(self, step: Dependency, body: bytes) -> StepEvent:
        """Run a `queue: false` step directly."""
        status, answer = await self.client.post("run/predict", body)
        if status == 200 and isinstance(answer, dict) and isinstance(answer.get("data"), list):
            return final_update(answer)
        if status == 422:
            raise AppRefused(validation_text(answer))
        if status in (404, 405) or not isinstance(answer, dict):
            raise SessionLost(f"The app no longer knows its step {step.api_name or step.id} (status {status}).")
        return failure(answer)

    async def call(self, step: Dependency, body: bytes, take: Take) -> None:
        """Run a step through the app's queue, `take` being called with what comes of it, as it comes.

        Who is cancelled meanwhile cancels it. Raises `AppRefused` when a validator or a full queue refuses it,
        `SessionLost` when the stream breaks, and what `take` raises.
        """
        call = _Call(take, asyncio.get_running_loop().create_future())
        event_id = await self._join(step, body, call)
        try:
            await call.done
        finally:
            self._waiting.pop(event_id, None)
            if not call.ended:
                # The app may answer only when its function comes up for air.
                self.drop(event_id, step)

    async def begin(self, step: Dependency, body: bytes, take: Take) -> Streaming:
        """Begin a step that takes its input in pieces, `body` holding the first. Raises as `call` does."""
        call = _Call(take, asyncio.get_running_loop().create_future())
        return Streaming(self, step, await self._join(step, body, call), call)

    def stirred(self) -> asyncio.Future[None]:
        """Done when the app says something more in this session, or never will."""
        found: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watching.append(found)
        return found

    @property
    def busy(self) -> bool:
        """Something of this session still runs in the app."""
        return bool(self._waiting or self._joining) and not self.lost

    def drop(self, event_id: str, step: Dependency) -> None:
        """Hear no more of a call, and have the app end it; nobody waits for that."""
        self._waiting.pop(event_id, None)
        self._stir()
        task = asyncio.create_task(self.cancel(event_id, step), name="gradio cancel")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _stir(self) -> None:
        watching, self._watching = self._watching, []
        for one in watching:
            if not one.done():
                one.set_result(None)

    async def cancel(self, event_id: str, step: Dependency) -> None:
        """Ask the app to end a call. What it does about that, and when, is its own affair."""
        self._waiting.pop(event_id, None)
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

    async def _join(self, step: Dependency, body: bytes, call: _Call) -> str:
        self._joining += 1
        try:
            status, answer = await self.client.post("queue/join", body)
            if status != 200 or not isinstance(answer, dict) or "event_id" not in answer:
                raise _not_joined(status, answer, step)
            event_id = str(answer["event_id"])
            for message in self._early.pop(event_id, ()):
                call.feed(message)
            # A call that ended with what came early is awaited by no stream.
            if not call.ended:
                self._waiting[event_id] = call
        finally:
            self._joining -= 1
            if not self._joining:
                self._early.clear()
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="gradio events")
        return event_id

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
        for call in self._waiting.values():
            call.fail(error)
        self._stir()

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
                    message = decoded(frame)
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
        if not isinstance(event_id, str):
            return
        call = self._waiting.get(event_id)
        if call is not None:
            call.feed(message)
            if call.ended:
                # Nothing more comes for it: a stream that ends now is not to be opened again.
                del self._waiting[event_id]
            if self._watching:
                self._stir()
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


class Streaming:
    """A step that takes its input in pieces. Until it has said something about one, the next would replace it.

    `done` ends with the step, or with what `AppSession.call` raises.
    """

    def __init__(self, session: AppSession, step: Dependency, event_id: str, call: _Call) -> None:
        self._session = session
        self._step = step
        self._event_id = event_id
        self.done = call.done
        # What breaks it may come while nobody awaits it: it is found with the next piece.
        call.done.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def push(self, body: bytes) -> None:
        """The next piece. One that comes when the step has just ended is lost, as on the app's own page."""
        status, _ = await self._session.client.post(f"stream/{self._event_id}", body)
        if status != 200:
            # The step is over, and says so any moment: Gradio 5 answers 500 then, Gradio 6 with 404.
            await asyncio.wait([self.done], timeout=_END_SECONDS)
            if not self.done.done():
                raise SessionLost(f"The app no longer listens (status {status}).")

    async def end(self, *, close: bool) -> None:
        """No more comes. Without `close` the app is not asked to look at the last piece once more."""
        if self.done.done():
            return
        if close:
            await self._session.client.post(f"stream/{self._event_id}/close", b"{}")
            await asyncio.wait([self.done])
        else:
            # Awaited: the app ends whatever runs of this step in the session, the next utterance too.
            await self._session.cancel(self._event_id, self._step)
            self.done.cancel()

    def drop(self) -> None:
        """Leave it: the app is told, nobody waits for what it says."""
        if not self.done.done():
            self._session.drop(self._event_id, self._step)
            self.done.cancel()


class _Call:
    """A call that waits: its messages are taken as they are read, without another turn of the event loop."""

    def __init__(self, take: Take, done: asyncio.Future[None]) -> None:
        self.done = done
        self.ended = False
        """The app sends nothing more for it, or nobody hears it any more."""
        self._take = take
        self._pending: list[Any] = []

    def feed(self, message: Mapping[str, Any]) -> None:
        if self.done.done():
            return
        try:
            event = event_of(message, self._pending)
            if event is not None:
                self._take(event)
        except Exception as error:  # noqa: BLE001 - it is raised where the call is awaited, not in the reader of all
            self.done.set_exception(error)
            return
        if message.get("msg") == "process_completed":
            self.ended = True
            self.done.set_result(None)

    def fail(self, error: TrunklineError) -> None:
        self.ended = True
        if not self.done.done():
            self.done.set_exception(error)


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
