"""What the store's functions give back: immutable rows, in the vocabulary of `messages.py` and `inbound.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..inbound import Place, TurnCommand
from ..messages import Json, Message, Reply, Speaker

TurnStatus: TypeAlias = Literal[
    "received",
    "running",
    "answered",
    "delivered",
    "failed",
    "stopped",
    "undeliverable",
    "undone",
    "superseded",
]
"""received → running → answered (reply and history stored) → delivered, failed, stopped or undeliverable;
later undone, or superseded by the turn that answered anew. A turn that was dropped while it waited is undone."""

Outcome: TypeAlias = Literal["started", "queued", "merged", "duplicate", "interrupts", "paused"]
Overlap: TypeAlias = Literal["queue", "merge", "interrupt"]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn as it is stored. Times are seconds since the epoch."""

    id: int
    conversation: int
    place: Place
    person: int
    speaker: Speaker
    command: TurnCommand
    status: TurnStatus
    at: float
    """When it was said, by the platform's clock."""
    received: float
    message_id: str = ""
    target: Mapping[str, Json] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)
    attempts: int = 0
    """How often it was claimed: 1 for a turn that runs for the first time."""
    handed_back: int = 0
    """How many of these claims a process gave up in order, because it was told to stop."""
    owner: str = ""
    """The process that runs or delivers it; "" when none does."""
    lease_until: float | None = None
    reply: Reply | None = None
    """The stored final; None until the turn is answered."""
    error: str = ""
    supersedes: int = 0
    """The turn that this one answered anew; 0 for none."""
    started: float | None = None
    finished: float | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an event. Where nothing was stored (its place is paused, or it is a duplicate whose turn is
    erased) the turn is an undone one of id 0."""

    turn: TurnRecord
    outcome: Outcome
    running: int | None = None
    """The turn that runs in the conversation, when this one has to wait."""
    ahead: int = 0
    """Turns that run or wait before this one."""


@dataclass(frozen=True, slots=True)
class PostRecord:
    """The intent to create a post, and its id once the platform told it."""

    turn: int
    target_key: str
    part: str
    nonce: str
    post_id: str | None
    created: float

    @property
    def state(self) -> Literal["intended", "posted"]:
        return "intended" if self.post_id is None else "posted"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """An entry of a history."""

    id: int
    turn: int
    """0 for the app's greeting."""
    message: Message
    created_at: float

    @property
    def greeting(self) -> bool:
        return self.turn == 0


@dataclass(frozen=True, slots=True)
class Variant:
    """An answer that a later one took the place of."""

    turn: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    id: int
    place: Place
    conversation: int
    """The current one; 0 before anything was said."""
    paused: bool


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    id: int
    title: str
    created: float
    updated: float
    started: bool
    owner: int
    """The person who began it; 0 when nobody is known."""


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    kind: str
    version: str
    given: float


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    turn: int
    message: int
    """Counts the messages of its side of the turn from 0."""
    of_user: bool
    person: int
    value: str
    comment: str
    at: float


@dataclass(frozen=True, slots=True)
class MediaRecord:
    sha256: str
    size: int
    """Bytes."""
    mime: str
    created: float
    last_used: float


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased for good."""

    messages: int = 0
    turns: int = 0
    feedback: int = 0
    media: int = 0
    """Files that nobody else refers to; `MediaStore.collect` removes them."""
    conversations: int = 0

    def __bool__(self) -> bool:
        return self != Erased()
