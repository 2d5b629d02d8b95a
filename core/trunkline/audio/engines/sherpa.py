"""sherpa-onnx: recognisers of many makers in one small library. The extra `sherpa`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from ...errors import SpeechError

RATE: Final = 16_000
THREADS: Final = 4
_FULL: Final = 32_768.0
_KINDS: Final = "a transducer, Whisper, Moonshine, SenseVoice, Paraformer or NeMo CTC model"


class Sherpa:
    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser

    def transcribe(self, pcm: bytes, language: str) -> tuple[str, str]:
        import numpy as np

        stream = self._recogniser.create_stream()
        stream.accept_waveform(RATE, np.frombuffer(pcm, np.int16).astype(np.float32) / _FULL)
        self._recogniser.decode_stream(stream)
        result = stream.result
        return str(result.text), str(getattr(result, "lang", "")).strip("<|>")


def load(model: str) -> Sherpa:
    """`model`: the folder of an offline model as sherpa-onnx's releases are unpacked; its files tell its kind."""
    from sherpa_onnx import OfflineRecognizer

    make, files = recipe(Path(model))
    return Sherpa(getattr(OfflineRecognizer, make)(**files, num_threads=min(THREADS, os.cpu_count() or 1)))


def recipe(folder: Path) -> tuple[str, dict[str, str]]:
    """The constructor of a folder's kind of model, and the files that it takes. `SpeechError` for no such kind."""
    tokens = _file(folder, "tokens.txt")
    names = ("encoder", "decoder", "joiner", "preprocess", "encode", "uncached_decode", "cached_decode", "model")
    found = {name: file for name in names if (file := _file(folder, f"{name}*.onnx"))}
    if tokens and {"encoder", "decoder", "joiner"} <= found.keys():
        return "from_transducer", {"tokens": tokens, **{n: found[n] for n in ("encoder", "decoder", "joiner")}}
    if tokens and {"preprocess", "encode", "uncached_decode", "cached_decode"} <= found.keys():
        return "from_moonshine", {
            "tokens": tokens,
            "preprocessor": found["preprocess"],
            "encoder": found["encode"],
            "uncached_decoder": found["uncached_decode"],
            "cached_decoder": found["cached_decode"],
        }
    if tokens and {"encoder", "decoder"} <= found.keys():
        return "from_whisper", {"tokens": tokens, "encoder": found["encoder"], "decoder": found["decoder"]}
    if tokens and "model" in found:
        return _single(folder.name.lower(), {"tokens": tokens}, found["model"])
    raise SpeechError(f"The folder {folder} holds no model for sherpa: {_KINDS}, with its tokens.txt.")


def _single(name: str, files: dict[str, str], model: str) -> tuple[str, dict[str, str]]:
    """A model of one file, whose kind only the folder's name tells."""
    if "paraformer" in name:
        return "from_paraformer", {**files, "paraformer": model}
    if "sense" in name:
        return "from_sense_voice", {**files, "model": model}
    return "from_nemo_ctc", {**files, "model": model}


def _file(folder: Path, pattern: str) -> str:
    """The file of that name, whatever the model's name before it; the small (int8) one where there are two."""
    exact = [*folder.glob(pattern), *folder.glob(f"*-{pattern}")]
    return str(min(exact, key=lambda file: (".int8." not in file.name, file.name), default=""))
