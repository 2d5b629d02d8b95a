"""Other Gradio apps that recognise speech or make it: one endpoint each, found by name or by what it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, ClassVar, TypeAlias

import aiohttp

from ..errors import AppFailed, AppUnreachable, SessionLost, SpeechError, TrunklineError, UnsupportedApp
from ..messages import AppFile, Inline, Media
from .client import AppClient, dump
from .config import AppConfig, Component, Dependency, fetch_config
from .events import Failed, StepEvent, Stopped, Update
from .files import AppFiles, is_file, source_of
from .session import AppSession
from .sound import pieces_of
from .spaces import resolve
from .turn import run_step

CALL_SECONDS = 120.0
"""For one utterance or one sentence."""
MOST_BYTES = 50_000_000
"""Of the sound of one sentence."""
_TEXTS = frozenset({"textbox", "textarea", "markdown", "code", "html", "json", "label", "highlightedtext"})
_BOXES = frozenset({"textbox", "textarea"})
_SOUNDS = frozenset({"audio"})
_LANGUAGES: Mapping[str, str] = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "hi": "hindi",
    "it": "italian", "ja": "japanese", "ko": "korean", "nl": "dutch", "pl": "polish", "pt": "portuguese",
    "ru": "russian", "tr": "turkish", "uk": "ukrainian", "zh": "chinese",
}  # fmt: skip
"""What apps call languages in their choices."""

_LISTED = 12
"""Voices that are named to who asks for one that there is not."""

Values: TypeAlias = "list[Any]"


class _SpeechApp:
    """An app with one endpoint that counts."""

    takes: ClassVar[frozenset[str]]
    gives: ClassVar[frozenset[str]]

    def __init__(
        self,
        setting: str,
        *,
        auth: tuple[str, str] | None = None,
        hf_token: str | None = None,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self._endpoint = _Endpoint(setting, self.takes, self.gives, (auth, hf_token, http))

    async def close(self) -> None:
        await self._endpoint.close()


class GradioSpeechToText(_SpeechApp):
    """An app that takes sound and gives text. `setting` is its address or Space, `#/endpoint` behind it."""

    takes, gives = _SOUNDS, _TEXTS

    async def transcribe(self, wav: bytes, language: str) -> str:
        """What the app understands of a WAV file; "" for nothing.

        `AppError` or `AppUnreachable` when it cannot. `language` (BCP 47) goes to an input of that name.
        """
        media = Media("audio", Inline(wav), name="speech.wav", mime="audio/wav")

        async def fill(files: AppFiles) -> tuple[Any, Mapping[str, Any]]:
            return await files.upload(media), {"language": language, "lang": language}

        told: Values = []
        async with aclosing(self._endpoint.call(fill)) as answers:
            async for values, _ in answers:
                told = values
        return next((text for text in map(_text_of, told) if text), "")


class GradioTextToSpeech(_SpeechApp):
    """An app that takes text and gives sound. `setting` is its address or Space, `#/endpoint` behind it."""

    takes, gives = _BOXES, _SOUNDS

    async def speak(self, text: str, voice: str, language: str, speed: float) -> AsyncGenerator[bytes, None]:
        """The sound file that the app makes of `text`, in pieces, the first one as soon as it streams one.

        `voice`, `language` and `speed` go to inputs of those names, a language where it is among the choices.
        `AppError`, `AppUnreachable` or `MediaError` when there is none, `SpeechError` for a voice that it lacks.
        """
        given = {"voice": voice, "speaker": voice, "language": language, "lang": language, "speed": speed}

        async def fill(files: AppFiles) -> tuple[Any, Mapping[str, Any]]:
            return text, given

        async with aclosing(self._endpoint.call(fill)) as answers:
            async for values, call in answers:
                file = next((found for value in values if (found := call.sound(value))), None)
                if file is not None and (file.live or call.done):
                    async with aclosing(call.pieces(file)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return
        raise AppFailed(f"{self._endpoint.name} gave no sound.")


Fill: TypeAlias = "Callable[[AppFiles], Any]"
"""Makes, once the app is there, the value of its first input and those of inputs known by name."""
Access: TypeAlias = "tuple[tuple[str, str] | None, str | None, aiohttp.ClientSession | None]"
"""User and password, token, connections."""


class _Endpoint:
    """A function of an app, by its name or as the only public one that takes and gives such components."""

    def __init__(self, setting: str, takes: frozenset[str], gives: frozenset[str], access: Access) -> None:
        self._target, _, name = setting.partition("#")
        self._api_name = name.strip("/")
        self._takes, self._gives = takes, gives
        self._access = access
        self._connecting = asyncio.Lock()
        self._client: AppClient | None = None
        self._config: AppConfig | None = None

    @property
    def name(self) -> str:
        return f"{self._target}#/{self._api_name}" if self._api_name else self._target

    async def call(self, fill: Fill) -> AsyncGenerator[tuple[Values, _Running], None]:
        """The values of the outputs that count, each time that the app gives some.

        An app that was restarted meanwhile is asked again, once, where it gave nothing yet.
        """
        for attempt in (1, 2):
            running = None
            try:
                client, config, step = await self._connected()
                running = _Running(client, config, step)
                async with aclosing(self._run(running, fill)) as answers:
                    async for values in answers:
                        yield values, running
                return
            except SessionLost:
                self._config = None
                if attempt == 2 or (running is not None and running.answered):
                    raise
            except TimeoutError as error:
                raise AppUnreachable(f"{self.name} did not answer within {CALL_SECONDS:.0f} seconds.") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _run(self, running: _Running, fill: Fill) -> AsyncGenerator[Values, None]:
        config, step = running.config, running.step
        try:
            async with asyncio.timeout(CALL_SECONDS):
                value, named = await fill(running.files)
            data = _data(config, step, self._takes, value, named)
            places = [n for n, output in enumerate(step.outputs) if config.type_of(output) in self._gives]
            running.start(data)
            while True:
                async with asyncio.timeout(CALL_SECONDS):
                    values = await running.next()
                if values is None:
                    return
                yield [values[place] for place in places if place < len(values)]
        finally:
            await running.close()

    async def _connected(self) -> tuple[AppClient, AppConfig, Dependency]:
        auth, hf_token, http = self._access
        async with self._connecting:
            if self._client is None:
                address = await resolve(self._target, hf_token)
                self._client = AppClient(address, auth=auth, hf_token=hf_token, http=http)
            if self._config is None:
                self._config = await fetch_config(self._client)
            return self._client, self._config, self._step(self._config)

    def _step(self, config: AppConfig) -> Dependency:
        public = [step for step in config.dependencies.values() if step.public]
        fitting = [step for step in public if self._fits(config, step)]
        if self._api_name:
            fitting = [step for step in fitting if step.api_name == self._api_name]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(f"#/{step.api_name}" for step in (fitting or public)) or "none"
        wanted = "sound and gives text" if self._takes == _SOUNDS else "text and gives sound"
        several = "has several endpoints" if fitting else "has no such endpoint"
        raise UnsupportedApp(f"{self.name} {several} that takes {wanted}: name one of its own, {names}.")

    def _fits(self, config: AppConfig, step: Dependency) -> bool:
        return any(config.type_of(i) in self._takes for i in step.inputs) and any(
            config.type_of(o) in self._gives for o in step.outputs
        )


class _Running:
    """One call, in a session of its own, so that what another one makes is not taken for its sound."""

    def __init__(self, client: AppClient, config: AppConfig, step: Dependency) -> None:
        self.config, self.step = config, step
        self.files = AppFiles(client, None)
        self.answered = False
        self.done = False
        """The app's function has ended."""
        self._client = client
        self._session = AppSession(client)
        self._answers: asyncio.Queue[Values | TrunklineError | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self, data: Values) -> None:
        body = dump(
            {
                "data": data,
                "fn_index": self.step.id,
                "session_hash": self._session.hash,
                "event_data": None,
                "trigger_id": None,
            }
        )
        self._task = asyncio.create_task(self._work(body), name="gradio speech")

    async def next(self) -> Values | None:
        """The next values, None after the last ones."""
        answer = await self._answers.get()
        if isinstance(answer, TrunklineError):
            raise answer
        self.answered = self.answered or answer is not None
        return answer

    def sound(self, value: object) -> AppFile | None:
        """The file of the app that an output holds."""
        source = source_of(value, self.config.url) if is_file(value) else None
        return source if isinstance(source, AppFile) else None

    def pieces(self, file: AppFile) -> AsyncGenerator[bytes, None]:
        return pieces_of(file, MOST_BYTES, self.files, self._client, self._session)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._session.close()

    async def _work(self, body: bytes) -> None:
        try:
            await run_step(self._session, self.step, body, self._take)
        except TrunklineError as error:
            self._answers.put_nowait(error)
        else:
            self._answers.put_nowait(None)

    def _take(self, event: StepEvent) -> None:
        if isinstance(event, Update):
            self.done = self.done or event.final
            self._answers.put_nowait(list(event.data))
        elif isinstance(event, Failed):
            self._answers.put_nowait(AppFailed(event.text or event.title or "The app failed and did not say why."))
        elif isinstance(event, Stopped):
            self._answers.put_nowait(AppFailed("The app stopped before it had answered."))


