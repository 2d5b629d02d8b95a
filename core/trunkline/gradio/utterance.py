"""An utterance on its way into an app that listens: cut into pieces, uploaded, handed over one at a time.

The app keeps only the newest piece that waits, so the next one goes when the one before was looked at. The app
ends an utterance itself by switching its microphone off (`gr.Audio(recording=False)`), when its time is over, or
by failing.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import wave
from collections.abc import Awaitable, Callable
from typing import Any

from ..errors import AppFailed, AppRefused, MediaError, TrunklineError
from ..messages import Inline, Media
from ..utterance import SendUtterance
from ..words import words
from .chain import changes
from .chat import ReplyReader
from .events import Failed, StepEvent, Update
from .files import AppFiles
from .graph import ChatGraph
from .hearing import Hearing
from .opening import ignore
from .session import AppSession, Streaming
from .turn import NO_REASON, ChainRun, Outcome, Snapshot, Values

CLIP_BYTES = 100 * 2**20
_CLOSES = (6, 31)
"""Since this version a step that is closed does not look at its last piece a second time."""
_WIDTH = 2
_LAG = 4
"""Pieces that may wait before they go as one."""


def wav(pcm: bytes, rate: int, *, channels: int = 1, width: int = _WIDTH) -> bytes:
    """Samples of `width` bytes, little-endian, as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(pcm)
    return file.getvalue()


def cut(clip: bytes, seconds: float) -> list[bytes]:
    """A WAV file as WAV files of `seconds` each, the last one shorter; what is no plain WAV stays whole.

    `AppRefused` when it holds no sound.
    """
    pieces: list[bytes] = []
    try:
        with wave.open(io.BytesIO(clip), "rb") as sound:
            rate, channels, width = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
            count = max(1, int(rate * seconds))
            while frames := sound.readframes(count):
                pieces.append(wav(frames, rate, channels=channels, width=width))
    except (wave.Error, EOFError, ZeroDivisionError):
        # A WAV that breaks off before its samples holds none.
        pieces = [] if not clip or (clip.startswith(b"RIFF") and b"data" not in clip) else [clip]
    if not pieces:
        raise AppRefused(words("app_hears_nothing"))
    return pieces


class Listening:
    """One utterance in one session of the app. `note` hears what the app says by the way.

    `update` is what the listening step said last, `changed` the components and states that it changed, `failed`
    what it failed with.
    """

    def __init__(
        self,
        graph: ChatGraph,
        files: AppFiles,
        values: Values,
        note: Callable[[StepEvent], None],
        ended: asyncio.Event | None = None,
    ) -> None:
        hearing = graph.hearing
        assert hearing is not None
        assert hearing.listen is not None
        self.session: AppSession = values.session
        self.step = hearing.listen
        self.ended = ended or asyncio.Event()
        self.update: Update | None = None
        self.changed: list[int] = []
        self.failed: Failed | None = None
        self._component = hearing.component.id
        self._config = graph.config
        self._files = files
        self._values = Values(graph, values.session, dict(values.turn))
        self._note = note
        self._taken = asyncio.Event()
        self._call: Streaming | None = None

    async def hear(self, piece: bytes, name: str = "audio.wav", mime: str = "audio/wav") -> None:
        """Hand over a piece, and wait until the app has looked at it. Nothing happens once it has `ended`.

        Raises what `AppSession.call` raises, `MediaError` and `AppFailed` when the piece cannot be uploaded.
        """
        if self.ended.is_set():
            return
        file = await self._files.upload(Media("audio", Inline(piece), name=name, mime=mime))
        self._values.turn[self._component] = {**file, "is_stream": True}
        body = self._values.body(self.step, self._component)
        self._taken.clear()
        if self._call is None:
            self._call = await self.session.begin(self.step, body, self._take)
            self._call.done.add_done_callback(self._over)
        else:
            await self._call.push(body)
        await self._taken.wait()
        self._check()

    async def finish(self) -> None:
        """Nothing more was said."""
        if self._call is not None:
            version = tuple(int(number) for number in self._config.version.split(".")[:2] if number.isdigit())
            await self._call.end(close=version >= _CLOSES)
        self.ended.set()
        self._check()

    def drop(self) -> None:
        """Give it up."""
        self.ended.set()
        if self._call is not None:
            self._call.drop()

    def _over(self, done: asyncio.Future[None]) -> None:
        self.ended.set()
        self._taken.set()

    def _check(self) -> None:
        done = self._call.done if self._call is not None else None
        if done is not None and done.done() and not done.cancelled() and (error := done.exception()) is not None:
            raise error

    def _take(self, event: StepEvent) -> None:
        if isinstance(event, Update):
            self._take_update(event)
            self._taken.set()
        elif isinstance(event, Failed):
            self.failed = event
            self.ended.set()
        else:
            self._note(event)

    def _take_update(self, update: Update) -> None:
        self.update = update
        for component, value in zip(self.step.outputs, update.data, strict=False):
            if component == self._component:
                if _switched_off(value):
                    self.ended.set()
                continue
            before = self._values.of(component)
            self._values.put(component, value)
            if changes(self._config, component) and self._values.of(component) != before:
                self._change(component)
        for state in update.changed_states:
            self._change(state)

    def _change(self, component: int) -> None:
        if component not in self.changed:
            self.changed.append(component)


