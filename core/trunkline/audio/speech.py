"""Speech in and out: what recognises it and what makes it, and which of them a setting names.

| setting | is |
|---|---|
| `faster-whisper`, `faster-whisper:small` | speech to text, the extra `whisper` |
| `sherpa:FOLDER` | speech to text, the extra `sherpa`, with a model of its releases |
| `pocketsphinx`, `pocketsphinx:GRAMMAR.jsgf` | speech to text, English, the package `pocketsphinx` |
| `espeak` | text to speech, the system's program `espeak-ng` |
| `piper:VOICE.onnx` | text to speech, the extra `piper`, with a voice of its releases |
| an address or `owner/space`, `…#/endpoint` | another Gradio app |
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import AppError, AppUnreachable, MediaError, MissingExtra, SettingsError, SpeechError, UsageError

if TYPE_CHECKING:
    from .pcm import Chunk

HEARERS: Final = "faster-whisper, sherpa:FOLDER, pocketsphinx"
SPEAKERS: Final = "espeak, piper:VOICE.onnx"
RATE: Final = 24_000
"""Hz that another app's speech is decoded to: what most voices are made in."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said; "" where nothing was understood. `language` is BCP 47, "" where it is not known."""

    text: str
    language: str = ""


class SpeechToText(Protocol):
    """Recognises speech. Its first call may take long: a model is loaded, a Space wakes."""

    async def transcribe(self, wav: bytes, *, language: str = "") -> Transcript:
        """What is said in a WAV of 16 kHz, mono, 16 bits. `language` (BCP 47) is what to expect; "" is any.

        `SpeechError`, `AppError` or `AppUnreachable` when it cannot. Cancelling ends the work.
        """
        ...

    async def close(self) -> None: ...


class TextToSpeech(Protocol):
    """Makes speech."""

    def speak(
        self, text: str, *, voice: str = "", language: str = "", speed: float = 1.0
    ) -> AsyncGenerator[Chunk, None]:
        """Speech as `(Hz, int16 (n,))`, the first chunk as soon as there is one; nothing for a blank text.

        `speed` 1 is the voice's own. Errors are those of `SpeechToText`, and `MediaError` for what is no sound.
        Closing the iterator ends the work.
        """
        ...

    async def close(self) -> None: ...


class Hears(Protocol):
    """Another app that recognises speech."""

    async def transcribe(self, wav: bytes, language: str) -> str:
        """What is said in a WAV."""
        ...

    async def close(self) -> None: ...


class Speaks(Protocol):
    """Another app that makes speech."""

    def speak(self, text: str, voice: str, language: str, speed: float) -> AsyncGenerator[bytes, None]:
        """A sound file of any format, in pieces as they come."""
        ...

    async def close(self) -> None: ...


def speech_to_text(setting: str, connect: Callable[[str], Hears]) -> SpeechToText:
    """What `setting` names; `connect` makes what is in another app. Nothing is started yet.

    `SettingsError` for what there is not, `MissingExtra` and `UsageError` where something has to be installed.
    """
    if _is_app(setting):
        return AppSpeechToText(connect(setting))
    _need("numpy", "Speech", "voice")
    name, _, model = setting.partition(":")
    match name:
        case "faster-whisper":
            _need("faster_whisper", "Speech recognition by faster-whisper", "whisper")
        case "sherpa" if model:
            _need("sherpa_onnx", "Speech recognition by sherpa-onnx", "sherpa")
        case "pocketsphinx":
            if importlib.util.find_spec("pocketsphinx") is None:
                raise UsageError("pocketsphinx is not installed: pip install pocketsphinx")
        case _:
            raise SettingsError(_unknown("speech.to_text", setting, HEARERS))
    from .engines.process import EngineProcess, LocalSpeechToText, worker

    return LocalSpeechToText(EngineProcess(setting, worker(name, model)))


def text_to_speech(setting: str, connect: Callable[[str], Speaks]) -> TextToSpeech:
    """What `setting` names; as `speech_to_text`."""
    _need("numpy", "Speech", "voice")
    if _is_app(setting):
        return AppTextToSpeech(connect(setting))
    name, _, model = setting.partition(":")
    if setting in ("espeak", "espeak-ng"):
        from .engines.espeak import Espeak

        return Espeak()
    if name != "piper" or not model:
        raise SettingsError(_unknown("speech.from_text", setting, SPEAKERS))
    _need("piper", "Speech by piper", "piper")
    from .engines.process import EngineProcess, LocalTextToSpeech, worker

    return LocalTextToSpeech(EngineProcess(setting, worker(name, model)))


