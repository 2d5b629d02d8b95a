"""When has a speaker finished? Rules behind a protocol of two methods; `TrailingSilence` is the default.

A rule hears every frame since the microphone was armed or the last turn ended, silence included, and costs the
same for each, however long the turn is. It is believed only while somebody talks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Protocol

from .pcm import SAMPLE_RATE, Pcm

GUIDE_STEP_MS = 500
"""How often the guide's page sends sound: `stream_every=0.5`."""
GUIDE_STARTED_MS = 500
GUIDE_PAUSE_MS = 1_000
GUIDE_MIN_SPEECH_MS = 250
GUIDE_MIN_SILENCE_MS = 2_000
GUIDE_PAD_MS = 400
GUIDE_THRESHOLD, GUIDE_LEAVE = 0.5, 0.35
"""The guide's options of Silero: speech shorter than the first is none, silence shorter than the second is speech,
and each stretch of speech is widened by the third on both sides."""

SMART_TURN_S = 8
"""Seconds of an utterance's end that smart-turn judges."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame as a rule hears it; all times in ms."""

    probability: float
    """Of speech, 0 to 1, as the VAD says."""
    lasts: float
    """The frame's own length."""
    talking: bool
    """An utterance is running."""
    silence: float
    """Since the last speech in it; 0 while there is some."""


class EndOfTurn(Protocol):
    def hear(self, moment: Moment, utterance: Callable[[float], Pcm]) -> bool:
        """Whether the turn ends with this frame. `utterance(s)` makes the last `s` seconds of what was said."""
        ...

    def reset(self) -> None:
        """A new turn begins."""
        ...


class TrailingSilence:
    """The turn ends after `end_ms` of silence.

    Of 332 turns in five languages 0.8 s cut none of unbroken speech and one in a hundred with pauses of 0.3–0.5 s.
    """

    def __init__(self, end_ms: float = 800) -> None:
        self.end_ms = end_ms

    def hear(self, moment: Moment, utterance: Callable[[float], Pcm]) -> bool:
        del utterance
        return moment.talking and moment.silence >= self.end_ms

    def reset(self) -> None:
        pass


class GuideRule:
    """The rule of Gradio's guide to conversational chatbots, kept to be compared with.

    Twice a second the guide runs Silero over all it has heard since the microphone was armed: the turn has begun
    once more than 0.5 s of it are speech, and has ended once more than 1 s of it are not. So the silence before
    the first word counts as well, and the one after the last counts only when it has lasted 2 s, as shorter ones
    are speech to Silero. Here the same sums are kept from frame to frame.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._heard = 0.0
        self._steps = 0
        self._started = False
        self._closed = 0.0
        self._begin: float | None = None
        self._free = 0.0
        self._quiet_since: float | None = None

    def hear(self, moment: Moment, utterance: Callable[[float], Pcm]) -> bool:
        del utterance
        self._segment(moment)
        if self._heard < (self._steps + 1) * GUIDE_STEP_MS:
            return False
        self._steps = int(self._heard // GUIDE_STEP_MS)
        speech = self._speech()
        if not self._started:
            self._started = speech > GUIDE_STARTED_MS
            return False
        return self._heard - speech > GUIDE_PAUSE_MS

    def _segment(self, moment: Moment) -> None:
        at = self._heard
        self._heard += moment.lasts
        if moment.probability >= GUIDE_THRESHOLD:
            self._quiet_since = None
            if self._begin is None:
                self._begin = at
        elif moment.probability < GUIDE_LEAVE and self._begin is not None:
            if self._quiet_since is None:
                self._quiet_since = at
            if at - self._quiet_since >= GUIDE_MIN_SILENCE_MS:
                if self._quiet_since - self._begin > GUIDE_MIN_SPEECH_MS:
                    start, end = self._padded(self._begin), self._quiet_since + GUIDE_PAD_MS
                    self._closed += end - start
                    self._free = end
                self._begin = self._quiet_since = None

    def _speech(self) -> float:
        """Milliseconds of speech in all that was heard."""
        if self._begin is None or self._heard - self._begin <= GUIDE_MIN_SPEECH_MS:
            return self._closed
        return self._closed + self._heard - self._padded(self._begin)

    def _padded(self, begin: float) -> float:
        return max(self._free, begin - GUIDE_PAD_MS)


class SmartTurn:
    """A model listens whether the sentence sounds finished; silence alone ends the turn later.

    After `ask_ms` of silence `judge` is asked once for the last `SMART_TURN_S` seconds; from `threshold` on the
    turn ends, else it ends after `timeout_ms` of silence. The numbers are those that cut no unbroken turn with
    smart-turn v3.2. `smart_turn.load` makes a judge from the model's file.

    With an `executor` the judge works there; what it says counts from the first frame on that finds it, and a
    judge that fails has said nothing. Without one each frame that asks waits for it.
    """

    def __init__(
        self,
        judge: Callable[[Pcm], float],
        *,
        threshold: float = 0.09,
        ask_ms: float = 700,
        timeout_ms: float = 3_000,
        executor: Executor | None = None,
    ) -> None:
        self._judge = judge
        self._executor = executor
        self._threshold = threshold
        self._ask_ms = ask_ms
        self._timeout_ms = timeout_ms
        self._told: Future[float] | None = None

    def hear(self, moment: Moment, utterance: Callable[[float], Pcm]) -> bool:
        if not moment.talking or moment.silence < self._ask_ms:
            self.reset()
            return False
        if moment.silence >= self._timeout_ms:
            return True
        if self._told is None:
            self._told = self._ask(utterance(SMART_TURN_S)[-SMART_TURN_S * SAMPLE_RATE :])
        told = self._told
        return told.done() and told.exception() is None and told.result() >= self._threshold

    def reset(self) -> None:
        if self._told is not None:
            self._told.cancel()
        self._told = None

    def _ask(self, said: Pcm) -> Future[float]:
        if self._executor is not None:
            return self._executor.submit(self._judge, said)
        told: Future[float] = Future()
        told.set_result(self._judge(said))
        return told