def _switched_off(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update" and value.get("recording") is False


class LiveUtterance:
    """An `UtteranceStream`: keeps what is said until the app takes it.

    `open_page` gives the ear that it goes to, which sets the event when it hears no more.
    """

    def __init__(
        self, open_page: Callable[[asyncio.Event], Awaitable[Listening]], rate: int, every: float
    ) -> None:
        self.id = secrets.token_hex(8)
        self.ended = asyncio.Event()
        self._rate = rate
        self._enough = max(1, int(rate * every)) * _WIDTH
        self._pcm = bytearray()
        self._more = asyncio.Event()
        self._finished = False
        self._listening: Listening | None = None
        self._error: TrunklineError | None = None
        self._task = asyncio.create_task(self._run(open_page), name="gradio utterance")

    async def send(self, pcm: bytes) -> None:
        """The next samples: 16 bits, little-endian, mono. Dropped once `ended`."""
        if not self.ended.is_set() and not self._finished:
            self._pcm += pcm
            if len(self._pcm) >= self._enough:
                self._more.set()

    async def finish(self) -> None:
        """Nothing more was said; returns when the app has heard all of it, or hears no more."""
        self._finished = True
        self._more.set()
        await asyncio.wait([self._task])

    async def close(self) -> None:
        """Give it up: nobody wants an answer. Does nothing once the app has heard all of it."""
        self._finished = True
        self._task.cancel()
        await asyncio.wait([self._task])
        # A task that is cancelled before its first step runs none.
        self.ended.set()

    async def heard(self, utterance: SendUtterance, session: AppSession) -> Listening | None:
        """What the app heard, if this is the stream meant and it went well in that session; once.

        Answering uses it up: asked again, the app has to hear the utterance again.
        """
        if utterance.stream != self.id:
            return None
        await self.finish()
        found, self._listening = self._listening, None
        whole = found is not None and self._error is None and not self._task.cancelled()
        return found if whole and found is not None and found.session is session and not session.lost else None

    async def _run(self, open_page: Callable[[asyncio.Event], Awaitable[Listening]]) -> None:
        try:
            listening = self._listening = await open_page(self.ended)
            while not self.ended.is_set() and (piece := await self._piece()):
                await listening.hear(wav(piece, self._rate))
            await listening.finish()
        except TrunklineError as error:
            # The turn lets the app hear the whole of it again, and says what is wrong if that fails too.
            self._error = error
        finally:
            self.ended.set()
            self._pcm.clear()
            if self._listening is not None:
                self._listening.drop()

    async def _piece(self) -> bytes:
        """What is to be sent next: `every` seconds, less at the end; all there is when the app lags far behind.

        b"" when there is nothing more.
        """
        while len(self._pcm) < self._enough and not self._finished and not self.ended.is_set():
            self._more.clear()
            await _either(self._more, self.ended)
        whole = len(self._pcm) // _WIDTH * _WIDTH
        if whole <= _LAG * self._enough:
            whole = min(whole, self._enough)
        piece = bytes(self._pcm[:whole])
        del self._pcm[:whole]
        return piece


async def _either(first: asyncio.Event, second: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


class Ear:
    """Lets an app hear the utterance of a turn: `chain`, `values` and `snapshot` are those of the turn."""

    def __init__(self, files: AppFiles, graph: ChatGraph, chain: ChainRun, values: Values, snapshot: Snapshot):
        self._files = files
        self._graph = graph
        self._chain = chain
        self._values = values
        self._snapshot = snapshot

    async def hear(self, utterance: SendUtterance, live: LiveUtterance | None) -> Outcome:
        """Have it heard, unless the app has heard it through `live` already. `AppRefused` when it is no sound."""
        heard = await live.heard(utterance, self._values.session) if live is not None else None
        if heard is None:
            heard = await self._whole(utterance.media)
        if heard is None or heard.failed is not None:
            self._snapshot.error = _reason(heard.failed if heard is not None else None) or self._snapshot.error
            return "failed"
        if heard.update is None:
            return "done"
        return await self._chain.heard(heard.step, heard.update, heard.changed)

    async def _whole(self, media: Media) -> Listening | None:
        """None when the app failed before it listened."""
        try:
            clip = await self._files.read(media, CLIP_BYTES)
        except MediaError as error:
            raise AppRefused(error.user_message) from error
        listening = Listening(self._graph, self._files, self._values, self._snapshot.note)
        pieces = cut(clip, listening.step.stream_every)
        name, mime = (media.name, media.mime) if pieces == [clip] else ("audio.wav", "audio/wav")
        if await begin(self._graph, self._chain) != "done":
            return None
        try:
            for piece in pieces:
                await listening.hear(piece, name, mime)
            await listening.finish()
        finally:
            listening.drop()
        return listening


async def listen_to(graph: ChatGraph, files: AppFiles, values: Values, ended: asyncio.Event) -> Listening:
    """Switch the microphone of a page on that nobody watches. `AppFailed` when the app fails at that."""
    snapshot = Snapshot(graph, ReplyReader(0, graph.config.url, skip_user=False), (), ignore)
    if await begin(graph, ChainRun(graph, values.session, values, snapshot)) == "failed":
        raise AppFailed(snapshot.error)
    return Listening(graph, files, values, snapshot.note, ended)


def _reason(failed: Failed | None) -> str:
    return "" if failed is None else ": ".join(filter(None, [failed.title, failed.text])) or NO_REASON


async def begin(graph: ChatGraph, chain: ChainRun) -> Outcome:
    """Do what the page does when the microphone is switched on."""
    hearing: Hearing | None = graph.hearing
    if hearing is None or hearing.begin is None:
        return "done"
    return await chain.run(hearing.begin)
