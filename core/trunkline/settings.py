"""The one settings table: what `trunkline.toml` and the environment may say, core and bridges together.

Each bridge declares its own table (`Descriptor.options`); `settings_type` joins them with the core's. A key may
also be given as an environment variable, `TRUNKLINE_STORE__URL` for `store.url`; the environment wins over the
file. Secrets have variables of their own and are best kept there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from .access import Limits
from .bridge import Descriptor
from .errors import SettingsError
from .router import RouterSettings
from .services import TurnSettings


class Table(BaseModel):
    """A table of the file. Unknown keys are refused: a mistyped setting must not be passed over in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AppTable(Table):
    """`[apps.<name>]`: a Gradio app."""

    url: Annotated[str, Field(description="Address of the app, or a Space as owner/name.")]
    user: Annotated[str, Field(description="User name, where the app asks for one.")] = ""
    password: Annotated[
        SecretStr, Field(description="Its password; better as TRUNKLINE_APPS__<NAME>__PASSWORD.")
    ] = SecretStr("")
    hf_token: Annotated[
        SecretStr, Field(description="Hugging Face token for private Spaces; HF_TOKEN if not set.")
    ] = SecretStr("")
    chatbot: Annotated[str, Field(description="Label or endpoint of the chatbot, where a page has several.")] = ""
    api_name: Annotated[
        str, Field(description="Use this public endpoint alone; media and thoughts may be lost.")
    ] = ""
    ignore_js: Annotated[
        bool, Field(description="Bridge the app although steps of its chain compute in the browser.")
    ] = False
    inputs: Annotated[
        dict[str, str],
        Field(description='Additional inputs bound to the speaker, as in user_id = "{user.id}".'),
    ] = {}


class StoreTable(Table):
    """`[store]`: where conversations are kept."""

    url: Annotated[
        str, Field(description="SQLite file, or postgresql://… ; empty: trunkline.db in the user's data folder.")
    ] = ""
    media: Annotated[str, Field(description="Folder of the media; empty: beside the SQLite file.")] = ""
    process: Annotated[
        str, Field(description="Name of this process among those that share the store; empty: the machine's.")
    ] = ""
    keep_days: Annotated[int, Field(ge=0, description="Erase what is older; 0 keeps everything.")] = 0

    def location(self) -> str:
        return self.url or str(user_data_path("trunkline", appauthor=False) / "trunkline.db")

    def media_folder(self) -> Path:
        if self.media:
            return Path(self.media)
        place = self.location()
        if "://" in place:
            return user_data_path("trunkline", appauthor=False) / "media"
        return Path(place).with_suffix(".media")


class TurnsTable(Table):
    """`[turns]`: how turns are run."""

    limit_s: Annotated[float, Field(gt=0, description="Seconds an app may take for one turn.")] = 600.0
    max_messages: Annotated[int, Field(ge=2, description="Messages of the history that an app is given.")] = 200
    speaker_names: Annotated[
        Literal["auto", "always", "never"],
        Field(description="Put the speaker's name before messages; auto: once several people speak."),
    ] = "auto"
    overlap: Annotated[
        Literal["queue", "merge", "interrupt"],
        Field(description="What a message does that comes while a reply runs."),
    ] = "queue"
    max_media_bytes: Annotated[int, Field(gt=0, description="Largest file taken from an app.")] = 100 * 1024 * 1024
    lease_s: Annotated[
        float, Field(ge=1, description="Seconds without a sign of life after which a turn is taken over.")
    ] = 30.0
    drain_s: Annotated[float, Field(ge=0, description="Seconds that running turns get when we stop.")] = 20.0
    per_minute: Annotated[int, Field(ge=0, description="Turns a person may start in a minute; 0: no limit.")] = 0
    per_day: Annotated[int, Field(ge=0, description="Turns a person may start in a day; 0: no limit.")] = 0


class SpeechTable(Table):
    """`[speech]`: what turns speech into text and text into speech, for voice messages and calls."""

    to_text: Annotated[
        str,
        Field(
            description="faster-whisper, sherpa:FOLDER or pocketsphinx, or a Gradio app that transcribes "
            "(owner/space#/endpoint); empty: only apps that hear take speech."
        ),
    ] = ""
    from_text: Annotated[
        str,
        Field(
            description="espeak or piper:VOICE.onnx, or a Gradio app that speaks; empty: only apps that speak "
            "are heard."
        ),
    ] = ""
    language: Annotated[str, Field(description='What people speak, as in "fr" or "pt-BR"; empty: any.')] = ""
    voice: Annotated[str, Field(description="The voice, as what speaks names it; empty: its own.")] = ""
    speed: Annotated[float, Field(ge=0.25, le=4, description="How fast it speaks; 1 is the voice's own.")] = 1.0


