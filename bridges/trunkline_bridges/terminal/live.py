"""The screen of a terminal: what has ended scrolls away, what still changes is redrawn in its place.

Below everything printed for good lies the *region*: the end of the running reply, its status line, messages that
wait, and the line being typed. A frame writes the lines of the region that changed, in one write. Lines of the
reply go from the region into what is printed once they are stable and there is no room for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.rule import Rule
from wcwidth import wcswidth, wcwidth

from trunkline.backend import AppProfile
from trunkline.clock import Clock
from trunkline.markup_rules import Delimiter
from trunkline.messages import Json
from trunkline.quantities import whole_seconds_text
from trunkline.words import words

from .console import Console
from .drawing import Drawn, Pen, spinner
from .limits import WIDTH
from .options import TerminalOptions
from .prompt import Line
from .wording import clean, status_text

_FRAME_BEGINS, _FRAME_ENDS = "\x1b[?2026h\x1b[?25l", "\x1b[?25h\x1b[?2026l"
"""Terminals that know "synchronized output" show a frame at once; the cursor hides meanwhile."""
_ERASE_LINE, _ERASE_BELOW = "\x1b[2K", "\x1b[J"
_PROMPT = "› "


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines that can be redrawn, and where the cursor stands in them."""

    lines: tuple[str, ...] = ("",)
    row: int = 0
    column: int = 0


