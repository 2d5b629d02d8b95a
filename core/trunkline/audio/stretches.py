"""A growing Markdown text cut, from left to right, into stretches that can be read out one by one. Pure.

A place is judged by what stands before it and a few characters behind, and never again: what is appended to the
text later only adds stretches. That a text's later part could change how Markdown reads an earlier one is given up
for that; marks that a cut leaves without their partner are for the reader to leave out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..dialects import Dialect
from ..structure import PLAIN, Atoms, Context, after_line
from .vocabulary import primary

FIRST_CLAUSE: Final = 40
"""Characters after which a comma ends the first stretch of all, so that speech starts soon."""
LONG_CLAUSE: Final = 200
"""Characters after which a comma ends any stretch."""
LONGEST: Final = 400
"""Characters after which the end of a word does."""

_CLAUSE_ENDS: Final = ",;:，、；：،؛"
_WIDE: Final = "。！？｡，、；："
"""Signs of scripts that put no space behind them."""
_CLOSERS: Final = "\"'”’»)]*_~」』）】"
_ENDS: Final = ".!?…。！？｡؟।॥۔"
_EVENT: Final = re.compile(rf"[\n|{re.escape(_ENDS + _CLAUSE_ENDS)}]")
_SPACE: Final = re.compile(r"\s")
_DELIMITER: Final = re.compile(r"[ \t|:>-]*")
_MARKER: Final = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\n|\Z)")
_NUMBER: Final = re.compile(r"\d{1,2}")
_ORDINALS: Final = frozenset({"cs", "da", "de", "et", "fi", "hr", "hu", "lv", "nb", "nn", "no", "pl", "sk", "sl"})
"""Languages that write "3." for "third"."""
_ABBREVIATIONS: Final = (
    "mr mrs ms dr prof sr jr st vs etc e.g i.e eg ie cf approx vol pp inc ltd dept ca u.s u.k u.n "
    "bzw z.b d.h u.a usw nr evtl ggf sog vgl str mme mlle mm p.ex sra srta ud uds dra pág núm p.ej sig "
    "sig.ra dott ecc pag г гг т.е т.д т.п др им ул руб тыс млн млрд стр"
)
"""Words before a point that ends no sentence."""
_NO_ENDS: Final = frozenset(_ABBREVIATIONS.split())
_NUMBERED: Final = (
    "no nos n art fig figs sec ch chap eq tab p v jan feb mar apr jun jul aug sep sept oct nov dec abb kap abs "
    "cap núm гл рис табл с"
)
"""Words before a point that ends no sentence where a number follows: else they are words of their own."""
_BEFORE_NUMBERS: Final = frozenset(_NUMBERED.split())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the text: what is read out, or what is only named."""

    kind: Literal["prose", "code", "table"]
    source: str = ""


def stretches(text: str, *, final: bool, early: bool, dialect: Dialect, language: str = "") -> Iterator[Stretch]:
    """The stretches of `text` that are whole by now; with `final` all of it is.

    `early`: nothing was read before, so that a first clause goes alone.
    """
    return iter(_Cutter(text, final, early, dialect, language).run())


class _Undecided(Exception):
    """What follows decides, and is not there yet."""


