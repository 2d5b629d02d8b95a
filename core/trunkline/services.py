"""What the parts of the core share in one process: put together once, by `app.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .apps import Apps
from .bridge import Bridge, Descriptor, MediaShelf
from .calls import NoSpeech, Speech
from .clock import Clock
from .delivery import Pacer
from .messages import Json
from .store import Store, posts
from .telemetry import Metrics


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """How turns are run; the table `[turns]`."""

    limit_s: float = 600.0
    """Seconds an app may take for one turn."""
    max_messages: int = 200
    """Messages of the history that an app is given."""
    stop_grace_s: float = 5.0
    """Seconds after which a stopped turn ends although the app goes on."""
    speaker_names: Literal["auto", "always", "never"] = "auto"
    max_media_bytes: int = 100 * 1024 * 1024
    lease_s: float = 30.0
    """Seconds after which another process takes over a turn whose owner gives no sign of life."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A bridge that runs, with what its package declares and its table of settings says."""

    descriptor: Descriptor
    bridge: Bridge
    options: Mapping[str, Json] = field(default_factory=dict)
    link: Callable[[str, str], str] | None = None
    """`(sha256, name)` to a signed, expiring address of the media."""


class StoredLedger:
    """Intents and ids of posts, kept in the store. With an `owner` nothing is intended for turns of others."""

    def __init__(self, store: Store, clock: Clock, owner: str | None = None) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner

    async def intend(self, turn: int, target: str, part: str, nonce: str) -> None:
        await self._store.write(posts.intend, turn, target, part, nonce, self._clock.now(), self._owner)

    async def posted(self, turn: int, target: str, part: str, post_id: str, *, soon: bool) -> None:
        write = self._store.write_soon if soon else self._store.write
        await write(posts.posted, turn, target, part, post_id, self._clock.now())

    async def unposted(self, turn: int, target: str, part: str, post_id: str) -> None:
        await self._store.write(posts.unposted, turn, target, part, post_id)

    async def renamed(self, turn: int, target: str, old: str, new: str, post_id: str) -> None:
        await self._store.write(posts.renamed, turn, target, old, new, post_id, self._clock.now())


@dataclass
class Services:
    """The core's parts. `owner` names this process among those that share the store."""

    store: Store
    shelf: MediaShelf
    apps: Apps
    clock: Clock
    settings: TurnSettings
    metrics: Metrics
    owner: str
    bridges: dict[str, Connected] = field(default_factory=dict)
    speech: Speech = field(default_factory=NoSpeech)

    def __post_init__(self) -> None:
        self.ledger = StoredLedger(self.store, self.clock)
        self.own_ledger = StoredLedger(self.store, self.clock, self.owner)
        self.pacer = Pacer(self.clock)
