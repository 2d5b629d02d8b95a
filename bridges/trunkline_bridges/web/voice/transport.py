"""One visitor's call as the voice bridge sees it: a transport over a connection that may go and come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np

from trunkline.bridge import Target
from trunkline.calls import CallEvent, CallState, Joined, Line, Pressed, Sound, Talker, Tuning
from trunkline.clock import Clock
from trunkline.inbound import Place
from trunkline.messages import Json, Media

from .frames import OUTPUT_RATE, read_microphone, reply_frame
from .playback import Playback

if TYPE_CHECKING:
    from numpy import int16
    from numpy.typing import NDArray

LEAD_SECONDS: Final = 3.0
"""Sound that a page may hold unheard, which bounds what waits for it here too."""
FRAME_SECONDS: Final = 0.1
_FRAME_BYTES: Final = 2 * int(OUTPUT_RATE * FRAME_SECONDS)
STALL_SECONDS: Final = 15.0
"""A page that holds sound and plays none of it for so long has stopped playing: it is dropped."""
FLUSH_SECONDS: Final = 0.3
"""How long a page is waited for to tell how far a reply was heard that was cut off."""
BURST_SECONDS: Final = 5.0
"""Sound that may come at once, after a pause of the network; beyond that it comes as fast as it is heard."""
FASTEST: Final = 1.25
WAITING_SOUNDS: Final = 500
"""Pieces that wait to be heard: 10 s. More are lost."""

Control = Literal["start", "stop", "interrupt"]


class Wire(Protocol):
    """What takes frames to the page; it never waits."""

    def put(self, frame: dict[str, Json]) -> None: ...

    def put_data(self, data: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Whose:
    """Where a call belongs."""

    number: int
    app: str
    visitor: str
    talker: Talker
    place: Place
    conversation: int
    tuning: Tuning
    input_rate: int


class WebVoice:
    """A `VoiceTransport`.

    `attach` and `lose` give and take the page; `feed`, `press`, `mute` and `heard` are what it sends.
    """

    bridge = "web"
    rate = OUTPUT_RATE
    channels = 1
    echoes = True

    def __init__(self, whose: Whose, clock: Clock) -> None:
        self.whose = whose
        self.wire: Wire | None = None
        self.losses = 0
        """How often the page went away."""
        self.over = False
        self._clock = clock
        self._events: asyncio.Queue[CallEvent | None] = asyncio.Queue()
        self._playback = Playback()
        self._unheard = bytearray()
        """Samples that were sent and not heard yet: a page that comes back is sent them again."""
        self._generation = 0
        """Counts what was dropped: what was about to be queued before is dropped too."""
        self._news = asyncio.Event()
        self._reply_open = False
        """More was to come of what played when the page went away."""
        self._state: CallState = "connecting"
        self._muted = False
        self._budget = (BURST_SECONDS, clock.now())

    # What it is

    @property
    def name(self) -> str:
        return f"web:{self.whose.number}"

    @property
    def place(self) -> Place:
        return self.whose.place

    @property
    def conversation(self) -> int:
        return self.whose.conversation

    @property
    def tuning(self) -> Tuning:
        return self.whose.tuning

    @property
    def played(self) -> int:
        return self._playback.played

    def target(self, talker: Talker, said: str, recording: Media | None) -> Target:
        """The visitor's chat. What was asked stands there as the turn's own message, its sound with it."""
        return {"app": self.whose.app, "visitor": self.whose.visitor, "client_id": "", "call": self.name}

    # What the page does

    def attach(self, wire: Wire) -> None:
        """The page is there, for the first time or again."""
        back = self.losses > 0
        self.wire = wire
        wire.put(self._told())
        if back:
            self._send_again()
            self._events.put_nowait(Line(up=True))

    def lose(self) -> None:
        """The page is gone: nothing is heard and nothing is played until it is back."""
        self.wire = None
        self.losses += 1
        self._reply_open = self._playback.open
        self._playback.forget()
        self._news.set()
        self._events.put_nowait(Line(up=False))

    def feed(self, data: bytes) -> None:
        """A binary frame of the page's. What is none of this call, too much or too fast is dropped."""
        heard = read_microphone(data, self.whose.input_rate)
        if heard is None or heard.call != self.whose.number or self._muted or self.over:
            return
        now = self._clock.now()
        if not self._affords(len(heard.pcm) / 2 / self.whose.input_rate, now):
            return
        chunk = (self.whose.input_rate, np.frombuffer(heard.pcm, "<i2").astype(np.int16))
        self._events.put_nowait(Sound(self.whose.talker.id, chunk, now))

    def _affords(self, seconds: float, now: float) -> bool:
        left, since = self._budget
        left = min(BURST_SECONDS, left + max(0.0, now - since) * FASTEST)
        affords = seconds <= left and self._events.qsize() < WAITING_SOUNDS
        self._budget = (left - seconds if affords else left, now)
        return affords

    def press(self, control: Control) -> None:
        self._events.put_nowait(Pressed(control, self.whose.talker.id))

    def mute(self, *, on: bool) -> None:
        if on != self._muted:
            self._muted = on
            self._events.put_nowait(Pressed("mute" if on else "unmute", self.whose.talker.id))

    def heard(self, track: int, samples: int, *, done: bool) -> None:
        """The page tells how far it has played a track."""
        before = self._playback.played
        self._playback.report(track, samples, done=done)
        del self._unheard[: 2 * (self._playback.played - before)]
        self._news.set()

    def hang_up(self) -> None:
        """The visitor has ended the call: whoever runs it leaves."""
        self._events.put_nowait(Pressed("leave", self.whose.talker.id))
        self.close()

    def close(self, reason: str = "") -> None:
        """End the call, from either side; `reason` is for the visitor to read."""
        if self.over:
            return
        self.over = True
        self._state = "ended"
        if self.wire is not None:
            self.wire.put(self._told() | ({"reason": reason} if reason else {}))
        self.wire = None
        self._playback.forget()
        self._unheard.clear()
        self._generation += 1
        self._news.set()
        self._events.put_nowait(None)

    # What the voice bridge does

    async def events(self) -> AsyncIterator[CallEvent]:
        yield Joined(self.whose.talker)
        while (event := await self._events.get()) is not None:
            yield event

    async def play(self, pcm: NDArray[int16]) -> None:
        """Queue samples, shape (n, 1) or (n,). Waits while the page is away, or has `LEAD_SECONDS` unheard."""
        data = np.ascontiguousarray(pcm, "<i2").tobytes()
        generation = self._generation

        def ready() -> bool:
            return self.over or generation != self._generation or (self.wire is not None and self._has_room)

        for start in range(0, len(data), _FRAME_BYTES):
            await self._until(ready)
            if self.wire is None or generation != self._generation:
                return
            piece = data[start : start + _FRAME_BYTES]
            self._unheard += piece
            self._send(self.wire, piece)

    async def ended(self) -> None:
        self._reply_open = False
        if self._playback.open and self.wire is not None:
            self._end(self.wire)

    async def stop_playing(self) -> None:
        """Drop what is queued, and wait a moment for the page to tell how far it was heard."""
        self._drop()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._wait(lambda: self._playback.settled)

    async def drained(self) -> None:
        await self._until(lambda: not self._unheard)

    async def show(self, state: CallState, caption: str = "") -> None:
        changed, self._state = state != self._state, state
        if self.wire is None or self.over:
            return
        if changed:
            self.wire.put(self._told())
        if caption:
            frame: dict[str, Json] = {
                "type": "call.caption",
                "call": self.whose.number,
                "role": "assistant" if state == "speaking" else "user",
                "text": caption,
                "final": state not in {"listening", "hearing"},
            }
            self.wire.put(frame)

    async def say(self, text: str) -> None:
        if self.wire is not None:
            self.wire.put({"type": "call.notice", "call": self.whose.number, "text": text})

    async def leave(self) -> None:
        self.close()

    # Within

    def _told(self) -> dict[str, Json]:
        return {
            "type": "call",
            "call": self.whose.number,
            "conversation": self.whose.conversation,
            "state": self._state,
            "codec": "pcm_s16le",
            "input_rate": self.whose.input_rate,
            "output_rate": self.rate,
        }

    @property
    def _has_room(self) -> bool:
        return len(self._unheard) < 2 * LEAD_SECONDS * self.rate

    def _send(self, wire: Wire, piece: bytes) -> None:
        track, position = self._playback.send(len(piece) // 2)
        wire.put_data(reply_frame(self.whose.number, track, position, piece))

    def _end(self, wire: Wire) -> None:
        track, length = self._playback.end()
        wire.put_data(reply_frame(self.whose.number, track, length, b"", last=True))

    def _send_again(self) -> None:
        """Send what was not heard when the page went away, as another track."""
        assert self.wire is not None, "a page is there"
        for start in range(0, len(self._unheard), _FRAME_BYTES):
            self._send(self.wire, bytes(self._unheard[start : start + _FRAME_BYTES]))
        if self._playback.open and not self._reply_open:
            self._end(self.wire)
        self._news.set()

    def _drop(self) -> None:
        self._unheard.clear()
        self._generation += 1
        track = self._playback.drop()
        if track and self.wire is not None:
            self.wire.put({"type": "call.flush", "call": self.whose.number, "track": track})
        self._news.set()

    async def _until(self, holds: Callable[[], bool]) -> None:
        """Returns when it holds; a page that stalls meanwhile loses what it was sent."""
        while not holds():
            try:
                async with asyncio.timeout(None if self.wire is None else STALL_SECONDS):
                    await self._wait_once()
            except TimeoutError:
                self._drop()

    async def _wait(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._wait_once()

    async def _wait_once(self) -> None:
        self._news.clear()
        await self._news.wait()
