"""Smart-turn, a model that hears whether a sentence is finished: https://github.com/pipecat-ai/smart-turn (BSD-2).

Its file (`smart-turn-v3.2-cpu.onnx`, 8.7 MB) is the operator's to provide, and so is onnxruntime. It takes what
Whisper takes: the logarithm of the energies in 80 mel bands, 100 times a second, here of 8 seconds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingsError
from .endpointing import SMART_TURN_S
from .pcm import SAMPLE_RATE, Pcm, to_mono

BANDS = 80
WINDOW = 400
"""Samples that a spectrum is taken of: 25 ms."""
HOP = 160

_LINEAR_HZ, _LOG_STEP = 1_000.0, np.log(6.4) / 27.0
"""The mel scale after Slaney: 200/3 Hz a step up to 1 kHz, 27 steps for each factor of 6.4 above."""
_SAMPLES = SMART_TURN_S * SAMPLE_RATE


def load(path: Path) -> Callable[[Pcm], float]:
    """A judge for `endpointing.SmartTurn`: how likely an utterance (int16, 16 kHz) is finished.

    `SettingsError` where onnxruntime is not installed or the file is no such model.
    """
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state
    except ModuleNotFoundError as error:
        raise SettingsError("The smart-turn model needs onnxruntime: pip install onnxruntime") from error
    # Its own errors have no base.
    known: list[Any] = [one for one in vars(onnxruntime_pybind11_state).values() if isinstance(one, type)]
    own = (one for one in known if issubclass(one, Exception))
    failures: tuple[type[Exception], ...] = (ValueError, RuntimeError, *own)
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        (taken,) = session.get_inputs()
    except failures as error:
        raise SettingsError(f"{path.name} is no smart-turn model, or cannot be read") from error
    if list(taken.shape[1:]) != [BANDS, _SAMPLES // HOP]:
        raise SettingsError(f"{path.name} is no smart-turn model of version 3")

    def judge(pcm: Pcm) -> float:
        told: Any = session.run(None, {taken.name: features(pcm)[None]})[0]
        return float(np.ravel(told)[0])

    return judge


def features(pcm: Pcm) -> NDArray[np.float32]:
    """`(80, 800)` as Whisper's extractor makes them, of the last 8 s; what is shorter has silence before it."""
    sound = np.zeros(_SAMPLES, np.float64)
    said = to_mono(pcm[-_SAMPLES:])
    sound[_SAMPLES - len(said) :] = said
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    sound = sound.astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(sound, WINDOW // 2, mode="reflect"), WINDOW)[::HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW, dtype=np.float32) / WINDOW)
    power = np.abs(np.fft.rfft(windows[: _SAMPLES // HOP] * hann)) ** 2
    bands = np.log10(np.maximum(_filters() @ power.T, 1e-10))
    bands = (np.maximum(bands, bands.max() - 8.0) + 4.0) / 4.0
    made: NDArray[np.float32] = bands.astype(np.float32)
    return made


@functools.cache
def _filters() -> NDArray[np.float32]:
    """`(80, 201)`: triangles of equal area, evenly spaced on the mel scale from 0 to 8 kHz."""
    top = _LINEAR_HZ / (200 / 3) + np.log(SAMPLE_RATE / 2 / _LINEAR_HZ) / _LOG_STEP
    mels = np.linspace(0.0, top, BANDS + 2)
    above = np.maximum(mels - _LINEAR_HZ / (200 / 3), 0.0)
    hertz = np.where(above > 0.0, _LINEAR_HZ * np.exp(_LOG_STEP * above), mels * 200 / 3)
    bins = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    rising = (bins - hertz[:-2, None]) / np.diff(hertz)[:-1, None]
    falling = (hertz[2:, None] - bins) / np.diff(hertz)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters: NDArray[np.float32] = (triangles * (2.0 / (hertz[2:] - hertz[:-2]))[:, None]).astype(np.float32)
    return filters
