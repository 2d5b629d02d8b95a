"""What the frames of a client ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from trunkline.inbound import Command
from trunkline.messages import Json


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a conversation's stream a client stands."""

    conversation: int
    stream: str
    after: int


@dataclass(frozen=True, slots=True)
class Hello:
    protocol: int
    app: str
    visitor_token: str
    identity_token: str
    locale: str
    conversation: int | None
    resume: Position | None
    context: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Resume:
    position: Position


@dataclass(frozen=True, slots=True)
class Ping:
    t: float


@dataclass(frozen=True, slots=True)
class Pong:
    """An answer to a ping of ours, or a frame that needs none."""


@dataclass(frozen=True, slots=True)
class Act:
    """A command for the core."""

    id: str
    conversation: int
    command: Command
    context: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configure:
    id: str
    conversation: int
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ShowSettings:
    id: str
    conversation: int


@dataclass(frozen=True, slots=True)
class ShowHistory:
    id: str
    conversation: int
    before: int
    limit: int


@dataclass(frozen=True, slots=True)
class NewChat:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ListChats:
    """Titles; with `query` those found."""

    id: str
    limit: int
    query: str = ""
    before: tuple[float, int] = (0.0, 0)
    """The time and the number of the last title of the page before."""


@dataclass(frozen=True, slots=True)
class SwitchChat:
    id: str
    conversation: int


@dataclass(frozen=True, slots=True)
class Identify:
    id: str
    token: str | None


@dataclass(frozen=True, slots=True)
class SetContext:
    id: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class StartCall:
    id: str
    conversation: int
    input_rate: int = 0
    """Hz of the microphone; 0: the usual."""
    resume: int = 0
    """The call to go on with after the connection was lost; 0 for a new one."""
    language: str = ""
    voice: str = ""
    speed: float = 0.0
    agrees: bool = False
    """The visitor has agreed that what is said is kept as sound."""


@dataclass(frozen=True, slots=True)
class EndCall:
    call: int


@dataclass(frozen=True, slots=True)
class Mute:
    call: int
    on: bool


@dataclass(frozen=True, slots=True)
class PressCall:
    call: int
    control: Literal["start", "stop", "interrupt"]


@dataclass(frozen=True, slots=True)
class Played:
    """How far a track of a call was heard."""

    call: int
    track: int
    samples: int
    done: bool


CallRequest: TypeAlias = "EndCall | Mute | PressCall | Played"
"""What is asked of a call; none is answered."""

Request: TypeAlias = (
    "Hello | Resume | Ping | Pong | Act | Configure | ShowSettings | ShowHistory | NewChat | ListChats"
    " | SwitchChat | Identify | SetContext | StartCall | CallRequest"
)
