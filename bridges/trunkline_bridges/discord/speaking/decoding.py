"""Opus frames of one speaker as PCM of 16 kHz, with what was lost made up for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from discord import opus

from trunkline.audio.pcm import SAMPLE_RATE, Pcm

CONCEALED: Final = 5
"""Lost frames in a row that are made up, 100 ms: what libopus guesses after that is noise."""


class SpeechDecoder(opus.Decoder):
    """libopus decodes to the pipeline's rate by itself: nothing is resampled."""

    SAMPLING_RATE = SAMPLE_RATE
    CHANNELS = 1
    SAMPLE_SIZE = 2
    SAMPLES_PER_FRAME = SAMPLE_RATE * opus.Decoder.FRAME_LENGTH // 1000
    FRAME_SIZE = SAMPLES_PER_FRAME * SAMPLE_SIZE


class Decoding:
    """The decoder of one source."""

    def __init__(self) -> None:
        self._decoder = SpeechDecoder()  # type: ignore[no-untyped-call]

    def decode(self, frames: Sequence[bytes | None]) -> list[Pcm]:
        """Mono int16 of each frame, in order. None is a lost one: taken from the next where that tells of it."""
        made: list[Pcm] = []
        lost = 0
        for frame in frames:
            if frame is None:
                lost += 1
                continue
            made += self._made_up(min(lost, CONCEALED), frame)
            lost = 0
            made += self._one(frame)
        return made

    def _made_up(self, lost: int, following: bytes) -> list[Pcm]:
        if not lost:
            return []
        guessed = [pcm for _ in range(lost - 1) for pcm in self._one(None)]
        return guessed + self._one(following, fec=True)

    def _one(self, frame: bytes | None, *, fec: bool = False) -> list[Pcm]:
        """One frame; nothing where it is damaged."""
        try:
            # The library's types know no call with both.
            data = self._decoder.decode(frame, fec=fec)  # type: ignore[arg-type]
        except opus.OpusError:
            return []
        return [np.frombuffer(data, np.int16)]
