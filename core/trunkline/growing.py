"""Texts that grow are not drawn and cut anew with every token: what stands of them is remembered. Pure in effect.

What is remembered changes nothing but the time that drawing takes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

from .splitting import Measure, Pieces, split
from .structure import PLAIN, Fence, after_line

Way = TypeVar("Way", bound=Hashable)
"""How a text is read."""

_KEPT: Final = 32
_GOES_ON: Final = frozenset(" \t\n-*+>|0123456789")
"""What a line may begin with that goes on with the block before an empty line."""


class Beginnings(Generic[Way]):
    """Beginnings of growing texts with how they are drawn: only what comes behind them is parsed again.

    `parts` draws the blocks of a text, `joined` puts drawn blocks together.
    """

    def __init__(self, parts: Callable[[str, Way], list[str]], joined: Callable[[Iterable[str]], str]) -> None:
        self._parts = parts
        self._joined = joined
        self._kept: dict[tuple[str, Way], str] = {}

    def draw(self, text: str, way: Way) -> str:
        known = [
            begin
            for begin, read_as in self._kept
            if read_as == way and text.startswith(begin) and text[len(begin) : len(begin) + 1] not in _GOES_ON
        ]
        begin = max(known, key=len, default="")
        drawn = self._kept.pop((begin, way)) if begin else ""
        end = settled(text, len(begin))
        if end > len(begin):
            fresh = self._parts(text[len(begin) : end], way)
            drawn = self._joined([drawn, *fresh] if drawn else fresh)
        if end:
            self._kept[text[:end], way] = drawn
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        tail = self._parts(text[end:], way)
        return self._joined([drawn, *tail] if drawn else tail)


def settled(text: str, start: int = 0) -> int:
    """Where the last block from `start` on begins that has nothing to do with those before it."""
    context, blank, last, at = PLAIN, False, start, start
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end]
        if blank and not context.fence and line[0] not in _GOES_ON:
            last = at
        if context.fence and _leaves(context.fence, line):
            break
        context = after_line(context, line)
        blank = not line.strip()
        at = end
    return last


def _leaves(fence: Fence, line: str) -> bool:
    """A fence within a list or a quote ends with it, whatever comes after: only the parser knows."""
    width = len(fence.opening) - len(fence.opening.lstrip(" \t>"))
    return bool(line[:width].strip(" \t>"))


class Cuts:
    """Beginnings of texts with their pieces: what grows behind them is cut without them.

    A beginning reaches as far as the splitter looked for its pieces; the next piece begins within it.
    """

    def __init__(self, limit: int, measure: Measure) -> None:
        self._limit = limit
        self._measure = measure
        self._kept: dict[str, Pieces] = {}

    def cut(self, text: str, most: int) -> Pieces:
        """`split` into at most `most` pieces."""
        known = [one for one, kept in self._kept.items() if len(kept.pieces) < most and text.startswith(one)]
        begin = max(known, key=len, default="")
        before = self._kept.pop(begin, Pieces(()))
        # What is known ends where the next piece begins: its last start is that of no piece of it.
        first = before.starts[-1] if before.starts else 0
        cut = split(text[first:], self._limit, measure=self._measure, max_pieces=most - len(before.pieces))
        pieces = (*before.pieces, *cut.pieces)
        starts = (*before.starts[:-1], *(first + start for start in cut.starts))
        for number in range(len(pieces) - 1, len(before.pieces), -1):
            start = starts[number]
            # Only where a piece begins as the text does, nothing has to be opened again before it.
            if text.startswith(pieces[number][:40], start) and _begins_alone(text, start):
                begin = text[: starts[number - 1] + self._limit + 2]
                before = Pieces(pieces[:number], "", starts[: number + 1])
                break
        if before.pieces:
            self._kept[begin] = before
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return Pieces(pieces, cut.rest, starts)


def _begins_alone(text: str, start: int) -> bool:
    """What stands at `start` is cut alike whether the text before it is there or not."""
    if text[start - 1] == "\n":
        return True
    # Within a line, what would open a fence or a table at the beginning of one does not.
    end = text.find("\n", start)
    return text[start].isalpha() and "|" not in text[start : end if end >= 0 else len(text)]
