"""Text that a client split at 2,000 characters, put together again. What is joined is pure; waiting has a rim."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, Protocol

from trunkline.clock import Clock

from ..facts import Written
from ..limits import CONTENT, LONG_MESSAGE

_FULL: Final = frozenset({CONTENT, 2 * CONTENT})
"""Lengths at which a client cuts wherever it is; who pays Discord may write twice as much."""
_MOST_PARTS: Final = 50
_BLOCK: Final = re.compile(r"(#{1,3} |-# |[-*+] |\d{1,3}[.)] |>|```|\|)")
_ENDED: Final = (":", "```", "|")


class Pending(Protocol):
    """What came after a message in its channel and still waits."""

    news: asyncio.Event
    """Set whenever something comes."""

    def take(self, wanted: Callable[[Written], bool]) -> Written | None:
        """The first message that is wanted, taken out; None when there is none."""
        ...


def is_long(written: Written) -> bool:
    """A client may have had more to send."""
    return written.length >= LONG_MESSAGE


def continues(last: Written, further: Written, seconds: float) -> bool:
    """Whether a message goes on where `last`, of the same channel, broke off."""
    return (
        further.author.id == last.author.id
        and further.readable
        and int(further.id) > int(last.id)
        and further.at - last.at <= seconds
    )


def joined(parts: Sequence[Written], edited_at: float = 0.0) -> Written:
    """One message: the first one's id and place, the text and the files of all."""
    first = parts[0]
    text, files = first.text, first.files
    for last, further in pairwise(parts):
        text = f"{text}{seam(text, further.text, cut=last.length in _FULL)}{further.text}"
        files += further.files
    return replace(first, text=text, files=files, edited_at=edited_at)


def seam(before: str, after: str, *, cut: bool) -> str:
    """What stood between two pieces of a text: Discord strips the space or the line's end where a client split it.

    `cut`: the client split where it was, which is in a word more often than not.
    """
    if not before or not after:
        return ""
    in_code = before.count("```") % 2 == 1
    if cut and not _BLOCK.match(after):
        return ""
    if in_code or _BLOCK.match(after) or before.endswith(_ENDED):
        return "\n"
    return " "


async def whole(first: Written, heard_at: float, pending: Pending, clock: Clock, seconds: float) -> list[Written]:
    """The messages that a text was split into: `first`, and those that follow it in time.

    Waits `seconds` after each long one; `heard_at` is when the first one came here. What came long ago has its
    other pieces behind it already.
    """
    parts = [first]
    until = min(heard_at, clock.now()) + seconds
    while seconds > 0 and is_long(parts[-1]) and len(parts) < _MOST_PARTS:
        last = parts[-1]
        pending.news.clear()
        further = pending.take(lambda one, last=last: continues(last, one, seconds))  # type: ignore[misc]
        if further is not None:
            parts.append(further)
            until = clock.now() + seconds
            continue
        left = until - clock.now()
        if left <= 0:
            break
        await _either(pending.news.wait(), clock.sleep(left))
    return parts


async def _either(*waits: object) -> None:
    """Returns as soon as one of them ends; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
