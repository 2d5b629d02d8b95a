"""Short tones that tell what a call does, made from sines."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from trunkline.audio.call import Tone
from trunkline.audio.pcm import Pcm, to_int16

_FADE_S: Final = 0.008
"""At both ends of a note, so that it does not click."""
_NOTES: Final[dict[Tone, tuple[tuple[float, float], ...]]] = {
    # Hz and seconds; what rises opens, what falls closes.
    "listening": ((587.3, 0.06), (880.0, 0.09)),
    "thinking": ((440.0, 0.07),),
    "failed": ((311.1, 0.11), (233.1, 0.16)),
    "stopped": ((880.0, 0.06), (587.3, 0.09)),
}
_LOUDNESS: Final[dict[Tone, float]] = {"listening": 0.12, "thinking": 0.05, "failed": 0.16, "stopped": 0.12}
"""Peak of full scale. The one that comes again and again is soft."""


@lru_cache(maxsize=16)
def earcon(tone: Tone, rate: int) -> Pcm:
    """The tone, `(n,)` int16 at `rate` Hz, 70 to 270 ms long. Not to be changed in place."""
    notes = [_note(frequency, seconds, rate) for frequency, seconds in _NOTES[tone]]
    sound = to_int16((np.concatenate(notes) * _LOUDNESS[tone]).astype(np.float32))
    sound.flags.writeable = False
    return sound


def _note(frequency: float, seconds: float, rate: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    at = np.arange(round(seconds * rate)) / rate
    fade = np.minimum(1.0, np.minimum(at, seconds - at) / _FADE_S)
    note: np.ndarray[tuple[int], np.dtype[np.float64]] = np.sin(2 * np.pi * frequency * at) * fade
    return note
