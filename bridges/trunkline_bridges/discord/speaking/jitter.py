"""Packets of one source in the order in which they were sent. Pure."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

T = TypeVar("T")

DEPTH: Final = 3
"""So many packets behind a missing one say that it was lost: more would delay speech by 20 ms each."""
FAR: Final = 50
"""A jump of more packets, a second of them, is not loss: nothing between is waited for."""

_NUMBERS: Final = 1 << 16
_HALF: Final = 1 << 15


class Reorder(Generic[T]):
    """Takes packets by their 16-bit sequence numbers; gives them in order, None for each that was lost.

    Never holds more than `depth` - 1 packets. What comes twice, or after it was given up, is dropped.
    """

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._next = -1
        self._held: dict[int, T] = {}

    @property
    def waits(self) -> bool:
        """Something is held back for one that is missing."""
        return bool(self._held)

    def push(self, sequence: int, packet: T) -> list[T | None]:
        """What is next in order, now that this one is there."""
        made: list[T | None] = []
        sequence %= _NUMBERS
        ahead = (sequence - self._next) % _NUMBERS
        if self._next < 0 or FAR < ahead < _NUMBERS - FAR:
            made = self.flush()
            self._next = sequence
        elif ahead >= _HALF:
            return []
        self._held.setdefault(sequence, packet)
        self._ready(made)
        while len(self._held) >= self._depth:
            self._give_up(made)
        return made

    def flush(self) -> list[T | None]:
        """All that is held back: nothing more is waited for."""
        made: list[T | None] = []
        while self._held:
            self._give_up(made)
        return made

    def _give_up(self, made: list[T | None]) -> None:
        made.append(None)
        self._next = (self._next + 1) % _NUMBERS
        self._ready(made)

    def _ready(self, made: list[T | None]) -> None:
        while self._next in self._held:
            made.append(self._held.pop(self._next))
            self._next = (self._next + 1) % _NUMBERS
