"""Counts what people see: each message they sent, and what stands on the platform for it.

`Sent` is what a person said and has to be answered; `Standing` is one message of theirs as the platform shows it,
with the replies below it. Nothing here asks our store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Standing:
    """One message of a person's as it stands, in the platform's order."""

    said: str
    replies: tuple[str, ...]
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    received: int = 0
    answered: int = 0
    failed: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.disordered) and self.answered + self.failed == self.received

    def __add__(self, other: Count) -> Count:
        return Count(*(getattr(self, name) + getattr(other, name) for name in Count.__dataclass_fields__))

    def line(self, name: str) -> str:
        told = " ".join(f"{field} {getattr(self, field)}" for field in Count.__dataclass_fields__)
        return f"{name}: {told}"


def answer_to(said: str) -> str:
    """What the app answers; every message has an answer of its own."""
    return f"You said {said}."


def count(sent: Sequence[str], standing: Sequence[Standing]) -> Count:
    """Of one person's conversation: `sent` in order, `standing` as the platform shows it at the end."""
    answered = failed = lost = doubled = 0
    for said in sent:
        copies = [one for one in standing if one.said == said]
        right = [reply for one in copies for reply in one.replies if reply == answer_to(said)]
        other = [reply for one in copies for reply in one.replies if reply != answer_to(said)]
        if len(copies) > 1 or len(right) > 1 or (right and other):
            doubled += 1
        elif len(right) == 1:
            answered += 1
        elif copies and copies[0].failed:
            failed += 1
        else:
            lost += 1
    order = [one.said for one in standing if one.said in set(sent)]
    wanted = [said for said in sent if said in set(order)]
    disordered = sum(a != b for a, b in zip(dict.fromkeys(order), wanted, strict=False))
    return Count(len(sent), answered, failed, lost, doubled, disordered)


def selftest(sent: Sequence[str]) -> Iterable[tuple[str, Count]]:
    """A clean ledger with one reply lost, one doubled and two swapped on purpose: each must be counted."""
    clean = [Standing(said, (answer_to(said),)) for said in sent]
    first, second = clean[0], clean[1]
    yield "clean", count(sent, clean)
    yield "lost", count(sent, [replace(first, replies=()), *clean[1:]])
    yield "doubled", count(sent, [replace(first, replies=(*first.replies, *first.replies)), *clean[1:]])
    yield "swapped", count(sent, [second, first, *clean[2:]])
