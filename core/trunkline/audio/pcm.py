"""Sound as numbers: from what Gradio and platforms send to one mono stream of 16 kHz."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError

SAMPLE_RATE = 16_000
"""Hz, of everything inside the pipeline: what Silero's VAD and speech recognisers take."""

Chunk: TypeAlias = tuple[int, NDArray[Any]]
"""`(sampling_rate, array)` as `gr.Audio` gives it: Hz, and `(n,)` or `(n, channels)` of any number type."""
Samples: TypeAlias = NDArray[np.float32]
"""`(n,)` float32 in [-1, 1]."""
Pcm: TypeAlias = NDArray[np.int16]
"""`(n,)` int16, mono; `(n, channels)` where a function says so."""

CHANNELS_LIMIT = 64
"""More columns than any microphone has channels: the axes are swapped."""
RATES = range(1_000, 768_001)
"""Sampling rates in Hz that sound comes in; the end is FLAC's and the fastest converters' 768 kHz."""
QUIETEST_DBFS = -100.0
"""Level of silence, below the step of 16 bits (-90 dBFS)."""

_FULL = 32_768.0


def to_mono(array: NDArray[Any]) -> Samples:
    """Sound of any number type and width as `(n,)` float32 in [-1, 1], the channels averaged.

    Whole numbers span their type; unsigned ones rest at the middle. Fractions are taken as they are: NaN becomes
    silence, what is beyond ±1 is clipped. `MediaError` for arrays that are no sound.
    """
    if array.ndim not in (1, 2) or array.dtype.kind not in "iuf":
        raise MediaError(f"Sound comes as numbers by sample, not as {array.ndim} axes of {array.dtype}")
    if not array.size:
        return np.empty(0, np.float32)
    if array.ndim == 2 and array.shape[1] > CHANNELS_LIMIT:
        raise MediaError(f"Sound of {array.shape[1]} channels cannot be played")
    if array.dtype.kind == "f":
        sound: Samples = np.clip(np.nan_to_num(array, nan=0.0), -1.0, 1.0).astype(np.float32)
    else:
        half = 2.0 ** (8 * array.dtype.itemsize - 1)
        middle = half if array.dtype.kind == "u" else 0.0
        sound = ((array.astype(np.float64) - middle) / half).astype(np.float32)
    if sound.ndim == 2:
        # By column, so that a row's sum does not depend on the rows around it.
        sound = functools.reduce(np.add, sound.T) / np.float32(sound.shape[1])
    return sound


def to_int16(sound: Samples) -> Pcm:
    """Float samples in [-1, 1] as int16; takes what `to_mono` made of int16 back to the bit."""
    pcm: Pcm = np.clip(np.rint(sound * np.float32(_FULL)), -_FULL, _FULL - 1).astype(np.int16)
    return pcm


def level(sound: NDArray[Any]) -> float:
    """Root mean square in dBFS: 0 for a full square wave, never below `QUIETEST_DBFS`."""
    mono = to_mono(sound)
    power = float(np.mean(np.square(mono, dtype=np.float64))) if mono.size else 0.0
    return max(QUIETEST_DBFS, 10.0 * float(np.log10(power))) if power > 0.0 else QUIETEST_DBFS


def seconds(chunk: Chunk) -> Iterator[NDArray[Any]]:
    """The chunk's array in pieces of at most a second, so that what is made of it stays small.

    `MediaError` for a single number.
    """
    rate, array = chunk
    if not array.ndim:
        raise MediaError("A single number is no sound")
    for start in range(0, len(array), max(1, rate)):
        yield array[start : start + rate]


class Resampler:
    """A stream of mono float32 from one rate to another. How it is cut into chunks does not change a bit of it.

    `MediaError` for rates outside `RATES`.
    """

    def __init__(self, rate_in: int, rate_out: int = SAMPLE_RATE) -> None:
        for rate in (rate_in, rate_out):
            if int(rate) not in RATES:
                raise MediaError(f"Sound of {rate} samples a second cannot be used")
        self.rate_in = int(rate_in)
        self.rate_out = int(rate_out)
        self._convert = self._converter()

    def feed(self, sound: Samples) -> Samples:
        """What `sound` completes at the new rate; the last few milliseconds stay inside until more comes."""
        if self.rate_in == self.rate_out or not sound.size:
            return sound
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound)[None, :], format="flt", layout="mono")
        frame.sample_rate = self.rate_in
        return self._joined(frame)

    def flush(self) -> Samples:
        """What is still inside; a new stream can begin afterwards."""
        if self.rate_in == self.rate_out:
            return np.empty(0, np.float32)
        rest = self._joined(None)
        self._convert = self._converter()
        return rest

    def _converter(self) -> av.AudioResampler:
        return av.AudioResampler(format="flt", layout="mono", rate=self.rate_out)

    def _joined(self, frame: av.AudioFrame | None) -> Samples:
        made = [done.to_ndarray()[0] for done in self._convert.resample(frame)]
        # The filter overshoots where the sound was clipped.
        return np.clip(np.concatenate(made), -1.0, 1.0) if made else np.empty(0, np.float32)
