"""The line that is being typed: bytes of a keyboard to keys, keys to text. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from wcwidth import wcwidth


class Key(Enum):
    """A key that types no character."""

    ENTER = auto()
    NEWLINE = auto()
    BACKSPACE = auto()
    DELETE = auto()
    LEFT = auto()
    RIGHT = auto()
    UP = auto()
    DOWN = auto()
    HOME = auto()
    END = auto()
    WORD_LEFT = auto()
    WORD_RIGHT = auto()
    DELETE_WORD = auto()
    DELETE_BEFORE = auto()
    DELETE_AFTER = auto()
    TAB = auto()
    END_OF_INPUT = auto()


Press: TypeAlias = "Key | str"
"""A key, or characters to insert as they are."""

_CONTROLS: Final = {
    "\r": Key.ENTER,
    "\n": Key.ENTER,  # typed before the keyboard was ours
    "\t": Key.TAB,
    "\x7f": Key.BACKSPACE,
    "\x08": Key.BACKSPACE,
    "\x01": Key.HOME,
    "\x02": Key.LEFT,
    "\x04": Key.END_OF_INPUT,
    "\x05": Key.END,
    "\x06": Key.RIGHT,
    "\x0b": Key.DELETE_AFTER,
    "\x0e": Key.DOWN,
    "\x10": Key.UP,
    "\x15": Key.DELETE_BEFORE,
    "\x17": Key.DELETE_WORD,
}
# What follows the escape sign, by xterm's "Control Sequences" and the VT100's application keys.
_ESCAPED: Final = {
    "\r": Key.NEWLINE,
    "\n": Key.NEWLINE,
    "\x7f": Key.DELETE_WORD,
    "b": Key.WORD_LEFT,
    "f": Key.WORD_RIGHT,
    "[A": Key.UP,
    "[B": Key.DOWN,
    "[C": Key.RIGHT,
    "[D": Key.LEFT,
    "[H": Key.HOME,
    "[F": Key.END,
    "OA": Key.UP,
    "OB": Key.DOWN,
    "OC": Key.RIGHT,
    "OD": Key.LEFT,
    "OH": Key.HOME,
    "OF": Key.END,
    "[1~": Key.HOME,
    "[3~": Key.DELETE,
    "[4~": Key.END,
    "[7~": Key.HOME,
    "[8~": Key.END,
    "[1;5C": Key.WORD_RIGHT,
    "[1;5D": Key.WORD_LEFT,
    "[1;3C": Key.WORD_RIGHT,
    "[1;3D": Key.WORD_LEFT,
}
_SEQUENCE = re.compile(r"\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|[^\[O]", re.DOTALL)
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_WORD_BEFORE = re.compile(r"\S*\s*$")
_WORD_AFTER = re.compile(r"^\s*\S*")


class Keyboard:
    """Makes keys of bytes, however these are cut. What is pasted is text, line ends included."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[Press]:
        self._rest += self._decoder.decode(data)
        presses: list[Press] = []
        while self._rest:
            press = self._next()
            if press is None:
                break
            if press != "":
                presses.append(press)
        return presses

    def _next(self) -> Press | None:
        """The first key of what is left, which it is taken from; None when more bytes are needed."""
        if self._rest.startswith(_PASTE_BEGINS):
            pasted, end, after = self._rest[len(_PASTE_BEGINS) :].partition(_PASTE_ENDS)
            if not end:
                return None
            self._rest = after
            return _printable(pasted.replace("\r\n", "\n").replace("\r", "\n"))
        if self._rest[0] == "\x1b":
            return self._escaped()
        length = next((i for i, sign in enumerate(self._rest) if not sign.isprintable()), len(self._rest))
        if length:
            text, self._rest = self._rest[:length], self._rest[length:]
            return text
        control, self._rest = self._rest[0], self._rest[1:]
        return _CONTROLS.get(control, "")

    def _escaped(self) -> Press | None:
        sequence = _SEQUENCE.match(self._rest, 1)
        if sequence is None:
            return None
        self._rest = self._rest[sequence.end() :]
        return _ESCAPED.get(sequence[0], "")


@dataclass(frozen=True, slots=True)
class Line:
    """Text with the place in it where typing goes on."""

    text: str = ""
    cursor: int = 0


