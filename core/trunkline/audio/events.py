"""What the pipeline tells: frozen, in the order in which it happened. Times are ms of the stream's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .codecs import wav
from .pcm import SAMPLE_RATE, Pcm


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """What a person said between starting to talk and pausing, with a little of what was before and after."""

    pcm: Pcm
    """`(n,)` int16 at 16 kHz, mono."""
    started_ms: int
    """Of its first sample."""
    ended_ms: int
    """Behind its last sample."""
    spoken_ms: int
    """Where the last speech in it ended; `ended_ms` where the speaker was cut off."""

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / SAMPLE_RATE

    def wav(self) -> bytes:
        """The file: WAV, 16 kHz, mono, 16 bits."""
        return wav(self.pcm, SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech has lasted long enough to be some."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class BargeIn:
    """Speech has started while a reply was playing; follows its `SpeechStarted`."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Talking:
    """The utterance goes on; `ms` of it are kept."""

    ms: int


@dataclass(frozen=True, slots=True, eq=False)
class PauseDetected:
    """The speaker has finished."""

    utterance: Utterance


@dataclass(frozen=True, slots=True, eq=False)
class LimitReached:
    """The utterance is as long as one may be and ends here; what is said on belongs to the next."""

    utterance: Utterance


Event: TypeAlias = SpeechStarted | BargeIn | Talking | PauseDetected | LimitReached
