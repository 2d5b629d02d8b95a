"""Encoded sound that anybody can make."""

from __future__ import annotations

import io

import av
import numpy as np

FRAME = 1_024
"""Samples that every encoder takes at once."""


def encoded(seconds: float, container: str, codec: str) -> bytes:
    """A tone of 440 Hz, 48 kHz mono, in a container and a codec by their names at ffmpeg."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        samples = np.sin(2 * np.pi * 440 * np.arange(round(48_000 * seconds)) / 48_000) * 0.3
        for start in range(0, len(samples) - FRAME, FRAME):
            part = np.ascontiguousarray(samples[None, start : start + FRAME].astype(np.float32))
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()
