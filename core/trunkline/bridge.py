"""The seam to a platform: what a bridge declares, draws and does.

A bridge is a light descriptor (`Descriptor`: name, abilities, options, a pure `render`) and, once connected, a
`Bridge` that turns platform events into `Inbound`s and carries out the operations that `delivery.py` decides on.
A bridge never streams, splits, throttles or retries by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from .backend import AppProfile
from .messages import Json, Reply

if TYPE_CHECKING:
    from pydantic import BaseModel

    from .inbound import Inbound

Mutability: TypeAlias = Literal["replace", "append", "fixed"]
Target: TypeAlias = Mapping[str, Json]
"""Where on its platform a bridge delivers to: channel, thread, the message replied to. Opaque to the core."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message on a platform, as `render` wants it to look.

    `key` names it within its delivery ("reply", "file:<sha256>"). `body` is the platform's own JSON. For an
    append-only post `text` is what it shows; more text must begin with what is shown. `kind` is compared only
    for change (a Discord post never goes back from V2). `final` marks a post that only a reply that is no
    longer running may create, such as a file.
    """

    key: str
    body: Mapping[str, Json]
    mutability: Mutability = "replace"
    text: str = ""
    kind: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A post that stands on the platform: its id there and how it looks."""

    id: str
    post: Post


@dataclass(frozen=True, slots=True)
class View:
    """What a reply is drawn for: everything `render` may know beside the reply and what is shown."""

    profile: AppProfile
    turn: int = 0
    target: Target = field(default_factory=dict)
    newest: bool = True
    """The turn is the conversation's last: it carries the controls."""
    conversation: int = 0
    options: Mapping[str, Json] = field(default_factory=dict)
    """The bridge's own settings."""
    link: Callable[[str, str], str] | None = None
    """`(sha256, name)` to a signed, expiring address, where one can be had."""
    words: Callable[[str], str] = str
    """A key of the catalogue of interface strings to the words, in the place's language."""


Render: TypeAlias = "Callable[[Reply, View, Sequence[Shown], float], tuple[Post, ...]]"
"""`render(reply, view, shown, now)`, pure: `now` in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `calls` of one scope in `seconds`; `reserve` of them are kept for finals. `calls` 0: no limit."""

    calls: int = 0
    seconds: float = 1.0
    reserve: int = 0
    interval: float = 0.0
    """Seconds between two edits of a running reply, at least."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do. What happens without an ability stands beside it."""

    edit: bool = True  # else: only the final is posted
    delete: bool = True  # else: an undone turn's posts stay, its controls gone
    append: bool = False  # else: posts are replaced as a whole
    find: bool = True  # a lost create can be looked up; else: it is repeated and may stand twice
    repeatable: bool = False  # a create with the same nonce gives the same post; else: it is looked up first
    options: bool = True  # options can be pressed; else: they are numbered and chosen by their number
    private: bool = True  # an answer that only one person sees; else: it is said to all, briefly
    files: bool = True  # else: a signed link
    max_file_bytes: int = 0  # 0: no limit of the platform's; above it: a signed link
    several_people: bool = True  # people share a place; else: speaker names are never put before messages


class Intake(Protocol):
    """Where a bridge hands over what it received."""

    async def accept(self, event: Inbound) -> Answer:
        """Store the event and start what it asks for; returns once it is stored. `Denied` says why not."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an event. `text` is for the one who asked, "" when the reply itself answers."""

    outcome: Literal["started", "queued", "merged", "done", "duplicate", "ignored", "denied"]
    text: str = ""
    turn: int = 0
    conversation: int = 0
    detail: Mapping[str, Json] = field(default_factory=dict)


class Bridge(Protocol):
    """A connected platform. Raises `PlatformError` only."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def run(self, intake: Intake) -> None:
        """Receive events until cancelled. Everything it starts ends with it."""
        ...

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        """The scope whose budget the operation uses, and that budget."""
        ...

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        """Post it; returns the platform's id. `Unconfirmed` when the answer was lost."""
        ...

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        """Make `shown` look like `post`."""
        ...

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        """Add to an append-only post what `post.text` has more than it shows."""
        ...

    async def delete(self, target: Target, shown: Shown) -> None:
        """Remove it; no error when it is gone already."""
        ...

    async def find(self, target: Target, nonce: str) -> str | None:
        """The id of the post that was created under `nonce`, None when there is none."""
        ...

    async def presence(self, target: Target, state: Literal["working", "idle"]) -> None:
        """Typing, status: a small operation apart, never repeated."""
        ...


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a bridge's package offers without loading the platform's library."""

    name: str
    capabilities: Capabilities
    options: type[BaseModel]
    """Its settings: the table `[<name>]` of trunkline.toml."""
    render: Render
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment variable to option, for what must not stand in a file."""
