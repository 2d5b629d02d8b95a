"""What is open at a place in Markdown: fences, tables, links; found in one pass that never looks ahead.

It knows just enough of Markdown to cut a text where nothing breaks. Because it reads from left to right and
judges a place by what stands before it, text that is appended later never changes a judgement.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fence:
    """A code fence that is open: the line that opened it, and what closes it."""

    opening: str
    closing: str

    def closed_by(self, line: str) -> bool:
        marks = line.strip(" \t\r\n>")
        return len(marks) >= len(self.closing.strip(" \t>")) and self.may_be_closed_by(line)

    def may_be_closed_by(self, line: str) -> bool:
        """`line`, read so far, could be the closing line."""
        marks = line.strip(" \t\r\n>")
        return bool(marks) and not marks.strip(self.closing[-1])


@dataclass(frozen=True, slots=True)
class Context:
    """What is open at the start of a line."""

    fence: Fence | None = None
    header: str = ""
    """The header lines of the table that the line goes on with."""
    before: str = ""
    """The line before, where it may be a table's header."""

    @property
    def reopening(self) -> str:
        return self.fence.opening + "\n" if self.fence else self.header

    @property
    def closing(self) -> str:
        return "\n" + self.fence.closing if self.fence else ""


PLAIN = Context()


def after_line(context: Context, line: str) -> Context:
    if context.fence:
        return PLAIN if context.fence.closed_by(line) else context
    fence = _opened_by(line)
    if fence:
        return Context(fence=fence)
    if "|" not in line:
        return PLAIN
    if context.header:
        return context
    if context.before and "-" in line and not line.strip(" \t\r\n|:->"):
        return Context(header=context.before + line)
    return Context(before=line)


def _opened_by(line: str) -> Fence | None:
    """The fence that a line opens, in quotes and list items too."""
    start = _container_width(line)
    rest = line[start:].rstrip()
    mark = rest[:1]
    if mark not in ("`", "~") or not rest.startswith(mark * 3):
        return None
    width = len(rest) - len(rest.lstrip(mark))
    if mark == "`" and "`" in rest[width:]:
        return None
    # A list item's fence goes on at its indentation: the marker must not start another item.
    container = "".join(sign if sign in " \t>" else " " for sign in line[:start])
    return Fence(container + rest, container + mark * width)


def least_fence(line: str) -> str:
    """The shortest fence, closed at once, that a line which begins like this may become; "" for none."""
    start = _container_width(line)
    container, mark = line[:start], line[start : start + 1]
    return f"{container}{mark * 3}\n{container}{mark * 3}" if mark in ("`", "~") else ""


def _container_width(line: str) -> int:
    """How much of a line is indentation, quote signs and list markers."""
    position = 0
    while position < len(line):
        if line[position] in " \t>":
            position += 1
            continue
        marker = position
        while line[marker : marker + 1].isdecimal() and marker - position < 9:
            marker += 1
        signs = ".)" if marker > position else "-*+"
        if line[marker : marker + 1] not in tuple(signs) or line[marker + 1 : marker + 2] not in (" ", "\t"):
            break
        position = marker + 2
    return position


_OPENERS = frozenset("[`<\\:")
_ANGLE_STARTS = frozenset("@#!:/")
_ADDRESS_ENDS = frozenset('<>"`|')
_OPEN_END = 1 << 62


@dataclass(slots=True)
class Atoms:
    """Spans that must not be cut: links, images, code spans, bare addresses, `<…>`.

    A bracket or backtick that is never closed counts to the end of its paragraph: whether it will be closed
    cannot be known when a place before its end is judged.
    """

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    _mode: Literal["", "label", "address", "code", "angle"] = ""
    _start: int = 0
    _depth: int = 0
    """Open brackets, or the backticks that close a code span, or whether `<…>` may hold spaces."""

    @property
    def open(self) -> bool:
        return bool(self._mode)

    def around(self, position: int) -> tuple[int, int] | None:
        """The span that a cut at `position` would divide."""
        index = bisect_left(self.starts, position) - 1
        if index >= 0 and position < self.ends[index]:
            return self.starts[index], self.ends[index]
        return (self._start, _OPEN_END) if self._mode and self._start < position else None

    def break_off(self, position: int) -> None:
        """A paragraph ends: nothing goes on into the next one."""
        if self._mode:
            self._close(position)

    def read(self, text: str, start: int, stop: int) -> None:
        """Read `text` from `start` to `stop`, within one line."""
        position = start
        while position < stop:
            if self._mode == "code":
                position = self._in_code(text, position, stop)
            elif self._mode == "angle":
                position = self._in_angle(text, position)
            elif self._mode:
                position = self._in_brackets(text, position, stop)
            elif text[position] in _OPENERS:
                position = self._opener(text, position, stop)
            else:
                position += 1

    def _enter(self, mode: Literal["label", "code", "angle"], start: int, depth: int = 1) -> None:
        self._mode, self._start, self._depth = mode, start, depth

    def _close(self, end: int) -> None:
        self.starts.append(self._start)
        self.ends.append(end)
        self._mode = ""

    def _opener(self, text: str, position: int, stop: int) -> int:
        sign = text[position]
        if sign == "\\":
            return position + 2
        if sign == "[":
            image = position > 0 and text[position - 1] == "!"
            self._enter("label", position - image)
        elif sign == "`":
            run = _run(text, position, stop)
            self._enter("code", position, run)
            return position + run
        elif sign == "<":
            following = text[position + 1 : position + 2]
            if following in _ANGLE_STARTS or (following.isascii() and following.isalpha()):
                # A command with a subcommand holds a space: "</name sub:1>".
                self._enter("angle", position, int(following == "/"))
        elif text.startswith("://", position):
            return self._address(text, position, stop)
        return position + 1

    def _address(self, text: str, position: int, stop: int) -> int:
        """A bare address: its scheme is behind us, the rest goes on to white space or a sign that ends it."""
        start = position
        while start > 0 and text[start - 1].isascii() and text[start - 1].isalnum():
            start -= 1
        end = position + 3
        while end < stop and text[end].isascii() and not text[end].isspace() and text[end] not in _ADDRESS_ENDS:
            end += 1
        if start < position:
            self.starts.append(start)
            self.ends.append(end)
        return end

    def _in_code(self, text: str, position: int, stop: int) -> int:
        tick = text.find("`", position, stop)
        if tick < 0:
            return stop
        run = _run(text, tick, stop)
        if run == self._depth:
            self._close(tick + run)
        return tick + run

    def _in_angle(self, text: str, position: int) -> int:
        sign = text[position]
        if sign == ">":
            self._close(position + 1)
        elif sign == "|":
            self._depth = 1  # a label follows: "<address|two words>"
        elif sign == "\n" or (sign.isspace() and not self._depth):
            self._mode = ""
        return position + 1

    def _in_brackets(self, text: str, position: int, stop: int) -> int:
        opening, closing = "[]" if self._mode == "label" else "()"
        sign = text[position]
        if sign == "\\":
            return position + 2
        if sign == opening:
            self._depth += 1
        elif sign == closing:
            self._depth -= 1
            if self._depth == 0:
                if self._mode == "label" and position + 1 < stop and text[position + 1] == "(":
                    self._mode, self._depth = "address", 1
                    return position + 2
                self._close(position + 1)
        return position + 1


def _run(text: str, position: int, stop: int) -> int:
    """How many times the sign at `position` stands there."""
    end = position + 1
    while end < stop and text[end] == text[position]:
        end += 1
    return end - position
