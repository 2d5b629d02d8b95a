"""A call's events as the core takes them, and what `render` made of a reply. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from trunkline import codec
from trunkline.bridge import Target
from trunkline.inbound import Command, Inbound, Place
from trunkline.messages import AppFile, Blob, Json, Media, Option, Part, Speaker, Text


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked aloud: `text` where it was understood, else `sound` goes to the app."""

    speaker: Speaker
    text: str = ""
    said: str = ""
    """The transcript, also where the app hears for itself; "" where nobody transcribed."""
    sound: Media | None = None
    """The utterance: what the app is sent where there is no `text`, else its recording."""
    stream: str = ""
    """The `UtteranceStream` through which the app heard it."""
    choice: int | None = None
    """The option that was meant."""
    offered: int = 0
    """The turn whose reply has that option."""
    utterance: str = ""
    """The `held.Pause` that it came from."""
    times: Mapping[str, float] = field(default_factory=dict)
    """When it reached which stage (`timing.STAGES`), in seconds of the call's clock."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The message."""
        if not self.text:
            return () if self.sound is None else (self.sound,)
        recording = () if self.sound is None else (replace(self.sound, recording=True),)
        return (Text(self.text), *recording)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply as far as it can be heard by now: the body of the post that `render` makes."""

    turn: int
    state: str
    sentences: tuple[str, ...] = ()
    sounds: tuple[AppFile | Blob, ...] = ()
    """The app's own, in order."""
    options: tuple[Option, ...] = ()

    @property
    def running(self) -> bool:
        return self.state == "running"


def spoken(body: Mapping[str, Json]) -> Spoken:
    """What `render` wrote. `ValueError` for anything else."""
    sounds = codec.decode_all(body["sounds"], object)
    return Spoken(
        turn=int(cast("int", body["turn"])),
        state=str(body["state"]),
        sentences=tuple(cast("tuple[str, ...]", body["sentences"])),
        sounds=tuple(sound for sound in sounds if isinstance(sound, AppFile | Blob)),
        options=codec.decode_all(body["options"], Option),
    )


def called(target: Target, call: str, language: str) -> Target:
    """Where a turn of a call is answered: with the call in which it is heard, and what is spoken there."""
    return {**target, "call": call} | ({"language": language} if language else {})


def call_of(target: Target) -> str:
    """The call that a delivery belongs to; "" for none."""
    name = target.get("call")
    return name if isinstance(name, str) else ""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a call's events belong."""

    place: Place
    conversation: int = 0


def inbound(where: Where, key: str, speaker: Speaker, command: Command, at: float, target: Target) -> Inbound:
    """An event of a call. `key` is unique among all; `at` is in seconds since the epoch."""
    return Inbound(
        event_key=f"voice:{key}",
        place=where.place,
        speaker=speaker,
        command=command,
        at=at,
        conversation=where.conversation,
        target=target,
    )