def _data(
    config: AppConfig, step: Dependency, takes: frozenset[str], value: object, named: Mapping[str, Any]
) -> Values:
    """What the step is called with: `value` in its first such input, others by name, else as the page has them."""
    names = iter(config.info.get(step.api_name or "", ()))
    filled = False
    data: Values = []
    for place in step.inputs:
        component = config.components[place]
        if component.type == "state":
            data.append(None)
            continue
        known = _by_name(component, next(names, ""), named, whole=component.type in takes)
        if known is None and not filled and component.type in takes:
            data.append(value)
            filled = True
        else:
            data.append(component.props.get("value") if known is None else _value(component, *known))
    if not filled:
        raise UnsupportedApp(f"The endpoint #/{step.api_name} has no input for what is said.")
    return data


def _by_name(
    component: Component, parameter: str, named: Mapping[str, Any], *, whole: bool
) -> tuple[str, Any] | None:
    """Which of the named values an input is for, by its parameter's name or its label: by the whole of them, or by
    a word in them."""
    words = {parameter.lower(), component.label.lower()}
    if not whole:
        words = {*parameter.lower().split("_"), *component.label.lower().replace(":", " ").split()}
    return next(((name, value) for name, value in named.items() if name in words), None)


def _value(component: Component, name: str, wanted: Any) -> Any:
    """`wanted` as the input takes it; what the page has where it does not, or nothing is wanted.

    `SpeechError` for a voice that it does not have: people would wonder whose they hear.
    """
    standing = component.props.get("value")
    if isinstance(wanted, float):
        return _clipped(component, wanted) if component.type in ("slider", "number") else standing
    if not wanted:
        return standing
    accepted = (str(wanted).lower(),) if name in ("voice", "speaker") else _spellings(str(wanted))
    choices = component.props.get("choices")
    if not isinstance(choices, list):
        return wanted if component.type in _BOXES else standing
    found = [value for label, value in _pairs(choices) if {label, str(value).lower()} & {*accepted}]
    if found or component.props.get("allow_custom_value") is True:
        return found[0] if found else wanted
    if name in ("voice", "speaker"):
        raise SpeechError(f"There is no voice {str(wanted)!r}. There are: {_listed(choices)}.")
    return standing


def _listed(choices: Sequence[Any]) -> str:
    """What people may choose, the first few."""
    names = [str(choice[0] if isinstance(choice, list | tuple) else choice) for choice in choices]
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


def _spellings(language: str) -> tuple[str, ...]:
    code = language.lower()
    short = code.partition("-")[0]
    return code, short, _LANGUAGES.get(short, short)


def _pairs(choices: Sequence[Any]) -> list[tuple[str, Any]]:
    pairs = (choice if isinstance(choice, list | tuple) else (choice, choice) for choice in choices)
    return [(str(label).lower(), value) for label, value in pairs]


def _clipped(component: Component, number: float) -> float:
    low, high = component.props.get("minimum"), component.props.get("maximum")
    number = max(number, low) if isinstance(low, int | float) else number
    return min(number, high) if isinstance(high, int | float) else number


def _text_of(value: object) -> str:
    """The words of an output: text, or JSON that holds some."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return next((str(value[key]).strip() for key in ("text", "transcription", "label") if value.get(key)), "")
    return ""
