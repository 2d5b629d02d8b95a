"""Makes the demo's pictures, sounds and films, so that nothing has to be fetched."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

RATE = 24_000
"""Of the sounds, in Hz."""


def waves(width: int, height: int, phase: float, warm: float = 0.5) -> NDArray[np.uint8]:
    """A picture of soft bands, shape (height, width, 3), RGB; `phase` in radians moves them."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    bands = 0.5 + 0.5 * np.sin(6.0 * x + 3.0 * np.sin(4.0 * y + phase) + phase)
    glow = np.clip(1.0 - y + 0.2 * bands, 0.0, 1.0)
    red = 40 + 190 * glow * warm + 20 * bands
    green = 60 + 90 * bands * glow + 30 * (1 - warm)
    blue = 110 + 120 * (1.0 - glow) + 25 * bands * (1 - warm)
    colours: NDArray[np.uint8] = np.clip(np.stack([red, green, blue], axis=-1), 0, 255).astype(np.uint8)
    return colours


def picture(path: Path, phase: float, warm: float = 0.5) -> Path:
    """A PNG of 960 × 600 pixels."""
    Image.fromarray(waves(960, 600, phase, warm)).save(path)
    return path


def melody(path: Path) -> Path:
    """A WAV of four notes, 16 bit, mono."""
    notes = (392.0, 493.88, 587.33, 783.99)
    time = np.arange(int(0.45 * RATE), dtype=np.float32) / RATE
    fade = np.exp(-5.0 * time)
    tones = [
        np.sin(2 * np.pi * note * time) * fade + 0.3 * np.sin(4 * np.pi * note * time) * fade for note in notes
    ]
    samples = (np.concatenate(tones) * 0.5 * 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def film(path: Path, seconds: float = 3.0) -> Path:
    """An MP4 of 480 × 270 pixels, 24 frames a second, H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 480, 270, "yuv420p"
        total = int(24 * seconds)
        for number in range(total):
            frame = av.VideoFrame.from_ndarray(waves(480, 270, 2 * np.pi * number / total, 0.7), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path
