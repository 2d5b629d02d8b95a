"""A VAD that can be told what to say: the sound itself says it."""

from __future__ import annotations

import numpy as np

from trunkline.audio.pcm import SAMPLE_RATE, Samples
from trunkline.audio.vad import FRAME

FRAME_MS = 1_000 * FRAME / SAMPLE_RATE
"""32."""
SPEECH, BETWEEN, QUIET = 0.9, 0.4, 0.1
"""Levels that are speech, neither begin nor end it, and are none."""


class LevelVad:
    """The probability of speech is the loudest sample of the frame. Counts what it is asked."""

    frame = FRAME

    def __init__(self) -> None:
        self.asked = 0
        self.resets = 0

    def __call__(self, frame: Samples) -> float:
        assert frame.shape == (FRAME,)
        assert frame.dtype == np.float32
        self.asked += 1
        return float(np.abs(frame).max())

    def reset(self) -> None:
        self.resets += 1


def frames(*levels: tuple[float, int]) -> Samples:
    """Sound of so many whole frames at each level."""
    return np.concatenate([np.full(FRAME * count, level, np.float32) for level, count in levels])