class LogTable(Table):
    """`[log]`: what is written to standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="The least level.")] = "info"
    form: Annotated[
        Literal["auto", "console", "json"], Field(description="auto: for people on a terminal, else JSON lines.")
    ] = "auto"


class CoreSettings(BaseSettings):
    """What the core declares."""

    model_config = SettingsConfigDict(
        env_prefix="TRUNKLINE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    default_app: Annotated[str, Field(description="The app of bridges that name none.")] = "default"
    apps: Annotated[dict[str, AppTable], Field(description="The apps, by name.")] = {}
    store: StoreTable = StoreTable()
    turns: TurnsTable = TurnsTable()
    speech: SpeechTable = SpeechTable()
    log: LogTable = LogTable()

    def router(self) -> RouterSettings:
        turns = self.turns
        return RouterSettings(
            overlap=turns.overlap,
            limits=Limits(turns.per_minute, turns.per_day),
            turns=TurnSettings(
                limit_s=turns.limit_s,
                max_messages=turns.max_messages,
                speaker_names=turns.speaker_names,
                max_media_bytes=turns.max_media_bytes,
                lease_s=turns.lease_s,
            ),
        )

    def options(self, bridge: str) -> BaseModel:
        """The table of a bridge."""
        return cast("BaseModel", getattr(self, bridge))

    def app_of(self, bridge: str) -> str:
        """The app that a bridge talks to when nothing names another.

        `SettingsError` when it, or another that the bridge offers, is none of the apps.
        """
        options = self.options(bridge)
        own = str(getattr(options, "app", ""))
        named = [(f"{bridge}.app" if own else "default_app", own or self.default_app)]
        named += [(f"{bridge}.apps", name) for name in getattr(options, "apps", ())]
        named += [(f"{bridge}.channel_apps", name) for name in getattr(options, "channel_apps", {}).values()]
        for key, name in named:
            if name not in self.apps:
                raise SettingsError(f"{key} is {name!r}, which is no app. Name one of: {', '.join(self.apps)}.")
        return named[0][1]


def settings_type(descriptors: Sequence[Descriptor]) -> type[CoreSettings]:
    """The core's settings with a table for each bridge."""
    tables: dict[str, Any] = {d.name: (d.options, d.options()) for d in descriptors}
    return create_model("Settings", __base__=CoreSettings, **tables)


def load(
    descriptors: Sequence[Descriptor],
    *,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> CoreSettings:
    """Read the settings: `overrides` (the command line) win over the environment, that over the file.

    `SettingsError` names the first key that is wrong, where it stands, and why.
    """
    env = dict(os.environ if environment is None else environment)
    if file is not None and not file.is_file():
        raise SettingsError(f"There is no settings file {file}. Copy settings.example.toml, or give --app URL.")
    base = settings_type(descriptors)
    secrets = _secrets(descriptors, env)

    class Loaded(base):  # type: ignore[misc, valid-type]
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], **_: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            sources: list[PydanticBaseSettingsSource] = [
                InitSettingsSource(settings_cls, dict(overrides or {})),
                _Environment(settings_cls, env),
                InitSettingsSource(settings_cls, secrets),
            ]
            if file is not None:
                sources.append(TomlConfigSettingsSource(settings_cls, file))
            return tuple(sources)

    try:
        return cast("CoreSettings", Loaded())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise SettingsError(f"{file or 'The settings'}: {where}: {first['msg'].lower()}.") from error
    except ValueError as error:
        raise SettingsError(f"{file or 'The settings'} cannot be read: {error}") from error


class _Environment(EnvSettingsSource):
    """The environment given, instead of the process's own."""

    def __init__(self, settings_cls: type[BaseSettings], environment: Mapping[str, str]) -> None:
        self._given = {key.lower(): value for key, value in environment.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given


def _secrets(descriptors: Sequence[Descriptor], env: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the bridges' own variables (DISCORD_TOKEN, …) say."""
    found: dict[str, dict[str, str]] = {}
    for descriptor in descriptors:
        for variable, option in descriptor.secrets.items():
            if env.get(variable):
                found.setdefault(descriptor.name, {})[option] = env[variable]
    return found
