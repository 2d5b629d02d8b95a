"""Doors for tests: public endpoints of an app that say what it got, or let it go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import gradio as gr

PATIENCE = 60.0
"""Seconds. A door that nobody opens must not keep a process for ever."""


def expose(demo: gr.Blocks, **functions: Callable[..., Any]) -> None:
    """Make each function a public endpoint under its name, outside the queue. They must be annotated."""
    with demo:
        for name, function in functions.items():
            gr.api(function, api_name=name, queue=False)


class Gate:
    """Keeps an app's function in the middle of its work until a test lets it go on."""

    def __init__(self) -> None:
        self._reached = threading.Semaphore(0)
        self._opened = threading.Semaphore(0)

    def wait(self) -> None:
        """In the app: say that the gate is reached, go on when it is opened."""
        self._reached.release()
        self._opened.acquire(timeout=PATIENCE)

    def reached(self) -> bool:
        """For the test: returns once the app waits at the gate; False when it never does."""
        return self._reached.acquire(timeout=PATIENCE)

    def open(self) -> bool:
        """For the test: let one waiter, the present or the next, go on."""
        self._opened.release()
        return True


class Record:
    """What an app was given, in order."""

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self._grown = threading.Condition()

    def add(self, entry: Any) -> None:
        with self._grown:
            self._entries.append(entry)
            self._grown.notify_all()

    def reach(self, count: int) -> bool:
        """For the test: returns once there are so many entries; False when there never are."""
        with self._grown:
            return self._grown.wait_for(lambda: len(self._entries) >= count, PATIENCE)

    def entries(self) -> list[Any]:
        return list(self._entries)

    def count(self) -> int:
        return len(self._entries)