class Editor:
    """The line being typed, and the lines before it; `words` are completed. After a backslash it goes on below."""

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        self.line = Line()
        self._words = words
        self._earlier: list[str] = []
        self._at = 0
        self._draft = ""

    def press(self, press: Press) -> str | None:
        """Change the line; the whole text when it was entered, which leaves an empty line."""
        if press is Key.ENTER:
            return self._enter()
        if isinstance(press, str) or press is Key.NEWLINE:
            self._insert(press if isinstance(press, str) else "\n")
        elif press in (Key.UP, Key.DOWN):
            self._recall(-1 if press is Key.UP else 1)
        elif press is Key.TAB:
            self._complete()
        elif press in _MOVES:
            self.line = Line(self.line.text, _MOVES[press](self.line))
        elif press in _DELETIONS:
            begin, end = _DELETIONS[press](self.line)
            self.line = Line(self.line.text[:begin] + self.line.text[end:], begin)
        return None

    def clear(self) -> None:
        self.line = Line()
        self._at = len(self._earlier)

    def _enter(self) -> str | None:
        text = self.line.text
        if text.endswith("\\") and self.line.cursor == len(text):
            self.line = Line(f"{text[:-1]}\n", len(text))
            return None
        if text.strip() and self._earlier[-1:] != [text]:
            self._earlier.append(text)
        self.clear()
        return text

    def _insert(self, text: str) -> None:
        before, after = self.line.text[: self.line.cursor], self.line.text[self.line.cursor :]
        self.line = Line(before + text + after, len(before + text))

    def _recall(self, step: int) -> None:
        if self._at == len(self._earlier):
            self._draft = self.line.text
        at = self._at + step
        if 0 <= at <= len(self._earlier):
            self._at = at
            text = self._draft if at == len(self._earlier) else self._earlier[at]
            self.line = Line(text, len(text))

    def _complete(self) -> None:
        """Finish the command that is begun, as far as there is but one way."""
        begun = self.line.text
        found = [word for word in self._words if begun.startswith("/") and word.startswith(begun)]
        if self.line.cursor == len(begun) and len(found) == 1:
            self.line = Line(f"{found[0]} ", len(found[0]) + 1)


def _left(line: Line) -> int:
    """One character back; signs that combine with the one before them go with it."""
    at = max(0, line.cursor - 1)
    while at > 0 and wcwidth(line.text[at]) == 0 and line.text[at] != "\n":
        at -= 1
    return at


def _right(line: Line) -> int:
    at = min(len(line.text), line.cursor + 1)
    while at < len(line.text) and wcwidth(line.text[at]) == 0 and line.text[at] != "\n":
        at += 1
    return at


def _word_left(line: Line) -> int:
    found = _WORD_BEFORE.search(line.text[: line.cursor])
    return found.start() if found else 0


def _word_right(line: Line) -> int:
    found = _WORD_AFTER.search(line.text[line.cursor :])
    return line.cursor + (found.end() if found else 0)


def _home(line: Line) -> int:
    return line.text.rfind("\n", 0, line.cursor) + 1


def _end(line: Line) -> int:
    end = line.text.find("\n", line.cursor)
    return len(line.text) if end < 0 else end


def _printable(text: str) -> str:
    return "".join(sign for sign in text.expandtabs(4) if sign == "\n" or sign.isprintable())


_MOVES: Final[Mapping[Press, Callable[[Line], int]]] = {
    Key.LEFT: _left,
    Key.RIGHT: _right,
    Key.HOME: _home,
    Key.END: _end,
    Key.WORD_LEFT: _word_left,
    Key.WORD_RIGHT: _word_right,
}
_DELETIONS: Final[Mapping[Press, Callable[[Line], tuple[int, int]]]] = {
    Key.BACKSPACE: lambda line: (_left(line), line.cursor),
    Key.DELETE: lambda line: (line.cursor, _right(line)),
    Key.END_OF_INPUT: lambda line: (line.cursor, _right(line)),
    Key.DELETE_WORD: lambda line: (_word_left(line), line.cursor),
    Key.DELETE_BEFORE: lambda line: (_home(line), line.cursor),
    Key.DELETE_AFTER: lambda line: (line.cursor, _end(line)),
}
