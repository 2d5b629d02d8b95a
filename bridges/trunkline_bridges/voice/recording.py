"""The sound of what is said in a call, where it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np

from trunkline.audio.codecs import decode, wav
from trunkline.audio.pcm import SAMPLE_RATE, Pcm
from trunkline.bridge import MediaShelf
from trunkline.messages import Blob, Media

from .limits import RECORDED_S, UTTERANCE_BYTES
from .sounding import Converter

_MIME: Final = "audio/wav"


class Recording:
    """A spoken reply while it is made: mono, 16 kHz, as much as `RECORDED_S`."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._converter = Converter(SAMPLE_RATE)
        self._parts: list[Pcm] = []
        self._samples = 0

    def add(self, pcm: Pcm) -> None:
        """`(n,)` at the rate it was made with."""
        if self._samples < RECORDED_S * self._rate:
            self._samples += len(pcm)
            self._parts += self._converter.feed((self._rate, pcm))

    def file(self, heard: int | None = None) -> bytes:
        """The WAV of all of it, or of its first `heard` samples; b"" for nothing."""
        parts = [*self._parts, *self._converter.flush()]
        sound = np.concatenate(parts) if parts else np.empty(0, np.int16)
        if heard is not None:
            sound = sound[: heard * SAMPLE_RATE // self._rate]
        return wav(sound, SAMPLE_RATE) if sound.size else b""


async def keep(shelf: MediaShelf, file: bytes, name: str) -> Media:
    """A WAV on the shelf. `MediaError` when it cannot be kept."""
    blob = await shelf.put(file, mime=_MIME, name=name, limit=UTTERANCE_BYTES)
    return Media("audio", blob, name, _MIME)


async def joined(shelf: MediaShelf, sounds: Sequence[Media], name: str) -> Media:
    """Utterances one after the other, as one. `MediaError` where one is no longer held."""
    blobs = [one.source for one in sounds if isinstance(one.source, Blob)]
    files = [await shelf.read(blob.sha256) for blob in blobs]
    # On a thread: a minute of sound would hold up every call.
    return await keep(shelf, await asyncio.to_thread(_merged, files), name)


def _merged(files: Sequence[bytes]) -> bytes:
    return wav(np.concatenate([decode(file, SAMPLE_RATE, 1) for file in files]), SAMPLE_RATE)
