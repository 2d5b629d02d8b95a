"""Runs one speech engine, as a process of its own: see `process.py` for what it reads and writes.

    python -m trunkline.audio.engines.worker ENGINE MODEL

It ends when its input does. An error of the engine that is none of ours ends it, too.
"""

from __future__ import annotations

import io
import json
import os
import sys
import wave
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Protocol

from ...errors import SpeechError, TrunklineError
from . import piper, sherpa, sphinx, whisper

RATE = 16_000
"""Hz, of what the recognisers are given: mono, 16 bits."""


class Recogniser(Protocol):
    def transcribe(self, pcm: bytes, language: str) -> tuple[str, str]:
        """The text of little-endian int16 mono PCM of `RATE`, and the language heard ("" where it cannot tell)."""
        ...


class Synthesiser(Protocol):
    def speak(self, text: str, voice: str, speed: float) -> Iterator[tuple[int, bytes]]:
        """Hz and little-endian int16 mono PCM, piece by piece."""
        ...


RECOGNISERS: Mapping[str, Callable[[str], Recogniser]] = {
    "faster-whisper": whisper.load,
    "pocketsphinx": sphinx.load,
    "sherpa": sherpa.load,
}
SYNTHESISERS: Mapping[str, Callable[[str], Synthesiser]] = {"piper": piper.load}


def main() -> None:
    engine, model = sys.argv[1:]
    # Libraries print: only what is meant for the other side goes to it.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        try:
            answer = _loaded(engine, model)
        except TrunklineError as error:
            _write(out, {"error": error.user_message})
            return
        _write(out, {"ready": True})
        # From here on messages could hold what people say.
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a descriptor is wanted, not a path
            os.dup2(nowhere.fileno(), 2)
            os.dup2(nowhere.fileno(), 1)
        serve(sys.stdin.buffer, out, answer)


Answer = Callable[[Mapping[str, Any], bytes], Iterator[tuple[dict[str, Any], bytes]]]


def serve(questions: BinaryIO, out: BinaryIO, answer: Answer) -> None:
    """Answer until the questions end."""
    while line := questions.readline():
        question = json.loads(line)
        data = questions.read(question["size"])
        try:
            for message, body in answer(question, data):
                _write(out, message, body)
        except TrunklineError as error:
            _write(out, {"error": error.user_message})


def _loaded(engine: str, model: str) -> Answer:
    if engine in RECOGNISERS:
        recogniser = RECOGNISERS[engine](model)
        return lambda question, data: _transcribed(recogniser, question, data)
    synthesiser = SYNTHESISERS[engine](model)
    return lambda question, data: _spoken(synthesiser, question)


def _transcribed(
    recogniser: Recogniser, question: Mapping[str, Any], data: bytes
) -> Iterator[tuple[dict[str, Any], bytes]]:
    text, language = recogniser.transcribe(pcm_of(data), question["language"])
    yield {"text": text.strip(), "language": language}, b""


def _spoken(synthesiser: Synthesiser, question: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], bytes]]:
    for rate, pcm in synthesiser.speak(question["text"], question["voice"], question["speed"]):
        yield {"rate": rate, "size": len(pcm)}, pcm
    yield {"end": True}, b""


def pcm_of(wav: bytes) -> bytes:
    """The samples of an utterance's WAV. `SpeechError` for what is none of 16 kHz, mono, 16 bits."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            form = file.getframerate(), file.getnchannels(), file.getsampwidth()
            pcm: bytes = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise SpeechError("The recording is no WAV file.") from error
    if form != (RATE, 1, 2):
        raise SpeechError("The recording is not of 16 kHz, one channel and 16 bits.")
    return pcm


def _write(out: BinaryIO, message: Mapping[str, object], body: bytes = b"") -> None:
    out.write(json.dumps(message).encode() + b"\n" + body)
    out.flush()


if __name__ == "__main__":
    main()
