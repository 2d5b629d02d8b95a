"""Sound in and out of Opus, with the libopus that PyAV's wheel brings.

reference: Audio in and out ("its bundled libopus loads with discord.opus.load_opus").
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Any

import av
import numpy as np
from discord import opus
from numpy.typing import NDArray

RATE = 48_000
CHANNELS = 2
FRAME = 960
"""Samples of 20 ms."""

Pcm = NDArray[np.int16]
"""Shape (n, 2), 48 kHz."""

Sound = bytes | Pcm | tuple[int, NDArray[Any]]
"""A file of any kind that PyAV reads; PCM at 48 kHz, shape (n,) or (n, 2); or (sampling rate, int16 PCM)."""


@functools.cache
def load_libopus() -> None:
    """Make `discord.opus` work, whatever the machine has installed."""
    if not opus.is_loaded():
        (library,) = (Path(av.__file__).parent.parent / "av.libs").glob("libopus-*.so*")
        opus.load_opus(str(library))


def read(sound: Sound) -> Pcm:
    """PCM of 48 kHz, stereo, int16, shape (n, 2)."""
    if isinstance(sound, bytes):
        return _decode(sound)
    rate, array = sound if isinstance(sound, tuple) else (RATE, sound)
    if array.dtype != np.int16:
        raise ValueError(f"int16 is wanted, not {array.dtype}")
    if rate == RATE:
        return np.column_stack([array, array]) if array.ndim == 1 else array
    frame = av.AudioFrame.from_ndarray(
        array.reshape(1, -1), format="s16", layout="mono" if array.ndim == 1 else "stereo"
    )
    frame.sample_rate = rate
    return _resampled([frame])


def _decode(data: bytes) -> Pcm:
    with av.open(io.BytesIO(data)) as container:
        assert isinstance(container, av.container.InputContainer)
        return _resampled(list(container.decode(audio=0)))


def _resampled(frames: list[av.AudioFrame]) -> Pcm:
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    pieces = [piece for frame in [*frames, None] for piece in resampler.resample(frame)]
    pcm: Pcm = np.concatenate([piece.to_ndarray().reshape(-1, CHANNELS) for piece in pieces])
    return pcm


def encode(pcm: Pcm, encoder: opus.Encoder | None = None) -> list[bytes]:
    """Opus frames of 20 ms; the last one is filled up with silence. A given encoder goes on where it was."""
    load_libopus()
    encoder = speech_encoder() if encoder is None else encoder
    filled = np.concatenate([pcm, np.zeros((-len(pcm) % FRAME, CHANNELS), np.int16)])
    return [encoder.encode(filled[at : at + FRAME].tobytes(), FRAME) for at in range(0, len(filled), FRAME)]


def speech_encoder() -> opus.Encoder:
    """As Discord's client: for speech, 64 kbit/s, with forward error correction."""
    load_libopus()
    return opus.Encoder(application="voip", bitrate=64, fec=True, expected_packet_loss=0.2, signal_type="voice")


def decode(frames: list[bytes]) -> Pcm:
    """PCM of frames that follow each other; shape (n, 2)."""
    load_libopus()
    decoder = opus.Decoder()  # type: ignore[no-untyped-call]
    data = b"".join(decoder.decode(frame, fec=False) for frame in frames)
    return np.frombuffer(data, np.int16).reshape(-1, CHANNELS)


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> Pcm:
    """A sine, for tests that need sound and not speech; no two frames of it are alike, its pitch rises slowly."""
    at = np.arange(int(seconds * RATE)) / RATE
    wave = level * 32767 * np.sin(2 * np.pi * (hertz + 40 * at) * at)
    return np.column_stack([wave, wave]).astype(np.int16)
