"""What smart-turn is given is what Whisper's extractor gives; and what is said when it cannot be loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from trunkline.audio.pcm import Pcm
from trunkline.audio.smart_turn import features, load
from trunkline.errors import SettingsError


def chirp() -> Pcm:
    """200 Hz to 3.8 kHz within 3 s, swelling and fading."""
    at = np.arange(3 * 16_000) / 16_000
    return np.round(12_000 * np.sin(2 * np.pi * (200 * at + 600 * at**2)) * np.hanning(len(at))).astype(np.int16)


GOLDEN = {
    (0, 0): -0.1631,
    (10, 520): 1.1048,
    (20, 560): 0.4541,
    (25, 600): -0.1631,
    (40, 650): 0.0351,
    (79, 799): -0.1631,
}
"""Of the chirp, from the extractor that is published with the model."""


def test_the_features_are_whispers() -> None:
    made = features(chirp())
    assert made.shape == (80, 800)
    assert made.dtype == np.float32
    assert {at: round(float(made[at]), 3) for at in GOLDEN} == {
        at: pytest.approx(value, abs=1e-3) for at, value in GOLDEN.items()
    }
    assert float(made.mean()) == pytest.approx(-0.1219, abs=1e-3)


def test_the_last_eight_seconds_count() -> None:
    said = np.tile(chirp(), 4)
    assert np.array_equal(features(said), features(said[-8 * 16_000 :]))


def test_silence_and_nothing_have_features() -> None:
    assert np.isfinite(features(np.zeros(16_000, np.int16))).all()
    assert np.isfinite(features(np.empty(0, np.int16))).all()


class Refused(Exception):
    """As onnxruntime refuses a file."""


class Input:
    name = "input_features"

    def __init__(self, shape: list[Any]) -> None:
        self.shape = shape


class Session:
    """onnxruntime's, of a model that likes loud sound. The file's text says what it takes."""

    def __init__(self, path: str, *_: object, **__: object) -> None:
        text = Path(path).read_text() if Path(path).is_file() else ""
        if not text:
            raise Refused(path)
        self.shape: list[Any] = ["batch", *map(int, text.split())]

    def get_inputs(self) -> list[Input]:
        return [Input(self.shape)]

    def run(self, _: None, given: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        (taken,) = given.values()
        assert taken.shape == (1, 80, 800)
        return [np.array([[taken.max()]], np.float32)]


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    state: Any = ModuleType("onnxruntime_pybind11_state")
    state.InvalidProtobuf = Refused
    capi: Any = ModuleType("onnxruntime.capi")
    capi.onnxruntime_pybind11_state = state
    module: Any = ModuleType("onnxruntime")
    module.capi = capi
    module.SessionOptions = type("SessionOptions", (), {})
    module.InferenceSession = Session
    for name, one in (("onnxruntime", module), ("onnxruntime.capi", capi)):
        monkeypatch.setitem(sys.modules, name, one)


@pytest.mark.usefixtures("runtime")
def test_a_model_judges_an_utterance(tmp_path: Path) -> None:
    path = tmp_path / "smart-turn.onnx"
    path.write_text("80 800")
    assert load(path)(chirp()) == pytest.approx(float(features(chirp()).max()))


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("text", ["", "80 3000"])
def test_what_is_no_such_model_is_told_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"other\.onnx is no smart-turn model"):
        load(path)


def test_without_onnxruntime_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SettingsError, match="pip install onnxruntime"):
        load(tmp_path / "model.onnx")
