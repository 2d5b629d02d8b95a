"""Speech as the settings want it: the engines of `[speech]`, in the language and the voice that they name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from .calls import Tuning
from .settings import SpeechTable

if TYPE_CHECKING:
    from .audio.pcm import Chunk
    from .audio.speech import Engines


class TunedSpeech:
    """A `Speech` that fills what a `Tuning` leaves open."""

    def __init__(self, engines: Engines, usual: Tuning) -> None:
        self._engines = engines
        self._usual = usual

    @property
    def hears(self) -> bool:
        return self._engines.hears

    @property
    def speaks(self) -> bool:
        return self._engines.speaks

    @property
    def language(self) -> str:
        return self._usual.language

    async def wake(self) -> None:
        await self._engines.wake(language=self._usual.language)

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        return await self._engines.transcribe(sound, language=language or self._usual.language)

    def speak(self, text: str, tuning: Tuning) -> AsyncIterator[Chunk]:
        usual = self._usual
        language = tuning.language or usual.language
        # A voice speaks one language: that of the settings is no help in another.
        voice = tuning.voice or (usual.voice if language == usual.language else "")
        return self._engines.speak(text, Tuning(language, voice, tuning.speed or usual.speed))

    async def close(self) -> None:
        await self._engines.close()


def speech_of(table: SpeechTable, hf_token: str | None) -> TunedSpeech | None:
    """What the table names; None when it names nothing. Nothing is started or reached yet.

    `SettingsError` for what there is not, `MissingExtra` or `UsageError` where something has to be installed.
    """
    if not table.to_text and not table.from_text:
        return None
    from .audio.speech import Engines, speech_to_text, text_to_speech
    from .gradio.speech import GradioSpeechToText, GradioTextToSpeech

    hears = (
        speech_to_text(table.to_text, lambda s: GradioSpeechToText(s, hf_token=hf_token))
        if table.to_text
        else None
    )
    speaks = (
        text_to_speech(table.from_text, lambda s: GradioTextToSpeech(s, hf_token=hf_token))
        if table.from_text
        else None
    )
    return TunedSpeech(Engines(hears, speaks), Tuning(table.language, table.voice, table.speed))
