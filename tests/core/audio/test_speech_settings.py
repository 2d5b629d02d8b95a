"""Which engine a setting names, and both of them behind the seam of calls."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from fakes.samples import wav
from trunkline.audio.codecs import wav as wav_of
from trunkline.audio.engines.espeak import Espeak
from trunkline.audio.engines.process import LocalSpeechToText
from trunkline.audio.engines.sherpa import recipe
from trunkline.audio.engines.worker import pcm_of
from trunkline.audio.pcm import Chunk
from trunkline.audio.speech import (
    AppSpeechToText,
    AppTextToSpeech,
    Engines,
    speech_to_text,
    text_to_speech,
)
from trunkline.calls import Speech, Tuning
from trunkline.errors import AppFailed, MediaError, MissingExtra, SettingsError, SpeechError
from trunkline.settings import SpeechTable
from trunkline.speaking import speech_of


class App:
    """Another app: it "hears" how long a clip is, and says a tone. `fails` is what it raises."""

    def __init__(self, setting: str = "") -> None:
        self.setting = setting
        self.asked: list[tuple[object, ...]] = []
        self.fails: AppFailed | None = None
        self.closed = False

    async def transcribe(self, wav: bytes, language: str) -> str:
        self.asked.append((language,))
        if self.fails is not None:
            raise self.fails
        return f" {len(pcm_of(wav)) // 2} samples\n"

    async def speak(self, text: str, voice: str, language: str, speed: float) -> AsyncGenerator[bytes, None]:
        self.asked.append((text, voice, language, speed))
        yield wav(300)
        if self.fails is not None:
            raise self.fails

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    "setting",
    ["https://host.org", "http://127.0.0.1:7860/#/predict", "openai/whisper", "openai/whisper#/predict"],
)
def test_addresses_and_spaces_are_apps(setting: str) -> None:
    apps: list[App] = []

    def connect(named: str) -> App:
        apps.append(App(named))
        return apps[-1]

    assert isinstance(speech_to_text(setting, connect), AppSpeechToText)
    assert isinstance(text_to_speech(setting, connect), AppTextToSpeech)
    assert [app.setting for app in apps] == [setting, setting]


def test_engines_of_this_machine() -> None:
    assert isinstance(speech_to_text("pocketsphinx", App), LocalSpeechToText)
    assert isinstance(text_to_speech("espeak", App), Espeak)


@pytest.mark.parametrize("setting", ["", "wisper", "sherpa", "sherpa:", "espeak", "a/b/c", "sherpa/x:y"])
def test_what_recognises_nothing(setting: str) -> None:
    with pytest.raises(SettingsError, match=r"speech\.to_text cannot be"):
        speech_to_text(setting, App)


@pytest.mark.parametrize("setting", ["", "piper", "espeak:en", "pocketsphinx", "faster-whisper:small"])
def test_what_speaks_nothing(setting: str) -> None:
    with pytest.raises(SettingsError, match=r"speech\.from_text cannot be"):
        text_to_speech(setting, App)


@pytest.mark.parametrize(
    ("setting", "module", "extra"),
    [("faster-whisper:small", "faster_whisper", "whisper"), ("sherpa:/models/x", "sherpa_onnx", "sherpa")],
)
def test_an_engine_that_is_not_installed(setting: str, module: str, extra: str) -> None:
    if importlib.util.find_spec(module) is not None:
        assert isinstance(speech_to_text(setting, App), LocalSpeechToText)
        return
    with pytest.raises(MissingExtra, match=rf"pip install 'trunkline\[{extra}\]'"):
        speech_to_text(setting, App)


# ---------------------------------------------------------------- models of sherpa-onnx


@pytest.mark.parametrize(
    ("folder", "names", "made", "given"),
    [
        (
            "zipformer",
            ["encoder-9.onnx", "encoder-9.int8.onnx", "decoder-9.onnx", "joiner-9.onnx"],
            "from_transducer",
            {"encoder": "encoder-9.int8.onnx", "decoder": "decoder-9.onnx", "joiner": "joiner-9.onnx"},
        ),
        (
            "whisper-tiny",
            ["tiny-encoder.onnx", "tiny-decoder.int8.onnx", "tiny-decoder.onnx"],
            "from_whisper",
            {"encoder": "tiny-encoder.onnx", "decoder": "tiny-decoder.int8.onnx"},
        ),
        (
            "moonshine",
            ["preprocess.onnx", "encode.int8.onnx", "uncached_decode.int8.onnx", "cached_decode.int8.onnx"],
            "from_moonshine",
            {
                "preprocessor": "preprocess.onnx", "encoder": "encode.int8.onnx",
                "uncached_decoder": "uncached_decode.int8.onnx", "cached_decoder": "cached_decode.int8.onnx",
            },
        ),
        ("sense-voice", ["model.onnx"], "from_sense_voice", {"model": "model.onnx"}),
        ("paraformer-zh", ["model.int8.onnx"], "from_paraformer", {"paraformer": "model.int8.onnx"}),
        ("nemo-ctc-en", ["model.onnx", "model.int8.onnx"], "from_nemo_ctc", {"model": "model.int8.onnx"}),
    ],
)  # fmt: skip
def test_a_model_is_known_by_its_files(
    tmp_path: Path, folder: str, names: list[str], made: str, given: dict[str, str]
) -> None:
    place = tmp_path / folder
    place.mkdir()
    tokens = "tiny-tokens.txt" if "whisper" in folder else "tokens.txt"
    for name in (*names, tokens):
        (place / name).touch()

    constructor, files = recipe(place)

    assert constructor == made
    assert files == {name: str(place / file) for name, file in {**given, "tokens": tokens}.items()}


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").touch()

    with pytest.raises(SpeechError, match="holds no model"):
        recipe(tmp_path)
    with pytest.raises(SpeechError, match="holds no model"):
        recipe(tmp_path / "nowhere")


# ---------------------------------------------------------------- behind the seam of calls


def engines(app: App) -> Engines:
    return Engines(AppSpeechToText(app), AppTextToSpeech(app))


async def test_any_sound_reaches_the_engine_as_an_utterance() -> None:
    app = App()
    speech: Speech = engines(app)
    stereo = np.zeros((44_100, 2), np.int16)

    assert (speech.hears, speech.speaks) == (True, True)
    assert await speech.transcribe(wav_of(stereo, 44_100), language="fr") == "16000 samples"
    assert app.asked == [("fr",)]
    with pytest.raises(MediaError):
        await speech.transcribe(b"no sound " * 100)


async def test_settings_of_the_conversation_reach_the_voice() -> None:
    app = App()

    chunks = [chunk async for chunk in engines(app).speak("Hi", Tuning("it", "Anna", 1.5))]
    [_ async for _ in engines(app).speak("Hi", Tuning())]

    assert app.asked == [("Hi", "Anna", "it", 1.5), ("Hi", "", "", 1.0)]
    assert sum(len(pcm) for _, pcm in chunks) / chunks[0][0] == pytest.approx(0.3, abs=0.02)


async def test_what_an_app_says_of_itself_is_an_error_of_speech() -> None:
    app = App()
    app.fails = AppFailed("The model is busy.")

    with pytest.raises(SpeechError, match=r"The model is busy\."):
        await engines(app).transcribe(wav())
    heard: list[Chunk] = []
    with pytest.raises(SpeechError, match=r"The model is busy\."):
        async with aclosing(engines(app).speak("Hi", Tuning())) as chunks:
            heard.extend([chunk async for chunk in chunks])
    await engines(app).close()
    assert app.closed


async def test_a_text_is_spoken_and_recognised_by_engines_of_this_machine(tmp_path: Path) -> None:
    grammar = tmp_path / "answers.jsgf"
    grammar.write_text("#JSGF V1.0;\ngrammar answers;\npublic <answer> = yes | no | stop | the second one;\n")
    speech = speech_of(SpeechTable(to_text=f"pocketsphinx:{grammar}", from_text="espeak"), "token")
    assert speech is not None

    heard = []
    for text in ("The second one.", "Stop!"):
        parts = [chunk async for chunk in speech.speak(text, Tuning("en-US"))]
        clip = wav_of(np.concatenate([pcm for _, pcm in parts]), parts[0][0])
        heard.append(await speech.transcribe(clip))
    await speech.close()

    assert heard == ["the second one", "stop"]


def test_another_app_is_connected_later() -> None:
    speech = speech_of(SpeechTable(to_text="https://host.org#/predict", from_text="owner/space"), None)
    assert speech is not None

    assert (speech.hears, speech.speaks) == (True, True)


async def test_without_engines() -> None:
    none = Engines()

    assert (none.hears, none.speaks) == (False, False)
    with pytest.raises(SpeechError, match=r"speech\.to_text"):
        await none.transcribe(wav())
    with pytest.raises(SpeechError, match=r"speech\.from_text"):
        await anext(none.speak("Hi", Tuning()))
    await none.close()