class _Cutter:
    def __init__(self, text: str, final: bool, early: bool, dialect: Dialect, language: str) -> None:
        self._text = text
        self._final = final
        self._early = early
        self._dialect = dialect
        self._ordinals = primary(language) in _ORDINALS
        self._found: list[Stretch] = []
        self._start = 0
        """Where the stretch begins that is not cut yet."""
        self._line = 0
        self._atoms = Atoms()
        self._read = 0
        self._in_list = False

    def run(self) -> list[Stretch]:
        try:
            context = PLAIN
            while self._line < len(self._text):
                context = self._take_line(context)
            self._cut(len(self._text))
        except _Undecided:
            pass
        return self._found

    # ------------------------------------------------------------ lines

    def _take_line(self, context: Context) -> Context:
        """Go through the line that `_line` begins, up to the next one."""
        start = self._line
        stop = self._text.find("\n", start) + 1
        if context.fence or context.header:
            return self._pass_over(start, stop, context)
        if self._dialect.markdown and self._may_open_fence(start, stop):
            after = after_line(context, self._text[start : self._whole(stop)])
            if after.fence:
                return self._begin(start, self._whole(stop), after, "code")
        if self._dialect.markdown and self._is_indented_code(start, stop):
            return self._begin(start, self._whole(stop), PLAIN, "code")
        return self._take_prose(start, stop)

    def _whole(self, stop: int) -> int:
        """Where the line ends, which must be there."""
        if stop:
            return stop
        if not self._final:
            raise _Undecided
        return len(self._text)

    def _pass_over(self, start: int, stop: int, context: Context) -> Context:
        end = self._whole(stop)
        line = self._text[start:end]
        after = after_line(context, line)
        if context.header and not after.header:
            return self._take_line(PLAIN)  # it ended the table and is a line of its own
        self._line = self._start = self._read = end
        return after

    def _begin(self, start: int, end: int, after: Context, kind: Literal["code", "table"]) -> Context:
        """A block that is not read begins with this line."""
        self._cut(start)
        self._found.append(Stretch(kind))
        self._early = False
        self._line = self._start = self._read = end
        return after

    def _may_open_fence(self, start: int, stop: int) -> bool:
        """The line begins like a fence, behind whatever it is in."""
        end = stop or len(self._text)
        head = self._text[start:end].lstrip(" \t>")
        marker = _MARKER.match(head)
        rest = head[marker.end() :] if marker else head
        return rest.startswith(("```", "~~~"))

    def _is_indented_code(self, start: int, stop: int) -> bool:
        end = stop or len(self._text)
        line = self._text[start:end]
        words = line.lstrip(" \t")
        if not words.strip():
            if not stop and not self._final:
                raise _Undecided
            return False
        if _MARKER.match(line):
            self._in_list = True
            return False
        blank_before = start == 0 or self._text[max(0, start - 2) : start] == "\n\n"
        if blank_before and not line.startswith((" ", "\t")):
            self._in_list = False
        if self._in_list or not line.startswith(("    ", "\t")):
            return False
        goes_on = self._start == start and bool(self._found) and self._found[-1].kind == "code"
        return blank_before or goes_on

    # ------------------------------------------------------------ prose

    def _take_prose(self, start: int, stop: int) -> Context:
        end = stop - 1 if stop else len(self._text)
        row = False
        position = start
        while True:
            event = _EVENT.search(self._text, position, end)
            place = event.start() if event else end
            self._cut_long(place)
            if event is None:
                break
            position = place + 1
            if event[0] == "|":
                if self._dialect.markdown and not row and self._heads_table(start, stop):
                    return self._take_table(start, stop)
                row = True
            elif (cut := self._judged(place, end)) is not None:
                self._cut(cut)
                position = max(position, cut)
        if not stop:
            if not self._final:
                raise _Undecided
            self._line = len(self._text)
            return PLAIN
        self._end_line(stop)
        return PLAIN

    def _heads_table(self, start: int, stop: int) -> bool:
        """The line after this one says that they begin a table."""
        end = self._whole(stop)
        following = self._text.find("\n", end)
        line = self._text[end : following + 1 or len(self._text)]
        if following < 0 and not self._final and _DELIMITER.fullmatch(line):
            raise _Undecided
        header = Context(before=self._text[start:end])
        return bool(after_line(header, line).header)

    def _take_table(self, start: int, stop: int) -> Context:
        following = self._text.find("\n", stop) + 1 or len(self._text)
        return self._begin(start, following, Context(header="|"), "table")

    def _end_line(self, stop: int) -> None:
        """Whether a stretch ends with the line: it does not where the next one goes on with something."""
        self._line = stop
        line_end = stop - 1
        shows = self._shows(stop)
        blank = self._text.find("\n", stop, shows) >= 0 or shows >= len(self._text)
        if not blank and not self._begins_block(stop, shows) and self._goes_on(line_end, shows):
            return
        self._atoms.break_off(line_end)
        self._cut(stop)

    def _goes_on(self, line_end: int, shows: int) -> bool:
        self._read_to(line_end)
        if self._atoms.open or self._formula_open(line_end):
            return True
        return not self._dialect.line_breaks or self._text[shows].islower()

    def _begins_block(self, stop: int, shows: int) -> bool:
        if not self._dialect.markdown:
            return False
        if self._text[shows] in "#>|=<":
            return True
        if self._text[shows] not in "-*+0123456789`~":
            return False
        tail = self._text[shows : shows + 12]
        if len(tail) < 12 and "\n" not in tail and not self._final and not tail.rstrip("-*+0123456789.)`~"):
            raise _Undecided
        return _MARKER.match(tail) is not None or tail.startswith(("```", "~~~", "---", "***"))

    def _shows(self, place: int) -> int:
        """The next character that shows; the end of a text that is not final decides nothing."""
        while place < len(self._text) and self._text[place].isspace():
            place += 1
        if place >= len(self._text) and not self._final:
            raise _Undecided
        return place

    # ------------------------------------------------------------ sentences

    def _judged(self, place: int, end: int) -> int | None:
        """Where a stretch ends that the sign at `place` ends; None where it ends none."""
        sign = self._text[place]
        after = place + 1
        while after < end and (self._text[after] in _CLOSERS or self._text[after] in _ENDS):
            after += 1
        self._must_be_there(after)
        if sign in _CLAUSE_ENDS and not self._ends_clause(place):
            return None
        if after < end and sign not in _WIDE and not self._text[after].isspace():
            return None
        if sign in _ENDS and sign not in _WIDE and not self._ends_sentence(place, after):
            return None
        self._read_to(after)
        return None if self._atoms.open or self._formula_open(after) else after

    def _must_be_there(self, place: int) -> None:
        if place >= len(self._text) and not self._final:
            raise _Undecided

    def _ends_clause(self, place: int) -> bool:
        length = place - self._start
        if self._text[place] in _WIDE:
            length *= 2  # a sign says as much as two letters
        return length >= (FIRST_CLAUSE if self._early else LONG_CLAUSE)

    def _ends_sentence(self, place: int, after: int) -> bool:
        shows = after
        while shows < len(self._text) and self._text[shows] in " \t":
            shows += 1
        self._must_be_there(shows)
        if shows < len(self._text) and self._text[shows].islower():
            return False
        if self._text[place] != ".":
            return True
        words = self._text[max(self._start, place - 24) : place].split()
        word = words[-1].lstrip("(\"'“„«*_[").lower() if words else ""
        if _NUMBER.fullmatch(word):
            return not self._ordinals and bool(self._text[self._start : place].strip("0123456789 \t\n>#*_-"))
        if word in _BEFORE_NUMBERS and self._text[shows : shows + 1].isdigit():
            return False
        initial = len(word) == 1 and word.isalpha() and word != "i"
        return not initial and word not in _NO_ENDS

    def _formula_open(self, place: int) -> bool:
        source = self._text[self._start : place]
        return any(
            source.count(left) % 2 == 1 if left == right else source.count(left) > source.count(right)
            for left, right, _ in self._dialect.math
            if len(left) > 1  # a single "$" is money as well
        )

    def _read_to(self, place: int) -> None:
        if place > self._read:
            self._atoms.read(self._text, self._read, place)
            self._read = place

    def _cut_long(self, before: int) -> None:
        """Cut what goes on for too long, at the end of a word."""
        while self._start + LONGEST < before:
            space = _SPACE.search(self._text, self._start + LONGEST, before)
            if space is None:
                return
            self._cut(space.start())

    def _cut(self, place: int) -> None:
        source = self._text[self._start : place]
        self._start = place
        self._read = max(self._read, place)
        if source.strip():
            self._found.append(Stretch("prose", source))
            self._early = False
