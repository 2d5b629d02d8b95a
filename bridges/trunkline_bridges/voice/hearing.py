"""One person's way into a call: when they speak, when they have finished, and the app that listens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

from trunkline.audio.endpointing import EndOfTurn, GuideRule, Moment, SmartTurn, TrailingSilence
from trunkline.audio.events import Event, LimitReached, PauseDetected, Utterance
from trunkline.audio.pause import PauseDetector, PauseSettings
from trunkline.audio.pcm import Chunk, Pcm, seconds
from trunkline.audio.vad import Vad
from trunkline.calls import Talker
from trunkline.errors import TrunklineError
from trunkline.telemetry import log
from trunkline.utterance import UtteranceStream

from .limits import QUIET_S
from .options import VoiceOptions

_PUSHED_MS: Final = 96
"""Who holds a button means it: less speech is enough."""


_LATELY_S: Final = 1.0


class WhilePressed:
    """A button ends the turn; silence does not."""

    def hear(self, moment: Moment, utterance: Callable[[float], Pcm]) -> bool:
        del moment, utterance
        return False

    def reset(self) -> None:
        pass


def rules(options: VoiceOptions, judging: Executor | None = None) -> Callable[[], EndOfTurn]:
    """What makes a rule for each talker, by the settings. `SettingsError` or `MissingExtra` for a model.

    A model works in `judging`: its 60 ms a sentence would hold up every call.
    """
    if options.turn_taking == "push":
        return WhilePressed
    match options.end_of_turn:
        case "silence":
            return lambda: TrailingSilence(options.end_ms)
        case "guide":
            return GuideRule
        case "smart-turn":
            from trunkline.audio.smart_turn import load

            judge = load(Path(options.smart_turn_model))
            return lambda: SmartTurn(judge, executor=judging)


def pause_settings(options: VoiceOptions) -> PauseSettings:
    pushed = options.turn_taking == "push"
    return PauseSettings(
        threshold=options.threshold,
        leave=options.leave,
        start_ms=min(options.start_ms, _PUSHED_MS) if pushed else options.start_ms,
        pre_roll_ms=options.pre_roll_ms,
        end_ms=options.end_ms,
        cap_s=options.cap_s,
    )


class LiveUtterance:
    """An utterance that the app hears while it is said. `run` is its task; it ends with `finish` or `drop`."""

    def __init__(self, listen: Callable[[], Awaitable[UtteranceStream]]) -> None:
        self._listen = listen
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._stream: UtteranceStream | None = None
        self._done = asyncio.Event()
        self._dropped = False
        self._heard = ""
        self.sent = 0
        """Samples handed over by now."""

    @property
    def ended(self) -> bool:
        """The app hears no more."""
        return self._stream is not None and self._stream.ended.is_set() and not self._done.is_set()

    def send(self, pcm: Pcm) -> None:
        if len(pcm):
            self.sent += len(pcm)
            self._pieces.put_nowait(pcm.tobytes())

    async def finish(self) -> str:
        """Nothing more is said: the stream's id once the app has heard all; "" where it did not listen."""
        self._pieces.put_nowait(None)
        await self._done.wait()
        return self._heard

    def drop(self) -> None:
        """Nobody wants an answer."""
        self._dropped = True
        self._pieces.put_nowait(None)

    async def run(self) -> None:
        try:
            stream = self._stream = await self._listen()
            try:
                while (piece := await self._pieces.get()) is not None:
                    await stream.send(piece)
                if not self._dropped:
                    await stream.finish()
                    self._heard = stream.id
            finally:
                # Nothing happens where the app has heard all of it.
                await stream.close()
        except TrunklineError as error:
            # The turn that sends the whole utterance tells what is wrong with the app.
            log.warning("the app did not listen", error=type(error).__name__)
        finally:
            self._done.set()


class Ear:
    """Hears one talker."""

    def __init__(self, talker: Talker, detector: PauseDetector, vad: Vad, now: float, *, open_: bool) -> None:
        self.talker = talker
        self.vad = vad
        self.live: LiveUtterance | None = None
        self.muted = False
        self._detector = detector
        self._armed = True
        self._pressed = open_
        self._hearing = False
        self._fed_until = self._sounded = now
        self._refresh()

    @property
    def talking(self) -> bool:
        return self._detector.talking

    def heard_lately(self, now: float) -> bool:
        return now - self._sounded < _LATELY_S

    def hear(self, chunk: Chunk, now: float) -> Iterator[list[Event]]:
        """A chunk, a second at a time, so that others are heard in between. `MediaError` for what is no sound."""
        self._fed_until = self._sounded = now
        self._hearing = True
        try:
            for piece in seconds(chunk):
                yield self._heard(self._detector.feed((chunk[0], piece)))
        finally:
            self._hearing = False

    def tick(self, now: float) -> list[Event]:
        """Time goes on: without sound it is silence."""
        if self._hearing or now - self._sounded < QUIET_S:
            return []
        quiet = now - self._fed_until
        self._fed_until = now
        return self._heard(self._detector.silence(quiet * 1_000))

    def arm(self, *, on: bool) -> None:
        self._armed = on
        self._refresh()

    def mute(self, *, on: bool) -> None:
        self.muted = on
        self._refresh()

    def press(self) -> None:
        """They hold the button."""
        self._pressed = True
        self._refresh()

    def let_go(self) -> Utterance | None:
        """What they said while they held it."""
        utterance = self._detector.finish() if self._pressed else None
        self._pressed = False
        self._refresh()
        return utterance

    def forget(self) -> None:
        """What they said so far is nothing."""
        self._detector.stop()
        self._end_live()
        self._refresh()

    def listen(self, live: LiveUtterance) -> None:
        """Hand over what they are saying."""
        self.live = live
        live.send(self._detector.since(0))

    def take_live(self, utterance: Utterance) -> LiveUtterance | None:
        """The stream of an utterance that is over, with the rest of it."""
        live, self.live = self.live, None
        if live is not None:
            live.send(utterance.pcm[live.sent :])
        return live

    def _heard(self, events: list[Event]) -> list[Event]:
        over = any(isinstance(event, PauseDetected | LimitReached) for event in events)
        if self.live is not None and self._detector.talking and not over:
            self.live.send(self._detector.since(self.live.sent))
            # The app found the end before we did.
            utterance = self._detector.finish() if self.live.ended else None
            if utterance is not None:
                events.append(PauseDetected(utterance))
        return events

    def _refresh(self) -> None:
        if self._armed and self._pressed and not self.muted:
            self._detector.start()
        else:
            self._detector.stop()
            self._end_live()

    def _end_live(self) -> None:
        if self.live is not None:
            self.live.drop()
            self.live = None
