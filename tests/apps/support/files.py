"""Files that apps answer with, written where Gradio may serve them from."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

from fakes import samples


@cache
def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="app-files-"))


def picture(name: str = "red.png") -> str:
    """A picture of one colour, named after it: red, green or blue."""
    colours = {"red": samples.RED, "green": samples.GREEN, "blue": samples.BLUE}
    return write(name, samples.png(colours[Path(name).stem]))


def tone(name: str = "tone.wav") -> str:
    return write(name, samples.wav())


def notes(name: str = "notes.txt") -> str:
    return write(name, b"Nothing of note.\n")


def film(name: str = "film.mp4") -> str:
    """A quarter of a second of blue, as H.264."""
    path = folder() / name
    if not path.exists():
        source = ("-f", "lavfi", "-i", "color=c=blue:s=16x16:d=0.25")
        subprocess.run(["ffmpeg", "-v", "error", *source, "-pix_fmt", "yuv420p", str(path)], check=True)
    return str(path)


@cache
def spoken(milliseconds: int, hertz: float, form: str) -> bytes:
    """A tone as the bytes of a file: "wav" or "mp3"."""
    sound = samples.wav(milliseconds, hertz)
    if form == "wav":
        return sound
    made = ["ffmpeg", "-v", "error", "-i", "pipe:", "-f", form, "pipe:"]
    return subprocess.run(made, input=sound, capture_output=True, check=True).stdout


def write(name: str, data: bytes) -> str:
    path = folder() / name
    path.write_bytes(data)
    return str(path)
