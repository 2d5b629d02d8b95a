"""A scripted app behind the `Backend` protocol: it answers what the test says and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from trunkline.backend import (
    AppProfile,
    Feedback,
    FetchedFile,
    Rating,
    SendExample,
    SendMessage,
    SendOption,
    TurnRequest,
)
from trunkline.errors import AppRefused, MediaError, TrunklineError
from trunkline.messages import AppFile, Json, Message, Option, Part, Reply, Speaker, Text
from trunkline.utterance import SPEECH_RATE, SendUtterance

Step: TypeAlias = "str | Reply | Exception | asyncio.Event"
"""What the app does next: show more text, show a snapshot, fail, or wait until the test lets it go on."""
Script: TypeAlias = "Callable[[TurnRequest, int], Iterable[Step]]"
"""`(request, number of the turn from 1)` to the steps of its answer."""


def profile(name: str = "app") -> AppProfile:
    """An app that allows everything and takes likes."""
    return AppProfile(
        name=name,
        url="http://app.test",
        version="6.0",
        mode="chat_interface",
        history="injected",
        title="The app",
        feedback=Feedback(like=True, dislike=True),
    )


def said(request: TurnRequest) -> str:
    """What a request says, in words."""
    match request.input:
        case SendMessage(parts):
            return Message("user", parts).text
        case SendOption(value=value):
            return value
        case SendUtterance(media):
            return media.name
        case SendExample(index):
            return f"example {index}"
        case other:
            return type(other).__name__


def echo(request: TurnRequest, number: int) -> Iterable[Step]:
    """Two snapshots, the answer naming what was said and which of the app's turns it is."""
    yield f"Turn {number}"
    yield f"Turn {number} heard: {said(request)}"


def reply(*parts: Part | str, options: Sequence[str] = (), state: str = "final", error: str = "") -> Reply:
    """A snapshot of one message."""
    whole = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    messages = (Message("assistant", whole, tuple(Option(value) for value in options)),) if whole else ()
    return Reply(messages, state=state, error=error)  # type: ignore[arg-type]


class HeardUtterance:
    """An `UtteranceStream` that keeps what it was sent. The app ends it when the test sets `ended`."""

    def __init__(self, name: str, conversation: str, rate: int) -> None:
        self.id = name
        self.conversation = conversation
        self.rate = rate
        self.pcm = bytearray()
        self.ended = asyncio.Event()
        self.state: Literal["open", "finished", "closed"] = "open"

    async def send(self, pcm: bytes) -> None:
        assert self.state == "open", f"samples for an utterance that is {self.state}"
        if not self.ended.is_set():
            self.pcm += pcm

    async def finish(self) -> None:
        self.state = "finished"
        self.ended.set()

    async def close(self) -> None:
        if self.state == "open":
            self.state = "closed"
        self.ended.set()


WAKING = "The app is waking up."


class ScriptedBackend:
    """A `Backend`. Knobs are attributes; what was asked stands in `requests`, `ratings`, `fired`, `stopped`."""

    def __init__(self, app_profile: AppProfile | None = None, script: Script = echo) -> None:
        self.script: Script = script
        self.own: frozenset[Literal["retry", "undo", "edit", "clear"]] = frozenset()
        self.files: dict[str, bytes] = {}
        self.sounds: dict[str, Iterable[bytes | asyncio.Event | Exception]] = {}
        """Live files by path: the pieces as `listen` gives them, what it waits for, what it fails with."""
        self.utterances: list[HeardUtterance] = []
        """What was said into the app, live; `profile.voice.stream_every` says whether it listens."""
        self.refuses: TrunklineError | None = None
        """Raised by `connect` and `turn` while it is set."""
        self.wakes: asyncio.Event | None = None
        """`connect` tells that the app wakes, and waits for it."""
        self.heeds_stop = True
        self.requests: list[TurnRequest] = []
        self.ratings: list[Rating] = []
        self.fired: list[tuple[str, tuple[Message, ...]]] = []
        self.stopped: list[str] = []
        self.forgotten: list[str] = []
        self.connects = 0
        self.asked = asyncio.Event()
        """Set by every turn that begins; tests clear it."""
        self._profile = app_profile or profile()
        self._stops: dict[str, asyncio.Event] = {}

    @property
    def profile(self) -> AppProfile:
        return self._profile

    @property
    def own_handlers(self) -> frozenset[Literal["retry", "undo", "edit", "clear"]]:
        return self.own

    def change(self, **fields: object) -> None:
        """Redeploy the app with another profile."""
        self._profile = replace(self._profile, **fields)  # type: ignore[arg-type]

    async def connect(self, tell: Callable[[str], None] | None = None) -> AppProfile:
        self.connects += 1
        if self.refuses is not None:
            raise self.refuses
        if self.wakes is not None and tell is not None:
            tell(WAKING)
            await self.wakes.wait()
        return self._profile

    async def turn(self, request: TurnRequest) -> AsyncIterator[Reply]:
        if self.refuses is not None:
            raise self.refuses
        self.requests.append(request)
        number = len(self.requests)
        stop = self._stops[request.conversation] = asyncio.Event()
        self.asked.set()
        newest = Reply()
        try:
            for step in self.script(request, number):
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await _either(step, stop)
                else:
                    newest = reply(step, state="running") if isinstance(step, str) else step
                    yield newest
                    # As over a network: whoever was woken by the snapshot goes first.
                    await asyncio.sleep(0)
                if stop.is_set():
                    yield replace(newest, state="stopped")
                    return
            if newest.running:
                yield replace(newest, state="final")
        finally:
            if self._stops.get(request.conversation) is stop:
                del self._stops[request.conversation]

    async def stop(self, conversation: str) -> None:
        self.stopped.append(conversation)
        stop = self._stops.get(conversation)
        if stop is not None and self.heeds_stop:
            stop.set()

    async def open_utterance(
        self,
        conversation: str,
        *,
        rate: int = SPEECH_RATE,
        settings: Mapping[str, Json] | None = None,
        speaker: Speaker | None = None,
    ) -> HeardUtterance:
        if self.refuses is not None:
            raise self.refuses
        if self._profile.voice.stream_every is None:
            raise AppRefused("This app hears an utterance only when it is over.")
        self.utterances.append(HeardUtterance(f"utterance {len(self.utterances) + 1}", conversation, rate))
        return self.utterances[-1]

    async def listen(self, file: AppFile, limit: int) -> AsyncIterator[bytes]:
        if file.path not in self.sounds:
            yield (await self.fetch(file, limit)).data
            return
        for piece in self.sounds[file.path]:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, asyncio.Event):
                await piece.wait()
                continue
            limit -= len(piece)
            if limit < 0:
                raise MediaError(f"{file.path} is larger than it may be.")
            yield piece

    async def rate(self, rating: Rating) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.ratings.append(rating)

    async def fire(
        self, kind: Literal["undo", "clear"], conversation: str, history: Sequence[Message]
    ) -> tuple[Message, ...] | None:
        self.fired.append((kind, tuple(history)))
        return None

    async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
        data = self.files.get(file.path)
        if data is None:
            raise MediaError(f"The app no longer has {file.path}.")
        if len(data) > limit:
            raise MediaError(f"{file.path} is larger than {limit} bytes.")
        return FetchedFile(data, "application/octet-stream", file.path.rpartition("/")[2])

    async def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)

    async def close(self) -> None:
        for stop in self._stops.values():
            stop.set()


async def _either(a: asyncio.Event, b: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (a, b)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
