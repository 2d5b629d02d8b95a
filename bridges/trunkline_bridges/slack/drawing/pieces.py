"""Where a reply's text is cut into messages, and what each piece is. Pure.

A piece is what stands between two places of the text, without the white space at its end, with what is cut (a
fence, a table's head) closed and opened again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from trunkline.growing import Cuts
from trunkline.splitting import split, utf8_length, utf16_length
from trunkline.structure import PLAIN, Context, after_line

LIMIT: Final = 7000
"""Characters of a message's text: there is room for thoughts and controls."""
_BLANK: Final = re.compile(r"(?:[ \t]*\n)*")
_KEPT: Final = 64
_cuts = Cuts(LIMIT, utf16_length)


def cut(text: str, most: int) -> tuple[list[int], bool]:
    """Where each message begins, at most `most` of them, and whether that is all."""
    pieces = _cuts.cut(text, most)
    return list(pieces.starts), pieces.complete


def cut_on(text: str, start: int, most: int) -> tuple[list[int], bool]:
    """`cut` for what stands from `start` on."""
    opening = opening_at(text, start)
    pieces = split(opening + text[start:], LIMIT, measure=utf16_length, max_pieces=most)
    return [max(start, start + one - len(opening)) for one in pieces.starts], pieces.complete


def end_within(text: str, start: int, end: int, size: int) -> int | None:
    """Where a message that only grows is to end when it takes `size` bytes; None when `text[start:end]` fits."""
    opening = opening_at(text, start)
    whole = opening + text[start:end]
    if utf8_length(whole) <= size // 2:
        return None
    pieces = split(whole, size, measure=utf8_length, max_pieces=1, append_only=True)
    return None if pieces.complete else start + len(whole) - len(pieces.rest) - len(opening)


def piece(text: str, start: int, end: int | None) -> str:
    """The piece from `start` to where the next one begins; to the end of the text where that is None."""
    body = text[start:end].rstrip()
    opening = opening_at(text, start)
    if end is None:
        return opening + body if body else ""
    return opening + body + closing_at(text, end)


def past_blank(text: str, place: int) -> int:
    """Where the next piece begins when one ends at `place`: indentation stays."""
    found = _BLANK.match(text, place)
    after = found.end() if found else place
    if after > place:
        return after
    return place + len(text[place:]) - len(text[place:].lstrip(" \t"))


def opening_at(text: str, place: int) -> str:
    """What a piece that starts there begins with."""
    context = _context_at(text[:place])
    if context.fence or place == 0 or text[place - 1] == "\n":
        return context.reopening
    return ""


def closing_at(text: str, place: int) -> str:
    """What a piece that ends there ends with."""
    return _context_at(text[:place]).closing


@lru_cache(_KEPT)
def _context_at(before: str) -> Context:
    """What is open behind a text."""
    if not any(sign in before for sign in ("```", "~~~", "|")):
        return PLAIN
    context = PLAIN
    lines = before.split("\n")
    for line in lines[:-1]:
        context = after_line(context, line + "\n")
    return context
