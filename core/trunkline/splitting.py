"""The one splitter: long Markdown cut at a platform's limit, without breaking what it means.

A cut is made at the end of a paragraph, else of a line, a sentence, a word, else between two grapheme clusters.
A code fence that is cut is closed and opened again with its language; a table that is cut shows its header again.
What belongs together and fits into a piece is never cut: bracketed text with its address (links, images), code
spans, bare addresses, `<…>` (mentions, emoji, timestamps, addresses with a label).

What holds while a text grows by appending: every piece but the last stays exactly as it is. With `append_only`
the last piece, too, only ever grows (but at the very limit a grapheme cluster, or a line of code that begins like
the end of its fence, may move as a whole). A cut looks at nothing beyond the first character that did not fit.

All of it takes time linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from wcwidth import grapheme_boundary_before

from .structure import PLAIN, Atoms, Context, after_line, least_fence

Measure: TypeAlias = Callable[[str], int]
"""The size of a text as a platform counts it: at least 1 a character, and sizes of parts add up."""


def utf16_length(text: str) -> int:
    """UTF-16 code units: how JavaScript, and so most platforms, count characters."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf8_length(text: str) -> int:
    """Bytes of UTF-8; a lone surrogate counts as the three bytes it would take."""
    return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text in pieces. `rest` is what did not go into `max_pieces`: attach the whole text, cut nothing silently.

    `starts` says where in the text each piece begins. Between two pieces only white space is left out; around
    the words of a piece only the repairs of a fence or a table are added.
    """

    pieces: tuple[str, ...]
    rest: str = ""
    starts: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.rest


def split(
    text: str,
    limit: int,
    *,
    first_limit: int | None = None,
    measure: Measure = len,
    max_pieces: int | None = None,
    append_only: bool = False,
) -> Pieces:
    """`text` in pieces of at most `limit` (the first: `first_limit`) by `measure`; blank text gives none.

    A limit below the size of a single character cannot hold: such a character gets a piece of its own. Where a
    limit is so small that repairs would take more than half of it, fences and tables are cut without them.

    `append_only` is for posts that can grow but never shrink: a piece then ends at the first good place past
    70 % of its limit, also when a little more would have fitted.
    `ValueError` for limits or `max_pieces` below 1.
    """
    if limit < 1 or (first_limit is not None and first_limit < 1) or (max_pieces is not None and max_pieces < 1):
        raise ValueError("a limit must be at least 1")
    cutter = _Cutter(text, measure, append_only)
    pieces: list[str] = []
    starts: list[int] = []
    while not cutter.done:
        if len(pieces) == max_pieces:
            return Pieces(tuple(pieces), text[cutter.position :], tuple(starts))
        start = cutter.position
        piece = cutter.next(limit if pieces or first_limit is None else first_limit)
        if piece.strip():  # blank lines of code show nothing by themselves
            starts.append(start)
            pieces.append(piece)
    return Pieces(tuple(pieces), "", tuple(starts))


class _Place(IntEnum):
    """What ends at a place, the best place to cut first."""

    PARAGRAPH = 0
    LINE = 1
    ROW = 2
    """A line within a fence or a table."""
    SENTENCE = 3
    WORD = 4


_FULL_ENOUGH = 0.5
"""A place in the first half of a piece is passed over for a lesser one further on."""
_APPEND_FILL = {
    _Place.PARAGRAPH: 0.70,
    _Place.LINE: 0.80,
    _Place.ROW: 0.80,
    _Place.SENTENCE: 0.90,
    _Place.WORD: 0.95,
}
"""How full a piece that can only grow must be to end at a place."""
_INDENTATION = 80
"""How far a line is looked into for its first sign."""
_SENTENCE_ENDS = frozenset(".!?…")
_WIDE_SENTENCE_ENDS = frozenset("。！？")
"""These end a sentence without a space after them."""
_AFTER_SENTENCE = "\"'”’»)]*_"


@dataclass(slots=True)
class _Window:
    """What was read from the start of a piece to where it is full, or to the end of the text."""

    context: Context
    """What is open at the start of the last line read, …"""
    line: int
    """… where that line starts, …"""
    stretch: int
    """… and where the prose, fence or table that it is part of starts."""
    full: int | None = None
    """The first character that does not fit; None when everything does."""
    breaks: list[tuple[int, _Place, int]] = field(default_factory=list)
    """Good places for a cut, what ends there, and the size up to there."""
    contexts: dict[int, Context] = field(default_factory=dict)
    """What is open at the start of each line but the first."""
    atoms: Atoms = field(default_factory=Atoms)


class _Cutter:
    """Cuts one text, a piece at a time. `done` when only white space is left."""

    def __init__(self, text: str, measure: Measure, append_only: bool) -> None:
        self._text = text
        self._end = len(text.rstrip())
        self._measure = measure
        self._append_only = append_only
        self._context = PLAIN
        self._within_line = False
        self.position = self._past_blank(0)

    @property
    def done(self) -> bool:
        return self.position >= self._end

    def next(self, limit: int) -> str:
        """The next piece."""
        start = self.position
        opening = "" if self._within_line and not self._context.fence else self._repairs(self._context, limit)[0]
        window = self._read(limit, limit - self._measure(opening))
        cut = self._where_grown(window, limit) if self._append_only else self._where_full(window)
        if cut is None:
            self.position = self._end
            return opening + self._text[start : self._end]
        context = self._go_on(window, cut)
        body = self._text[start:cut]
        if context.fence:
            return opening + body.removesuffix("\n") + self._repairs(context, limit)[1]
        return opening + body.rstrip()

    def _repairs(self, context: Context, limit: int) -> tuple[str, str]:
        """What a piece that starts, or ends, in `context` begins, or ends, with."""
        if 2 * self._measure(context.reopening + context.closing) > limit:
            return "", ""
        return context.reopening, context.closing

    def _go_on(self, window: _Window, cut: int) -> Context:
        """Set up the piece behind `cut`; what is open at the cut itself."""
        text = self._text
        at_line_start = cut in window.contexts
        context = window.contexts[cut] if at_line_start else self._line_context(window, cut)
        if not context.fence:
            self.position = self._past_blank(cut)
        else:
            self.position = cut + (text[cut : cut + 1] == "\n" and not at_line_start)
        lines_ended = text.count("\n", cut, self.position)
        self._within_line = not at_line_start and not lines_ended
        self._context = context
        if lines_ended and not at_line_start:
            self._context = after_line(context, text[text.rfind("\n", 0, cut) + 1 : cut] + "\n")
            lines_ended -= 1
        if lines_ended:
            self._context = PLAIN
        return context

    def _line_context(self, window: _Window, place: int) -> Context:
        """What is open in the line that `place` is within."""
        if place >= window.line:
            return window.context
        line = self._text.rfind("\n", self.position, place) + 1
        return window.contexts.get(line, self._context)

    def _shows(self, place: int) -> int:
        """The next character that shows."""
        while place < self._end and self._text[place].isspace():
            place += 1
        return place

    def _past_blank(self, place: int) -> int:
        """The next character that shows, or the indentation before it when it starts a line."""
        shows = self._shows(place)
        line = self._text.rfind("\n", place, shows) + 1
        if line:
            return line
        return place if place == 0 or self._text[place - 1] == "\n" else shows

    def _read(self, limit: int, room: int) -> _Window:
        """Read lines from where the piece starts until `room` is full, with what must be closed after them."""
        at, size = self.position, 0
        window = _Window(self._context, at, at)
        while at < self._end:
            line = self._line(at, room - size)
            after = self._context_after(window.context, line, at)
            closing = self._measure(self._repairs(after, limit)[1])
            fitting = self._fitting_line(window.context, line, room - size, closing, first=at == self.position)
            if fitting is not None:
                window.full = at + fitting
                self._read_inside(window, at, window.full + 1, size, limit)
                return window
            if after.fence or window.context.fence:
                window.atoms.break_off(at)
            else:
                self._read_inside(window, at, at + len(line), size, limit)
            size += self._measure(line)
            at += len(line)
            if at < self._end:
                self._begin_line(window, at, line, after, size)
        return window

    def _fitting_line(self, context: Context, line: str, room: int, closing: int, *, first: bool) -> int | None:
        """How much of a line fits into `room` with what must be closed after it; None when all of it does."""
        content = line.removesuffix("\n")
        if context.fence and context.fence.may_be_closed_by(line):
            # What may turn out to be the closing line needs no other; it goes whole or not at all.
            fitting = self._fitting(content, room)
            if room >= 0 and fitting == len(content):
                return None
            return self._fitting(content, room - closing) if first else 0
        if self._append_only and not context.fence and not first and self._measure(least_fence(line)) > room:
            return 0  # a growing piece that shows the first mark of a fence must have room for the whole
        fitting = self._fitting(content, room - closing)
        return fitting if room < closing or fitting < len(content) else None

    def _line(self, at: int, room: int) -> str:
        """The line from `at`, or as much of it as shows that it does not fit."""
        most = min(self._end, at + max(0, room) + 1)
        newline = self._text.find("\n", at, most + 1)
        return self._text[at : most if newline < 0 or newline >= self._end else newline + 1]

    def _fitting(self, text: str, size: int) -> int:
        """How many characters of `text` fit into `size`."""
        if self._measure(text) <= size:
            return len(text)
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self._measure(text[:middle]) <= size:
                low = middle
            else:
                high = middle - 1
        return low

    def _context_after(self, context: Context, line: str, at: int) -> Context:
        if at == self.position and self._within_line:
            # The end of a line that was cut: it opens and closes nothing.
            return context if context.fence or context.header else PLAIN
        return after_line(context, line)

    def _read_inside(self, window: _Window, at: int, stop: int, size: int, limit: int) -> None:
        """Find the spans of a line of prose, and the places within it where a growing piece may end."""
        context, atoms = window.context, window.atoms
        if context.fence:
            return
        line = self._text[at:stop]
        if not line.strip():
            atoms.break_off(at)
            return
        atoms.read(self._text, at, stop)
        if context.header:
            atoms.break_off(stop)
        elif self._append_only:
            self._find_ends_within(window, line, at, size, limit)

    def _find_ends_within(self, window: _Window, line: str, at: int, size: int, limit: int) -> None:
        nearly_full = at + self._fitting(line, int(_APPEND_FILL[_Place.SENTENCE] * limit) - size)
        first = max(nearly_full, self._shows(self.position) + 1)
        for place in range(first, min(at + len(line), self._end)):
            kind = self._kind_within(place)
            if kind is not None and window.atoms.around(place) is None:
                window.breaks.append((place, kind, size + self._measure(self._text[at:place])))

    def _kind_within(self, place: int) -> _Place | None:
        """What ends at a place within a line of prose."""
        text = self._text
        if text[place - 1] in _WIDE_SENTENCE_ENDS:
            return _Place.SENTENCE
        if not text[place].isspace() or text[place] == "\n" or text[place - 1].isspace():
            return None
        last = place - 1
        while last > self.position and text[last] in _AFTER_SENTENCE:
            last -= 1
        return _Place.SENTENCE if text[last] in _SENTENCE_ENDS else _Place.WORD

    def _begin_line(self, window: _Window, at: int, line: str, after: Context, size: int) -> None:
        before = window.context
        kind = self._kind_between(window, at, line, after)
        if kind is not None:
            window.breaks.append((at, kind, size))
        if (before.fence, before.header) != (after.fence, after.header):
            window.stretch = at
        window.contexts[at] = window.context = after
        window.line = at

    def _kind_between(self, window: _Window, at: int, line: str, after: Context) -> _Place | None:
        """What ends with `line`, before the line at `at`; None where a cut would break something."""
        before = window.context
        if before.fence:
            if not after.fence:
                return _Place.PARAGRAPH
            following = self._text[at : at + _INDENTATION].lstrip(" \t>")[:1]
            # The closing line must not stand alone in the next piece.
            return None if following == after.fence.closing[-1] else _Place.ROW
        if after.fence or after.before:
            return None  # a fence has just been opened; the line may be a table's header
        if not line.strip():
            return _Place.PARAGRAPH
        if after.header:
            return _Place.ROW if before.header else None
        return None if window.atoms.open else _Place.LINE

    def _where_grown(self, window: _Window, limit: int) -> int | None:
        """Where a piece that can only grow ends: the first place that is good enough by what stands before it."""
        good = (place for place, kind, size in window.breaks if size >= _APPEND_FILL[kind] * limit)
        place = min(good, default=None)
        if place is not None or window.full is None:
            return place
        return self._between_clusters(self.position, window.full)

    def _where_full(self, window: _Window) -> int | None:
        """Where a piece ends that is not to be longer than it must: at its last good place."""
        if window.full is None:
            return None
        full = window.full
        start = self.position
        half = start + (full - start) * _FULL_ENOUGH
        last = {kind: place for place, kind, _ in window.breaks if place <= full}
        for kind in (_Place.PARAGRAPH, _Place.LINE, _Place.ROW):
            place = last.get(kind, -1)
            if place >= half or (kind is _Place.ROW and place >= window.stretch and place > start):
                return place
        block = bool(window.context.fence or window.context.header)
        first = max(self._shows(start) + 1, window.line if block else window.stretch)
        if block and last:
            return max(last.values())
        within = self._last_within(window, first, full, half)
        if within is not None:
            return within
        return max(last.values(), default=0) or self._before_span(window, first, full)

    def _last_within(self, window: _Window, first: int, full: int, half: float) -> int | None:
        """The last end of a sentence from `half` on, else of a word from `first` on, outside every span."""
        word = None
        place = full
        while place >= first and (word is None or place >= half):
            span = window.atoms.around(place)
            if span is not None:
                place = span[0]
                continue
            kind = self._kind_within(place)
            if kind is _Place.SENTENCE and place >= half:
                return place
            if kind is not None and word is None:
                word = place
            place -= 1
        return word

    def _before_span(self, window: _Window, first: int, full: int) -> int:
        """A cut where no word ends outside a span: before the span it would divide, if that is possible."""
        span = window.atoms.around(full)
        if span is not None:
            if span[0] >= first:
                return span[0]
            # The span alone is too long for a piece: it is cut like words.
            for place in range(full, first - 1, -1):
                if self._kind_within(place) is not None:
                    return place
        return self._between_clusters(first, full)

    def _between_clusters(self, first: int, full: int) -> int:
        start = self.position
        boundary = start + grapheme_boundary_before(self._text[start : full + 1], full + 1 - start)
        return max(boundary if boundary >= first else full, start + 1)
