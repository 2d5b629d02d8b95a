"""A call without a platform: people speak from arrays by a virtual clock, what is played is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fakes.clock import VirtualClock, settle
from fakes.engines import FakeSpeech
from trunkline.calls import CallEvent, CallState, Joined, Left, Line, Pressed, Sound, Talker, Tuning
from trunkline.errors import PlatformError
from trunkline.inbound import Place
from trunkline.messages import Json, Media, Speaker

PACKET_MS = 20
BUFFERED_S = 2.0
"""So much may be queued before `play` waits."""
LOUD = 0.9
"""A level that `LevelVad` takes for speech."""


@dataclass
class Piece:
    """Sound that is heard from `at` on; `pcm` loses what was dropped."""

    at: float
    pcm: NDArray[np.int16]


@dataclass
class FakeCall:
    """A `VoiceTransport`. Knobs: `refuses` (each operation fails), `echoes`, `rate`, `channels`, `tuning`."""

    clock: VirtualClock
    name: str = "call-1"
    bridge: str = "fake"
    app: str = "demo"
    team: str = ""
    conversation: int = 0
    tuning: Tuning = field(default_factory=Tuning)
    rate: int = 48_000
    channels: int = 2
    echoes: bool = False
    refuses: bool = False
    pieces: list[Piece] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    states: list[CallState] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, Media | None]] = field(default_factory=list)
    """Talker, transcript and recording of each target."""
    left: bool = False
    _events: asyncio.Queue[CallEvent | None] = field(default_factory=asyncio.Queue)
    _dropped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def place(self) -> Place:
        return Place(self.bridge, self.app, self.team, "voice")

    async def events(self) -> AsyncIterator[CallEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    def target(self, talker: Talker, said: str, recording: Media | None) -> Mapping[str, Json]:
        self.asked.append((talker.id, said, recording))
        return {"call": self.name, "channel": "voice"}

    async def play(self, pcm: NDArray[np.int16]) -> None:
        self._check()
        assert pcm.dtype == np.int16
        assert pcm.ndim == 2
        assert pcm.shape[1] == self.channels
        assert len(pcm) <= self.rate // 10
        self.pieces.append(Piece(self._end, pcm))
        while self._end - self.clock.now() > BUFFERED_S:
            await self.clock.sleep(self._end - self.clock.now() - BUFFERED_S)

    async def ended(self) -> None:
        self._check()
        self.ends.append(self.clock.now())

    async def stop_playing(self) -> None:
        self._check()
        now = self.clock.now()
        self.stops.append(now)
        for piece in self.pieces:
            piece.pcm = piece.pcm[: max(0, round((now - piece.at) * self.rate))]
        self._dropped.set()

    @property
    def played(self) -> int:
        now = self.clock.now()
        return sum(min(len(one.pcm), max(0, round((now - one.at) * self.rate))) for one in self.pieces)

    async def drained(self) -> None:
        while (left := self._end - self.clock.now()) > 1e-9:
            await self.clock.sleep(left)

    async def show(self, state: CallState, caption: str = "") -> None:
        self._check()
        if not self.states or self.states[-1] != state:
            self.states.append(state)
        if caption:
            self.captions.append(caption)

    async def say(self, text: str) -> None:
        self._check()
        self.told.append(text)

    async def leave(self) -> None:
        self.left = True
        self._events.put_nowait(None)

    @property
    def heard(self) -> NDArray[np.int16]:
        """All that was played by now, without the silence in between, of one channel."""
        now = self.clock.now()
        parts = [one.pcm[: max(0, round((now - one.at) * self.rate)), 0] for one in self.pieces]
        return np.concatenate(parts) if parts else np.empty(0, np.int16)

    @property
    def state(self) -> str:
        return self.states[-1] if self.states else ""

    @property
    def _end(self) -> float:
        last = self.pieces[-1] if self.pieces else None
        return max(self.clock.now(), last.at + len(last.pcm) / self.rate) if last else self.clock.now()

    def _check(self) -> None:
        if self.refuses:
            raise PlatformError("The platform does not answer.")

    # What people do

    async def happen(self, event: CallEvent) -> None:
        self._events.put_nowait(event)
        await settle(60)

    async def join(self, name: str = "ann", *, consents: bool = True) -> None:
        await self.happen(Joined(Talker(name, Speaker("fake", name, name.title()), consents)))

    async def go(self, name: str = "ann") -> None:
        await self.happen(Left(name))

    async def press(
        self,
        control: Literal["start", "stop", "interrupt", "talk", "talked", "mute", "unmute", "leave"],
        name: str = "",
    ) -> None:
        await self.happen(Pressed(control, name))

    async def line(self, *, up: bool) -> None:
        await self.happen(Line(up))

    async def hear(self, array: NDArray[Any], rate: int = 16_000, name: str = "ann") -> None:
        """One chunk as it is, all at once."""
        await self.happen(Sound(name, (rate, array), self.clock.now()))

    async def speak(self, seconds: float, name: str = "ann", level: float = LOUD) -> None:
        """Sound of one level in packets; time goes on meanwhile. Nothing is sent behind it."""
        for _ in range(round(seconds * 1_000 / PACKET_MS)):
            await self.clock.advance(PACKET_MS / 1_000)
            await self.hear(np.full(16 * PACKET_MS, level, np.float32), name=name)

    async def wait(self, seconds: float) -> None:
        """Nobody says anything."""
        for _ in range(round(seconds * 1_000 / PACKET_MS)):
            await self.clock.advance(PACKET_MS / 1_000)
            await settle(40)


class Recogniser(FakeSpeech):
    """Hears what a test says, in order; "" when there is nothing left."""

    def __init__(self, *said: str) -> None:
        super().__init__()
        self.words = list(said)

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        await super().transcribe(sound, language=language)
        return self.words.pop(0) if self.words else ""
