"""Faults of the Web API on demand: the next calls of a kind fail in a way of one's choice.

reference: section 6 (429, 503 and dropped connections as the SDK meets them), lessons "a lost response to a create
is ambiguous".
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass
class Fault:
    """What happens to the next `times` calls of a kind.

    `before` and `after` drop the connection: before Slack did anything, or after it did everything.
    """

    kind: str
    times: int = 1
    status: int = 200
    error: str = ""
    before: bool = False
    after: bool = False
    retry_after: float | None = None
    hold: asyncio.Event | None = None
    done: int = field(default=0, init=False)

    def meets(self, method: str) -> bool:
        """Whether it strikes this call; counts that it did."""
        if self.done >= self.times or not fnmatchcase(method, self.kind):
            return False
        self.done += 1
        return True


class Faults:
    """The faults in wait.

    A `kind` is a method ("chat.postMessage"), a pattern of methods ("chat.*"), "upload", "download",
    "response_url" or "socket" (a Socket Mode handshake).
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def error(self, kind: str, error: int | str, times: int = 1) -> Fault:
        """Do nothing and answer with an HTTP status, or with `ok: false` and the name of an error."""
        if isinstance(error, str):
            return self._add(Fault(kind, times, error=error))
        named = "service_unavailable" if error == 503 else "internal_error"
        return self._add(Fault(kind, times, status=error, error=named))

    def rate_limit(self, kind: str, retry_after: float, times: int = 1) -> Fault:
        """Answer 429 whatever the tier says."""
        return self._add(Fault(kind, times, retry_after=retry_after))

    def lose(self, kind: str, times: int = 1) -> Fault:
        """Do it, and drop the connection instead of an answer."""
        return self._add(Fault(kind, times, after=True))

    def drop(self, kind: str, times: int = 1) -> Fault:
        """Drop the connection before anything is done."""
        return self._add(Fault(kind, times, before=True))

    def hold(self, kind: str, times: int = 1) -> asyncio.Event:
        """Let the calls wait until the event is set; then they go on."""
        event = asyncio.Event()
        self._add(Fault(kind, times, hold=event))
        return event

    def strike(self, method: str) -> Fault | None:
        """The fault that strikes a call."""
        return next((fault for fault in self._waiting if fault.meets(method)), None)

    def clear(self) -> None:
        self._waiting.clear()

    def _add(self, fault: Fault) -> Fault:
        self._waiting.append(fault)
        return fault
