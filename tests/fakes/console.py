"""A terminal that a test types at and looks at, behind the terminal bridge's `Console`."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wcwidth import wcwidth

from trunkline_bridges.terminal.console import Signals, TerminalClosed

_SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class FakeConsole:
    """A `Console`. `output` and `errors` are what was written; `screen` shows what a person would see of it."""

    def __init__(self, *, keys: bool = False, screen: bool = False, columns: int = 80, rows: int = 24) -> None:
        self.has_keys = keys
        self.is_screen = screen
        self.screen = Screen(columns, rows)
        self.output = ""
        self.errors = ""
        self.reads = True
        """Somebody reads the output."""
        self.attended = False
        self._signals: Signals | None = None
        self._typed = bytearray()
        self._ended = False
        self._news = asyncio.Event()
        self._written = asyncio.Event()

    # What a person does and sees

    def type(self, text: str | bytes) -> None:
        self._typed += text.encode() if isinstance(text, str) else text
        self._news.set()

    def enter(self, *lines: str) -> None:
        """Type lines, each with Return."""
        for line in lines:
            self.type(line + ("\r" if self.has_keys else "\n"))

    def end(self) -> None:
        """End the input."""
        self._ended = True
        self._news.set()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        assert self._signals is not None, "nobody attends to signals"
        self._signals.interrupted()

    def terminate(self) -> None:
        assert self._signals is not None, "nobody attends to signals"
        self._signals.ended(15)

    def resize(self, columns: int, rows: int) -> None:
        assert self._signals is not None, "nobody attends to signals"
        self.screen.resize(columns, rows)
        self._signals.resized()

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Returns once the condition holds; it is looked at whenever something was written."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._written.clear()
                await self._written.wait()

    async def sees(self, text: str) -> None:
        """Returns once the text stands on the screen, or was written."""
        await self.until(lambda: text in (str(self.screen) if self.is_screen else self.output + self.errors))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The output as JSON lines."""
        return [json.loads(line) for line in self.output.splitlines()]

    # What the bridge asks

    def size(self) -> tuple[int, int]:
        return self.screen.columns, self.screen.rows

    def write(self, text: str) -> None:
        if not self.reads:
            raise TerminalClosed("Nobody reads the output any more.")
        self.output += text
        if self.is_screen:
            self.screen.write(text)
        self._written.set()

    def warn(self, text: str) -> None:
        self.errors += f"{text}\n"
        self._written.set()

    async def read(self) -> bytes:
        while not self._typed:
            if self._ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = bytes(self._typed)
        self._typed.clear()
        return data

    @contextmanager
    def attend(self, signals: Signals, *, keys: bool) -> Iterator[None]:
        self._signals, self.attended = signals, True
        try:
            yield
        finally:
            self._signals, self.attended = None, False


class Screen:
    """What a terminal makes of the control sequences that we send; it refuses any other."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.lines = [""]
        """All lines ever shown; the last `rows` of them can still be written over."""
        self.row = self.column = 0
        self.frames: list[str] = []
        """What was to be seen after each write."""

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    @property
    def visible(self) -> list[str]:
        return [line.rstrip() for line in self.lines[-self.rows :]]

    def resize(self, columns: int, rows: int) -> None:
        """As terminals do that wrap again what stands there."""
        wrapped: list[str] = []
        row = 0
        for number, line in enumerate(self.lines):
            pieces = [line[i : i + columns] for i in range(0, max(1, len(line.rstrip())), columns)]
            if number == self.row:
                row = len(wrapped) + self.column // columns
            wrapped += pieces
        self.lines, self.row, self.columns, self.rows = wrapped, row, columns, rows
        self.column %= columns

    def write(self, text: str) -> None:
        at = 0
        while at < len(text):
            sequence = _SEQUENCE.match(text, at)
            if sequence is not None:
                self._control(sequence[1], sequence[2])
                at = sequence.end()
            else:
                self._sign(text[at])
                at += 1
        self.frames.append("\n".join(self.visible))

    def _sign(self, sign: str) -> None:
        if sign == "\r":
            self.column = 0
        elif sign == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        else:
            assert sign.isprintable(), f"{sign!r} reached the terminal"
            assert self.column < self.columns, "a line is longer than the terminal is wide"
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + sign + line[self.column + 1 :]
            self.column += wcwidth(sign) if wcwidth(sign) == 1 else 1

    def _control(self, argument: str, kind: str) -> None:
        count = int(argument) if argument.isdigit() else 1
        match kind:
            case "A":
                self.row -= count
                assert self.row >= max(0, len(self.lines) - self.rows), "what has scrolled away was written to"
            case "C":
                self.column += count
            case "K":
                assert argument == "2"
                self.lines[self.row] = ""
            case "J":
                assert argument == ""
                self.lines[self.row] = self.lines[self.row][: self.column]
                del self.lines[self.row + 1 :]
            case "m" | "h" | "l":
                return
            case _:
                raise AssertionError(f"an unknown sequence {argument}{kind}")
