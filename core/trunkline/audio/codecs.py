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
"""What a format is told from that is streamed without saying it in its first bytes: more would delay the sound."""
SLICE_BYTES = 2_048
"""Of Opus at 12 kbit/s more than a second, decoded in 3 ms."""
TAG_BYTES = 1 << 20
"""What may stand before the sound, pictures of covers among it, where a format is told by its first bytes."""

FORMATS = "aac,aiff,amr,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,ogg,wav,w64"
"""Containers that hold their sound themselves: playlists would have us open files and addresses they name."""

_PROBED = {"probesize": str(PROBE_BYTES), "analyzeduration": "0"}
_KNOWN = {**_PROBED, "probesize": "32"}
"""The least that ffmpeg takes: a first frame is enough."""
_CLOSED = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
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
    for part in _decoded(io.BytesIO(data), rate, channels):
        parts.append(part)
        length += len(part)
        _bounded(length, rate, limit_s)
    return np.concatenate(parts)


def sliced(data: bytes) -> Iterator[bytes]:
    """`data` in pieces that are decoded in a few milliseconds each, whatever the codec.

    A whole file at once would hold up all that is heard and played meanwhile.
    """
    for start in range(0, len(data), SLICE_BYTES):
        yield data[start : start + SLICE_BYTES]


def container_of(head: bytes) -> str | None:
    """The container that a stream begins with, as ffmpeg names it, told by its first bytes.

    "" where they do not tell; None while there are too few of them.
    """
    at = 0
    while head[at : at + 3] == b"ID3":
        if len(head) < at + 10:
            return None
        length = 0
        for byte in head[at + 6 : at + 10]:
            length = length << 7 | byte & 0x7F
        at += 10 + length
        if at > TAG_BYTES:
            return ""
    first = head[at : at + 12]
    if len(first) < 12:
        return None
    if first[0] == 0x47:  # what every packet of 188 bytes begins with
        return None if len(head) <= at + 188 else "mpegts" if head[at + 188] == 0x47 else ""
    if first.startswith(b"RIFF") and first.endswith(b"WAVE"):
        return "wav"
    if first.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    return _frames_of(first)


def _frames_of(header: bytes) -> str:
    """What has no container but its frames: twelve ones, or eleven, then which layer of MPEG."""
    if header[0] != 0xFF:
        return ""
    if header[1] & 0xF6 == 0xF0:
        return "aac"
    third_layer, bitrate, sampling = header[1] & 0xE6 == 0xE2, header[2] >> 4, header[2] >> 2 & 3
    return "mp3" if third_layer and 0 < bitrate < 15 and sampling < 3 else ""


class StreamDecoder:
    """Decodes sound while it arrives. `close` it: it owns a thread, as the demuxers read and are not fed.

    Arrays are int16, `(n, channels)`, or `(n,)` for one channel. `feed` returns what its bytes complete: the
    thread runs while `feed` waits, and stands when it wants more. What streams say in their first bytes is not
    looked for any further: AAC, MPEG-TS and WebM are heard from their first frame on, mp3 from 1,280 bytes on.
    """

    def __init__(self, rate: int = 48_000, channels: int = 2) -> None:
        self._rate, self._channels = rate, channels
        self._source = _Pushed()
        self._head = b""
        """What came before it is known what it is."""
        self._container = ""
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
        if not self._closed:
            if self._head:
                self._begin("")
            if self._thread.ident is not None:
                self._give(b"")
                self._thread.join()
        self._closed = True
        return self._taken()

    def _give(self, data: bytes) -> None:
        if self._thread.ident is not None:
            self._source.push(data)
            self._source.hungry.wait()
            return
        self._head += data
        container = container_of(self._head)
        if container is not None:
            self._begin(container)

    def _begin(self, container: str) -> None:
        self._container = container
        self._source.push(self._head)
        self._head = b""
        self._thread.start()
        self._source.hungry.wait()

    def _taken(self) -> list[Pcm]:
        made, self._made, self._waiting = self._made, [], 0
        error, self._error = self._error, None
        if error is not None:
            raise error
        return made

    def _run(self) -> None:
        try:
            for part in _decoded(self._source, self._rate, self._channels, self._container):
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


def _decoded(source: Any, rate: int, channels: int, container: str | None = None) -> Iterator[Pcm]:
    """The parts of a file's first sound; `MediaError` when there are none.

    `container` is that of a stream, "" where it is to be found out; None: all of the file is there.
    """
    options = {} if container is None else _KNOWN if container else _PROBED
    heard = False
    try:
        with av.open(source, format=container or None, options={**options, **_CLOSED}) as opened:
            for frame in _converted(_frames(opened), rate, "stereo" if channels == 2 else "mono"):
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
