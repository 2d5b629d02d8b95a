"""PocketSphinx: English, small, offline, its model in its wheel. Good for commands, poor for dictation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import SpeechError
from ..vocabulary import primary


class Sphinx:
    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder

    def transcribe(self, pcm: bytes, language: str) -> tuple[str, str]:
        if primary(language) not in ("", "en"):
            raise SpeechError("pocketsphinx understands English only: choose another speech.to_text.")
        self._decoder.start_utt()
        if pcm:
            self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return (str(found.hypstr) if found is not None else ""), "en"


def load(model: str) -> Sphinx:
    """`model`: a JSGF grammar of what may be said; "" for all of English."""
    from pocketsphinx import Decoder

    if not model:
        return Sphinx(Decoder(samprate=16_000, loglevel="FATAL"))
    if not Path(model).is_file():
        raise SpeechError(f"There is no grammar {model} for pocketsphinx.")
    return Sphinx(Decoder(samprate=16_000, loglevel="FATAL", lm=None, jsgf=model))
