"""Encoded sound: WAV out, whatever an app or a person sends in, and the libopus that Discord's voice needs."""

from __future__ import annotations

import ctypes.util
import io
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from ..errors import MediaError, MissingExtra, TooLarge
from .pcm import Pcm

with warnings.catch_warnings():
    # It looks for ffmpeg when loaded; building WAV needs none.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

LIMIT_S = 600.0
"""Seconds that a file, or what is fed at once, may decode to: kilobytes of a codec's silence can last for days."""
PROBE_BYTES = 4_096
"""What the format is told from; all that are streamed say it in less, and more would delay the first sound."""

FORMATS = "aac,aiff,amr,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,ogg,wav,w64"
"""Containers that hold their sound themselves: playlists would have us open files and addresses they name."""

_AT_ONCE = {"probesize": str(PROBE_BYTES), "analyzeduration": "0"}
_BROKEN = "The sound cannot be read: it is broken or of an unknown format"
_EMPTY = "There is no sound in the file"


def wav(pcm: Pcm, rate: int) -> bytes:
    """A WAV file of `(n,)` or `(n, channels)` int16."""
    channels = 1 if pcm.ndim == 1 else pcm.shape[1]
    sound = AudioSegment(data=pcm.tobytes(), sample_width=2, frame_rate=rate, channels=channels)
    file = io.BytesIO()
    sound.export(file, format="wav")
    return file.getvalue()


def decode(data: bytes, rate: int = 48_000, channels: int = 2, limit_s: float = LIMIT_S) -> Pcm:
    """All sound of a file (mp3, AAC, Ogg/Opus, WAV, WebM, FLAC, MPEG-TS, a film's …) at the wanted rate.

    int16, `(n, channels)`, or `(n,)` for one channel. What is damaged in between is left out; `MediaError` where
    no sound can be read, `TooLarge` where there are more than `limit_s` seconds of it.
    """
    parts: list[Pcm] = []
    length = 0
    for part in _decoded(io.BytesIO(data), rate, channels, {}):
        parts.append(part)
        length += len(part)
        _bounded(length, rate, limit_s)
    return np.concatenate(parts)


class StreamDecoder:
    """Decodes sound while it arrives. `close` it: it owns a thread, as the demuxers read and are not fed.

    Arrays are int16, `(n, channels)`, or `(n,)` for one channel. `feed` returns what its bytes complete: the
    thread runs while `feed` waits, and stands when it wants more.
    """

    def __init__(self, rate: int = 48_000, channels: int = 2) -> None:
        self._rate, self._channels = rate, channels
        self._source = _Pushed()
        self._made: list[Pcm] = []
        self._waiting = 0
        self._error: MediaError | None = None
        self._thread = threading.Thread(target=self._run, name="sound decoder", daemon=True)
        self._closed = False

    def feed(self, data: bytes) -> list[Pcm]:
        """What `data` completes. `MediaError` when the stream is no sound, `TooLarge` beyond `LIMIT_S` at once."""
        if self._closed:
            raise ValueError("the decoder is closed")
        if data:
            self._give(data)
        return self._taken()

    def close(self) -> list[Pcm]:
        """The end of the stream: what was still inside. `MediaError` when none of what was fed was sound."""
        if not self._closed and self._thread.ident is not None:
            self._give(b"")
            self._thread.join()
        self._closed = True
        return self._taken()

    def _give(self, data: bytes) -> None:
        if self._thread.ident is None:
            self._source.push(data)
            self._thread.start()
        else:
            self._source.push(data)
        self._source.hungry.wait()

    def _taken(self) -> list[Pcm]:
        made, self._made, self._waiting = self._made, [], 0
        error, self._error = self._error, None
        if error is not None:
            raise error
        return made

    def _run(self) -> None:
        try:
            for part in _decoded(self._source, self._rate, self._channels, _AT_ONCE):
                self._made.append(part)
                self._waiting += len(part)
                _bounded(self._waiting, self._rate, LIMIT_S)
        except MediaError as error:
            self._error = error
        finally:
            self._source.end()


class _Pushed:
    """A file that another thread fills. `hungry` is set while a reader wants more than there is."""

    def __init__(self) -> None:
        self.hungry = threading.Event()
        self._arrived = threading.Event()
        self._data = memoryview(b"")
        self._ended = False
        self._over = False

    def push(self, data: bytes) -> None:
        """More bytes; none mean the end. Only while `hungry`, or before anybody reads."""
        if self._over:
            return
        self._data = memoryview(data)
        self._ended = not data
        self.hungry.clear()
        self._arrived.set()

    def end(self) -> None:
        """Nobody reads any more."""
        self._over = True
        self.hungry.set()

    def read(self, size: int = -1) -> bytes:
        while not self._data and not self._ended:
            self._arrived.clear()
            self.hungry.set()
            self._arrived.wait()
        count = len(self._data) if size < 0 else size
        part, self._data = bytes(self._data[:count]), self._data[count:]
        return part


def _bounded(length: int, rate: int, limit_s: float) -> None:
    if length > limit_s * rate:
        raise TooLarge(f"The sound is longer than {limit_s:g} seconds")


def _decoded(source: Any, rate: int, channels: int, options: dict[str, str]) -> Iterator[Pcm]:
    """The parts of a file's first sound; `MediaError` when there are none."""
    heard = False
    try:
        with av.open(
            source, options={**options, "format_whitelist": FORMATS, "protocol_whitelist": "none"}
        ) as container:
            for frame in _converted(_frames(container), rate, "stereo" if channels == 2 else "mono"):
                heard = True
                yield _array(frame, channels)
    except (av.FFmpegError, ValueError) as error:
        if not heard:
            raise MediaError(_BROKEN) from error
    if not heard:
        raise MediaError(_EMPTY)


def _converted(frames: Iterator[av.AudioFrame], rate: int, layout: str) -> Iterator[av.AudioFrame]:
    """int16 at the wanted rate; a converter for each form that the frames have, as a stream may change it."""
    form: tuple[str, str, int] | None = None
    convert = av.AudioResampler(format="s16", layout=layout, rate=rate)
    for frame in frames:
        comes = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form not in (None, comes):
            yield from convert.resample(None)
            convert = av.AudioResampler(format="s16", layout=layout, rate=rate)
        form = comes
        yield from convert.resample(frame)
    if form is not None:
        yield from convert.resample(None)


def _frames(container: InputContainer) -> Iterator[av.AudioFrame]:
    """The frames of the first sound."""
    if not container.streams.audio:
        raise MediaError(_EMPTY)
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            # A damaged packet is a gap, not the end.
            continue
        yield from frames


def _array(frame: av.AudioFrame, channels: int) -> Pcm:
    samples: Pcm = frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)
    return samples if channels == 1 else samples.reshape(-1, channels)


def opus_library() -> str:
    """Where a libopus is: the one in PyAV's wheel, else the system's. Empty where there is none."""
    package = Path(av.__file__).parent
    for folder in (package.parent / "av.libs", package / ".dylibs"):
        for file in sorted(folder.glob("*opus*")):
            return str(file)
    return ctypes.util.find_library("opus") or ""


def load_opus() -> None:
    """Give discord.py a libopus. `MissingExtra` where there is none."""
    from discord import opus

    if opus.is_loaded():
        return
    library = opus_library()
    if not library:
        raise MissingExtra("Voice channels", "voice")
    try:
        opus.load_opus(library)
    except OSError as error:
        raise MissingExtra("Voice channels", "voice") from error