class AppSpeechToText:
    """Another app that recognises speech, as one of ours."""

    def __init__(self, app: Hears) -> None:
        self._app = app

    async def transcribe(self, wav: bytes, *, language: str = "") -> Transcript:
        return Transcript((await self._app.transcribe(wav, language)).strip(), language)

    async def close(self) -> None:
        await self._app.close()


class AppTextToSpeech:
    """Another app that makes speech, as one of ours: its sound is decoded while it comes."""

    def __init__(self, app: Speaks) -> None:
        self._app = app

    async def speak(
        self, text: str, *, voice: str = "", language: str = "", speed: float = 1.0
    ) -> AsyncGenerator[Chunk, None]:
        from .codecs import StreamDecoder, sliced

        if not text.strip():
            return
        decoder = StreamDecoder(RATE, 1)
        try:
            async with aclosing(self._app.speak(text, voice, language, speed)) as pieces:
                async for piece in pieces:
                    for part in sliced(piece):
                        for pcm in decoder.feed(part):
                            yield RATE, pcm
                        await asyncio.sleep(0)
            for pcm in decoder.close():
                yield RATE, pcm
        finally:
            # Who stops listening does not ask whether the rest was sound.
            with suppress(MediaError):
                decoder.close()

    async def close(self) -> None:
        await self._app.close()


class Tuned(Protocol):
    """How a conversation sounds; "" and 0 are not set."""

    @property
    def language(self) -> str:
        """BCP 47."""
        ...

    @property
    def voice(self) -> str: ...

    @property
    def speed(self) -> float: ...


class Engines:
    """What recognises speech and what makes it, each or none, as calls ask for it (`trunkline.calls.Speech`)."""

    language = ""
    """Any: conversations and settings say more."""

    def __init__(self, to_text: SpeechToText | None = None, from_text: TextToSpeech | None = None) -> None:
        self._to_text = to_text
        self._from_text = from_text
        self._awake = False

    @property
    def hears(self) -> bool:
        return self._to_text is not None

    @property
    def speaks(self) -> bool:
        return self._from_text is not None

    async def wake(self, *, language: str = "") -> None:
        """Have what recognises speech load its model, unless it answered last. Errors of `transcribe`."""
        if self._to_text is not None and not self._awake:
            await self._recognised(_silence(), language)

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        """What is said in a sound file of any format; "" for silence. `MediaError` when it is no sound."""
        if self._to_text is None:
            raise SpeechError("Nothing here turns speech into text: set speech.to_text.")
        return await self._recognised(await asyncio.to_thread(_utterance, sound), language)

    async def _recognised(self, wav: bytes, language: str) -> str:
        assert self._to_text is not None
        # Till it answers again: a process may have ended, a Space fallen asleep.
        self._awake = False
        with _as_speech_error():
            text = (await self._to_text.transcribe(wav, language=language)).text
        self._awake = True
        return text

    async def speak(self, text: str, tuning: Tuned) -> AsyncGenerator[Chunk, None]:
        """PCM of a text, the first chunk as early as it is there. Close it where you stop listening."""
        if self._from_text is None:
            raise SpeechError("Nothing here turns text into speech: set speech.from_text.")
        said = self._from_text.speak(text, voice=tuning.voice, language=tuning.language, speed=tuning.speed or 1.0)
        with _as_speech_error():
            async with aclosing(said) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def close(self) -> None:
        """End what runs."""
        for engine in (self._to_text, self._from_text):
            if engine is not None:
                await engine.close()


@contextmanager
def _as_speech_error() -> Iterator[None]:
    """What another app says of itself, as an error of speech: it is not the app that people talk to."""
    try:
        yield
    except (AppError, AppUnreachable, MediaError) as error:
        raise SpeechError(error.user_message) from error


def _silence() -> bytes:
    """The shortest sound that every engine takes."""
    import numpy as np

    from .codecs import wav
    from .pcm import SAMPLE_RATE

    return wav(np.zeros(SAMPLE_RATE // 10, np.int16), SAMPLE_RATE)


def _utterance(sound: bytes) -> bytes:
    """Any sound file as the engines take it."""
    from .codecs import decode, wav
    from .pcm import SAMPLE_RATE

    return wav(decode(sound, SAMPLE_RATE, 1), SAMPLE_RATE)


def _is_app(setting: str) -> bool:
    place = setting.partition("#")[0]
    return "://" in place or (place.count("/") == 1 and ":" not in place)


def _need(module: str, what: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise MissingExtra(what, extra)


def _unknown(setting: str, value: str, known: str) -> str:
    return (
        f"{setting} cannot be {value!r}: it is one of {known}, or a Gradio app by its address or Space, as in "
        "owner/space#/predict."
    )