class LiveScreen:
    """A `Screen` that draws."""

    def __init__(self, console: Console, options: TerminalOptions, clock: Clock) -> None:
        self._console = console
        self._options = options
        self._clock = clock
        self._columns, self._rows = console.size()
        self._pen = self._new_pen()
        self._region = _Region()
        self._body: Mapping[str, Any] | None = None
        self._printed: tuple[str, ...] = ()
        self._began = 0.0
        self._pending: dict[str, float] = {}
        self._math: tuple[Delimiter, ...] = ()
        self._line: Line | None = None
        self._waiting: tuple[str, ...] = ()
        self._busy = False

    def begin(self, profile: AppProfile, *, introduce: bool) -> None:
        self._math = profile.latex_delimiters
        if not introduce:
            return
        title = clean(profile.title or profile.name)
        lines = [*self._pen.lines(Rule(f" {title} ", align="left", style="dim"))]
        about = profile.description or profile.placeholder
        if about:
            lines += self._pen.reply(_said(about), math=self._math).lines
        self._print([*lines, ""])

    def show(self, body: Mapping[str, Json]) -> None:
        if self._body is None or self._body["turn"] != body["turn"]:
            self._finish()
            self._began = self._clock.now()
            self._pending = {}
        self._body = body
        if body["final"]:
            self._finish()
        else:
            self._draw()

    def echo(self, text: str) -> None:
        if self._line is None and not self._busy and self._body is None and not text:
            return
        first, *others = clean(text).split("\n")
        shown = "\n".join((f"{_PROMPT}{first}", *(f"  {line}" for line in others)))
        self._print([*self._pen.styled(shown, "bold cyan")])

    def tell(self, text: str) -> None:
        self._print([*self._pen.styled(text, "dim"), ""])

    def complain(self, text: str) -> None:
        self._print([*self._pen.styled(text, "red"), ""])

    def type(self, line: Line | None, waiting: Sequence[str] = (), *, busy: bool = False) -> None:
        if busy and not self._busy:
            self._began = self._clock.now()
        self._line, self._waiting, self._busy = line, tuple(waiting), busy
        self._draw()

    def refresh(self, *, resized: bool = False) -> None:
        if resized:
            self._resize()
        self._draw()

    def close(self) -> None:
        self._finish()
        self._line, self._waiting, self._busy = None, (), False
        self._draw()

    # What is printed for good

    def _print(self, lines: Sequence[str]) -> None:
        """Print lines above the region. A reply that runs goes on below them."""
        if self._body is not None and self._printed:
            # What is in between must not look like a part of the reply.
            lines = ["", *lines]
        self._write(lines, self._make_region())

    def _finish(self) -> None:
        """Print the rest of the reply; as a whole, where what was printed of it has changed since."""
        if self._body is None:
            return
        drawn = self._drawn(self._body)
        body, self._body = self._body, None
        count = len(self._printed)
        rest: Sequence[str] = drawn.lines[count:]
        if drawn.lines[:count] != self._printed:
            rest = ["", *self._pen.lines(Rule(style="dim")), *drawn.lines]
        self._printed = ()
        if drawn.lines or body["final"]:
            self._write([*rest, ""], self._make_region())

    # What can be redrawn

    def _drawn(self, body: Mapping[str, Any]) -> Drawn:
        return self._pen.reply(body, self._elapsed, self._math)

    def _elapsed(self, thought: Mapping[str, Any]) -> float:
        """Seconds since a pending thought was first seen."""
        now = self._clock.now()
        return now - self._pending.setdefault(str(thought.get("id") or thought["title"]), now)

    def _draw(self) -> None:
        self._write((), self._make_region())

    def _make_region(self) -> _Region:
        footer, row, column = self._footer()
        tail: Sequence[str] = ()
        if self._body is not None and not self._body["final"]:
            room = max(1, self._rows - 1 - len(footer) - 1)
            tail = self._tail(self._drawn(self._body), room)
        gap = ("",) if tail and footer[0] else ()
        lines = (*tail, *gap, *footer)
        return _Region(lines, len(tail) + len(gap) + row, column)

    def _tail(self, drawn: Drawn, room: int) -> Sequence[str]:
        """The end of the reply that fits; stable lines above it are printed for good."""
        lines, printed = drawn.lines, len(self._printed)
        if lines[:printed] != self._printed:
            # The beginning has changed, which the final will print: until then its end is enough.
            return lines[max(printed, len(lines) - room) :]
        over = len(lines) - printed - room
        leaving = min(printed + over, drawn.stable) if over > 0 else printed
        if leaving > printed:
            self._printed = lines[:leaving]
            self._write(lines[printed:leaving], _Region())
        return lines[max(leaving, len(lines) - room) :]

    def _footer(self) -> tuple[list[str], int, int]:
        """Status line, waiting messages, the line being typed; and where the cursor stands."""
        lines: list[str] = []
        if self._busy or (self._body is not None and not self._body["final"]):
            lines.append(self._status())
        lines += [self._one_line(f"⋯ {clean(text)}", "dim") for text in self._waiting]
        if self._line is None:
            lines.append("")
            return lines, len(lines) - 1, 0
        if lines:
            lines.append("")
        typed, row, column = _wrapped(self._line, self._pen.width, max(1, self._rows // 2))
        if not self._line.text:
            typed = [self._one_line(words("typing_hint"), "dim", prompt=True)]
        else:
            typed = [self._mark(line, number == 0) for number, line in enumerate(typed)]
        return [*lines, *typed], len(lines) + row, column + len(_PROMPT)

    def _mark(self, line: str, first: bool) -> str:
        return (self._pen.styled(_PROMPT.rstrip(), "bold cyan")[0] + " " if first else "  ") + line

    def _status(self) -> str:
        elapsed = self._clock.now() - self._began
        notices = self._body["notices"] if self._body is not None else ()
        said = [status_text(notices)]
        if elapsed >= 1:
            said.append(whole_seconds_text(elapsed))
        if self._line is not None:
            said.append(words("stopping_hint"))
        return self._one_line(f"{spinner(elapsed)} {' · '.join(text for text in said if text)}", "dim")

    def _one_line(self, text: str, style: str, *, prompt: bool = False) -> str:
        room = self._pen.width - (len(_PROMPT) if prompt else 0)
        first = text.split("\n")[0]
        while wcswidth(first) > room:
            first = first[:-2] + "…"
        drawn = self._pen.styled(first, style)[0]
        return self._mark(drawn, first=True) if prompt else drawn

    # Writing

    def _write(self, printed: Sequence[str], region: _Region) -> None:
        """One frame: `printed` above the region, whose changed lines are written anew."""
        old = self._region
        if not printed and region == old:
            return
        out = [_FRAME_BEGINS, "\r"]
        if old.row:
            out.append(f"\x1b[{old.row}A")
        if printed:
            rows = [f"{_ERASE_LINE}{line}" for line in (*printed, *region.lines)]
        else:
            rows = [
                "" if number < len(old.lines) and old.lines[number] == line else f"{_ERASE_LINE}{line}"
                for number, line in enumerate(region.lines)
            ]
        out.append("\r\n".join(rows))
        drawn = len(printed) + len(region.lines)
        if drawn < len(old.lines):
            out.append(f"\r\n{_ERASE_BELOW}\x1b[A")
        back = len(region.lines) - 1 - region.row
        out.append("\r" + (f"\x1b[{back}A" if back else "") + (f"\x1b[{region.column}C" if region.column else ""))
        out.append(_FRAME_ENDS)
        self._region = region
        self._console.write("".join(out))

    def _resize(self) -> None:
        """The terminal has wrapped the region anew: go to where it begins now, and draw it from there."""
        self._columns, self._rows = self._console.size()
        before, self._pen = self._pen, self._new_pen()
        old = self._region
        if self._pen.width != before.width:
            # What was printed was drawn at another width: the final compares it with nothing.
            above = sum(max(1, -(-wcswidth(_plain(line)) // self._columns)) for line in old.lines[: old.row])
            self._printed = self._drawn(self._body).lines[: len(self._printed)] if self._body else ()
            self._console.write("\r" + (f"\x1b[{above}A" if above else "") + _ERASE_BELOW)
            self._region = _Region()

    def _new_pen(self) -> Pen:
        # The last column stays empty: a terminal that has filled it wraps or does not, as it likes.
        width = self._options.width or min(self._columns - 1, WIDTH)
        return Pen(max(20, min(width, self._columns - 1)), self._options.colour)


def _said(text: str) -> dict[str, Any]:
    """A body that says just that."""
    part = {"type": "text", "text": text}
    return {"final": True, "parts": [part], "artifacts": (), "notices": (), "options": (), "state": "final"}


def _wrapped(line: Line, width: int, rows: int) -> tuple[list[str], int, int]:
    """The typed text as lines behind the prompt, and the cursor's row and column; at most `rows` around it."""
    room = width - len(_PROMPT) - 1
    lines, row, column, filled = [""], 0, 0, 0
    for at, sign in enumerate(line.text):
        if at == line.cursor:
            row, column = len(lines) - 1, filled
        cells = max(0, wcwidth(sign))
        if sign == "\n" or filled + cells > room:
            lines.append("")
            filled = 0
        if sign != "\n":
            lines[-1] += sign
            filled += cells
    if line.cursor == len(line.text):
        row, column = len(lines) - 1, filled
    top = max(0, min(row - rows + 1, len(lines) - rows)) if len(lines) > rows else 0
    return lines[top : top + rows], row - top, column


def _plain(line: str) -> str:
    """A drawn line without its colours."""
    out, rest = "", line
    while rest:
        text, escape, rest = rest.partition("\x1b[")
        out += text
        if escape:
            rest = rest.partition("m")[2]
    return out
