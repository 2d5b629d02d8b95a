"""What is remembered for a while, of the newest only; all of it may be lost. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from trunkline.inbound import Place
from trunkline.messages import Json

from ..facts import Written

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The newest `size` values by their keys."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        return iter(self._held)

    def get(self, key: K) -> V | None:
        return self._held.get(key)

    def put(self, key: K, value: V) -> None:
        self._held[key] = value
        self._held.move_to_end(key)
        while len(self._held) > self._size:
            self._held.popitem(last=False)

    def drop(self, key: K) -> None:
        self._held.pop(key, None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A page of settings that was refused: what was typed and chosen, and the files that were kept, by input."""

    typed: Mapping[str, Json]
    files: Mapping[str, Json]


@dataclass(slots=True)
class Memory:
    rated: Recent[tuple[int, str], str] = field(default_factory=lambda: Recent(4096))
    """How somebody rated a turn."""
    drafts: Recent[tuple[str, Place, int], Draft] = field(default_factory=lambda: Recent(256))
    """By person, place and page."""
    quoted: Recent[str, Written] = field(default_factory=lambda: Recent(256))
    """Messages that somebody is about to ask about, by their id."""
    commands: dict[str, int] = field(default_factory=dict)
    """The ids of our commands, by name."""
