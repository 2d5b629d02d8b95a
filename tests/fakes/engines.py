"""Speech without a model, behind the `Speech` seam: sounds are what the test says they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from trunkline.calls import Tuning
from trunkline.errors import SpeechError

if TYPE_CHECKING:
    from trunkline.audio.pcm import Chunk


class FakeSpeech:
    """`said` names the words of each sound; what was asked for stands in `heard` and `spoken`.

    A word is spoken as 100 ms of a tone of the loudness `len(word)`.
    """

    hears = True
    speaks = True
    language = ""

    def __init__(self, said: dict[bytes, str] | None = None) -> None:
        self.said = said or {}
        self.heard: list[tuple[bytes, str]] = []
        self.spoken: list[tuple[str, Tuning]] = []
        self.fails = ""
        """The sentence that both fail with, while it is set."""
        self.gate: asyncio.Event | None = None
        """Waited for before each answer."""
        self.woken = 0
        """How often a call asked it to be ready."""

    async def wake(self) -> None:
        self.woken += 1
        if self.fails:
            raise SpeechError(self.fails)

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        await self._answers()
        self.heard.append((sound, language))
        return self.said.get(sound, "")

    async def speak(self, text: str, tuning: Tuning) -> AsyncIterator[Chunk]:
        import numpy as np

        await self._answers()
        self.spoken.append((text, tuning))
        for word in text.split():
            yield 16_000, np.full(1_600, 100 * len(word), np.int16)

    async def _answers(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise SpeechError(self.fails)
