"""Piper: neural voices of thirty languages, faster than speech on a small CPU. The extra `piper`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import SpeechError


class Piper:
    def __init__(self, voice: Any) -> None:
        self._voice = voice

    def speak(self, text: str, voice: str, speed: float) -> Iterator[tuple[int, bytes]]:
        from piper import SynthesisConfig

        chosen = SynthesisConfig(speaker_id=self._speaker(voice), length_scale=1.0 / speed)
        for chunk in self._voice.synthesize(text, chosen):
            yield int(chunk.sample_rate), bytes(chunk.audio_int16_bytes)

    def _speaker(self, voice: str) -> int | None:
        """A model may hold many speakers, by name or number."""
        if not voice:
            return None
        known = self._voice.config.speaker_id_map or {}
        if voice in known:
            return int(known[voice])
        if voice.isdecimal() and int(voice) < self._voice.config.num_speakers:
            return int(voice)
        raise SpeechError(f"The voice of piper has no speaker {voice!r}; it has {', '.join(known) or 'one only'}.")


def load(model: str) -> Piper:
    """`model`: a voice's .onnx file, its .onnx.json beside it."""
    for file in (model, f"{model}.json"):
        if not Path(file).is_file():
            raise SpeechError(f"There is no file {file}: a voice of piper is an .onnx file with its .onnx.json.")
    from piper import PiperVoice

    return Piper(PiperVoice.load(model))
