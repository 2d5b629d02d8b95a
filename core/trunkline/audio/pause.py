"""Pause detection: chunks of sound in, events out.

A state machine over frames of 32 ms: quiet until speech has lasted `start_ms`, then talking until the rule says
that the turn has ended or the utterance is as long as one may be. Each frame is looked at once and costs the same;
what is kept is the utterance, or what came shortly before a possible one. Time is what was fed, so how the sound
is cut into chunks changes nothing.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from .endpointing import EndOfTurn, Moment, TrailingSilence
from .events import BargeIn, Event, LimitReached, PauseDetected, SpeechStarted, Talking, Utterance
from .pcm import SAMPLE_RATE, Chunk, Pcm, Resampler, Samples, seconds, to_int16, to_mono
from .vad import Vad


@dataclass(frozen=True, slots=True)
class PauseSettings:
    """Times are in ms and are rounded up to whole frames."""

    threshold: float = 0.5
    """Probability from which a frame is speech."""
    leave: float = 0.35
    """Probability below which speech is over; between the two nothing changes (Silero's own hysteresis)."""
    start_ms: int = 250
    """Speech this long is some; anything shorter is a click or a cough."""
    pre_roll_ms: int = 400
    """Kept from before it, so that the first syllable is."""
    end_ms: int = 800
    """Trailing silence that ends a turn, where no other rule is given."""
    cap_s: float = 30.0
    """An utterance ends when it is this long."""
    talking_ms: int = 500
    """How often a running utterance is told of; the guide's page sends sound as often."""
    forget_ms: int = 2_000
    """Quiet after which the VAD forgets what it heard."""


@dataclass(slots=True)
class AppState:
    """What a conversation's microphone is at, in the words of Gradio's guide to conversational chatbots."""

    stream: Pcm | None = None
    """What was said so far, `(n,)` int16."""
    sampling_rate: int = 0
    started_talking: bool = False
    pause_detected: bool = False
    stopped: bool = False
    conversation: list[dict[str, Any]] = field(default_factory=list)


class PauseDetector:
    """Hears one speaker. `MediaError` from `feed` for arrays that are no sound and rates that are none."""

    def __init__(self, settings: PauseSettings, vad: Vad, end_of_turn: EndOfTurn | None = None) -> None:
        self.settings = settings
        self.playing = False
        """A reply is playing: speech that starts is a barge-in. Set by the call."""
        self.conversation: list[dict[str, Any]] = []
        """What was said and answered, for `state`; kept by the call."""
        self._vad = vad
        self._rule: EndOfTurn = end_of_turn or TrailingSilence(settings.end_ms)
        self._frame_ms = 1_000 * vad.frame / SAMPLE_RATE
        self._start = self._frames(settings.start_ms)
        self._pre_roll = self._frames(settings.pre_roll_ms)
        self._forget = self._frames(settings.forget_ms)
        self._every = self._frames(settings.talking_ms)
        self._cap = max(self._frames(settings.cap_s * 1_000), self._pre_roll + self._start + 1)
        self._resampler = Resampler(SAMPLE_RATE)
        self._clock = 0
        self._stopped = False
        self._paused = False
        self._begin()

    @property
    def now_ms(self) -> int:
        """Milliseconds heard since the detector was made."""
        return self._ms(self._clock)

    @property
    def talking(self) -> bool:
        return self._talking

    @property
    def state(self) -> AppState:
        """A copy, as the guide's app would hold it."""
        stream = self._last(math.inf) if self._kept and self._talking else None
        return AppState(
            stream=stream,
            sampling_rate=SAMPLE_RATE if stream is not None else 0,
            started_talking=self._talking,
            pause_detected=self._paused,
            stopped=self._stopped,
            conversation=list(self.conversation),
        )

    def feed(self, chunk: Chunk) -> list[Event]:
        """Hear a chunk, of any rate, width and channels; nothing is heard while stopped."""
        if self._stopped:
            return []
        events: list[Event] = []
        rate = int(chunk[0])
        if rate != self._resampler.rate_in:
            following = Resampler(rate)
            self._hear(self._resampler.flush(), events)
            self._resampler = following
        for piece in seconds((rate, chunk[1])):
            self._hear(self._resampler.feed(to_mono(piece)), events)
        return events

    def silence(self, ms: float) -> list[Event]:
        """Hear `ms` of silence: for transports that send nothing while nobody talks."""
        rate = self._resampler.rate_in
        count = round(ms * rate / 1_000)
        events: list[Event] = []
        while count > 0 and not self._stopped:
            events += self.feed((rate, np.zeros(min(count, rate), np.int16)))
            count -= rate
        return events

    def stop(self) -> None:
        """Disarm the microphone; what was said and not finished is dropped."""
        self._stopped = True
        self._paused = False
        self._resampler = Resampler(SAMPLE_RATE)
        self._begin()

    def start(self) -> None:
        """Arm the microphone again."""
        self._stopped = False

    def reset(self) -> None:
        """As new, armed, the conversation empty; the clock goes on."""
        self.stop()
        self.start()
        self.playing = False
        self.conversation = []

    def since(self, start: int) -> Pcm:
        """What the running utterance holds from its sample `start` on; nothing while nobody talks."""
        if not self._talking:
            return np.empty(0, np.int16)
        frames = tuple(islice(self._kept, start // self._vad.frame, None))
        return np.concatenate(frames)[start % self._vad.frame :] if frames else np.empty(0, np.int16)

    def finish(self) -> Utterance | None:
        """End the running utterance here, whatever the rule says; None while nobody talks."""
        if not self._talking:
            return None
        utterance = self._utterance()
        self._paused = True
        self._begin()
        return utterance

    def _begin(self) -> None:
        """A new turn: nothing is heard yet."""
        self._talking = False
        self._voiced = False
        self._run = 0
        self._quiet = 0
        self._kept: deque[Pcm] = deque()
        self._rest = np.empty(0, np.float32)
        self._forgotten()

    def _forgotten(self) -> None:
        self._vad.reset()
        self._rule.reset()

    def _hear(self, sound: Samples, events: list[Event]) -> None:
        if self._rest.size:
            sound = np.concatenate((self._rest, sound))
        size = self._vad.frame
        whole = len(sound) - len(sound) % size
        self._rest = sound[whole:].copy()
        for start in range(0, whole, size):
            self._step(sound[start : start + size], events)

    def _step(self, frame: Samples, events: list[Event]) -> None:
        # Digital silence is none of the model's business: what it remembers of the last word is not in it.
        probability = self._vad(frame) if frame.any() else 0.0
        self._clock += len(frame)
        self._kept.append(to_int16(frame))
        if probability >= self.settings.threshold:
            self._voiced = True
        elif probability < self.settings.leave:
            self._voiced = False
        self._run = self._run + 1 if self._voiced else 0
        self._quiet = 0 if self._voiced else self._quiet + 1
        if not self._talking:
            self._wait(events)
        over = self._rule.hear(
            Moment(probability, self._frame_ms, self._talking, self._quiet * self._frame_ms), self._last
        )
        if self._talking:
            self._talk(over, events)

    def _wait(self, events: list[Event]) -> None:
        """Quiet: keep the pre-roll and what may be the beginning of speech."""
        while len(self._kept) > self._pre_roll + self._run:
            self._kept.popleft()
        if self._run >= self._start:
            self._talking = True
            self._paused = False
            events.append(SpeechStarted(self.now_ms))
            if self.playing:
                events.append(BargeIn(self.now_ms))
        elif self._quiet and self._quiet % self._forget == 0:
            self._vad.reset()

    def _talk(self, over: bool, events: list[Event]) -> None:
        full = len(self._kept) >= self._cap
        if over or full:
            utterance = self._utterance()
            self._paused = over
            rest = self._rest
            self._begin()
            self._rest = rest
            events.append(PauseDetected(utterance) if over else LimitReached(utterance))
        elif len(self._kept) % self._every == 0:
            events.append(Talking(round(len(self._kept) * self._frame_ms)))

    def _utterance(self) -> Utterance:
        pcm = self._last(math.inf)
        return Utterance(
            pcm,
            started_ms=self._ms(self._clock - len(pcm)),
            ended_ms=self.now_ms,
            spoken_ms=self._ms(self._clock - self._quiet * self._vad.frame),
        )

    def _last(self, duration_s: float) -> Pcm:
        """The last seconds of what is kept, in whole frames."""
        count = (
            min(len(self._kept), math.ceil(duration_s * 1_000 / self._frame_ms)) if duration_s < math.inf else 0
        )
        frames = islice(self._kept, len(self._kept) - count, None) if count else self._kept
        return np.concatenate(tuple(frames)) if self._kept else np.empty(0, np.int16)

    def _frames(self, ms: float) -> int:
        return max(1, math.ceil(ms / self._frame_ms))

    def _ms(self, samples: int) -> int:
        return samples * 1_000 // SAMPLE_RATE
