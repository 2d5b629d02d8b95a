"""Standard input and output, and the signals of a terminal: the seam to the operating system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import shutil
import signal
import stat
import termios
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from trunkline.errors import PlatformError

_CHUNK = 65_536
_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_SHOW_CURSOR = "\x1b[?25h"


class TerminalClosed(PlatformError):
    """Nobody reads what we write any more."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What to do when the operating system calls. `ended` is given the signal's number."""

    interrupted: Callable[[], None]
    ended: Callable[[int], None]
    resized: Callable[[], None]


class Console(Protocol):
    """Where a person types and reads, or the pipes and files in their place."""

    @property
    def has_keys(self) -> bool:
        """Input comes key by key from a keyboard; else it is bytes of a pipe or a file."""
        ...

    @property
    def is_screen(self) -> bool:
        """What was written can be written over; else it is the plain text of a pipe or a file."""
        ...

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        ...

    def write(self, text: str) -> None:
        """Write to the output at once. `TerminalClosed` when nobody reads it."""
        ...

    def warn(self, text: str) -> None:
        """Write a line to standard error, apart from the output."""
        ...

    async def read(self) -> bytes:
        """What comes next; b"" at the end. May be cancelled without losing anything."""
        ...

    def attend(self, signals: Signals, *, keys: bool) -> AbstractContextManager[None]:
        """Pass signals on and, with `keys`, take the keyboard; gives both back."""
        ...


async def lines_of(read: Callable[[], Awaitable[bytes | None]]) -> AsyncIterator[bytes]:
    """The input by lines, without their ends; the last one may have none. `read` gives nothing at the end."""
    rest = b""
    while data := await read():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line
    if rest:
        yield rest


class SystemConsole:
    """The console of this process."""

    def __init__(self, stdin: int = 0, stdout: int = 1, stderr: int = 2) -> None:
        self._in, self._out, self._err = stdin, stdout, stderr
        self._waits = _can_be_waited_for(stdin)

    @property
    def has_keys(self) -> bool:
        return os.isatty(self._in)

    @property
    def is_screen(self) -> bool:
        return os.isatty(self._out) and os.environ.get("TERM", "dumb") not in {"", "dumb"}

    def size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._out)
        except OSError:
            size = shutil.get_terminal_size()
        return size.columns or 80, size.lines or 24

    def write(self, text: str) -> None:
        _write(self._out, text)

    def warn(self, text: str) -> None:
        # Whoever does not read the errors still gets the output.
        with contextlib.suppress(TerminalClosed):
            _write(self._err, f"{text}\n")

    async def read(self) -> bytes:
        if not self._waits:
            return _read(self._in)
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._in, _settle, readable)
        try:
            await readable
        finally:
            loop.remove_reader(self._in)
        return _read(self._in)

    @contextmanager
    def attend(self, signals: Signals, *, keys: bool) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        before = termios.tcgetattr(self._in) if keys else None

        def resumed() -> None:
            self._take_keys()
            signals.resized()

        loop.add_signal_handler(signal.SIGINT, signals.interrupted)
        loop.add_signal_handler(signal.SIGWINCH, signals.resized)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, signals.ended, number)
        if keys:
            loop.add_signal_handler(signal.SIGCONT, resumed)
            self._take_keys()
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH, signal.SIGCONT):
                loop.remove_signal_handler(number)
            if before is not None:
                with contextlib.suppress(TerminalClosed, termios.error):
                    termios.tcsetattr(self._in, termios.TCSADRAIN, before)
                    _write(self._out, _PASTE_OFF + _SHOW_CURSOR)

    def _take_keys(self) -> None:
        """Keys come one by one and unseen; those that send signals still do."""
        mode = termios.tcgetattr(self._in)
        mode[0] &= ~(termios.ICRNL | termios.IXON)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._in, termios.TCSADRAIN, mode)
        _write(self._out, _PASTE_ON)


def user_name() -> str:
    """The name of the person at this machine: their login, or their number where they have none."""
    for variable in ("LOGNAME", "USER"):
        if os.environ.get(variable):
            return os.environ[variable]
    return str(os.getuid())


def _settle(waited_for: asyncio.Future[None]) -> None:
    if not waited_for.done():
        waited_for.set_result(None)


def _can_be_waited_for(descriptor: int) -> bool:
    """Pipes and terminals can; files and devices such as /dev/null are always ready."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        # The terminal is gone, or there never was an input.
        return b""


def _write(descriptor: int, text: str) -> None:
    data = memoryview(text.encode("utf-8", "replace"))
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            select.select((), (descriptor,), ())
        except OSError as error:
            raise TerminalClosed("Nobody reads the output any more.") from error
