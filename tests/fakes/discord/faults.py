"""Faults of REST on demand: the next calls of a kind fail in a way of one's choice.

reference: Rate limits (429 shapes; which statuses the library retries), lessons "a lost response is ambiguous".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from fakes.discord.calls import Call


@dataclass
class Fault:
    """What happens to the next `times` calls that `matches`.

    `before` and `after` drop the connection: before Discord did anything, or after it did everything.
    """

    matches: Callable[[Call], bool]
    times: int = 1
    status: int | None = None
    before: bool = False
    after: bool = False
    retry_after: float | None = None
    scope: str = "user"
    hold: asyncio.Event | None = None
    done: int = field(default=0, init=False)

    def meets(self, call: Call) -> bool:
        """Whether it strikes this call; counts that it did."""
        if self.done >= self.times or not self.matches(call):
            return False
        self.done += 1
        return True


class Faults:
    """The faults in wait.

    A `kind` is "create", "edit", "delete", "callback", "follow-up", or any piece of "METHOD /path".
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def error(self, kind: str, status: int, times: int = 1) -> Fault:
        """Answer with a status (500, 502, 503, 504, 404, …) and do nothing."""
        return self._add(Fault(_matching(kind), times, status=status))

    def rate_limit(self, kind: str, retry_after: float, times: int = 1, *, scope: str = "user") -> Fault:
        """Answer 429 whatever the bucket says; the scope is "user", "shared" or "global"."""
        return self._add(Fault(_matching(kind), times, retry_after=retry_after, scope=scope))

    def lose(self, kind: str, times: int = 1) -> Fault:
        """Do it, and drop the connection instead of an answer."""
        return self._add(Fault(_matching(kind), times, after=True))

    def drop(self, kind: str, times: int = 1) -> Fault:
        """Drop the connection before anything is done."""
        return self._add(Fault(_matching(kind), times, before=True))

    def hold(self, kind: str, times: int = 1) -> asyncio.Event:
        """Let the calls wait until the event is set; then they go on."""
        event = asyncio.Event()
        self._add(Fault(_matching(kind), times, hold=event))
        return event

    def strike(self, call: Call) -> Fault | None:
        """The fault that strikes a call."""
        return next((fault for fault in self._waiting if fault.meets(call)), None)

    def clear(self) -> None:
        self._waiting.clear()

    def _add(self, fault: Fault) -> Fault:
        self._waiting.append(fault)
        return fault


KINDS = {
    "create": "POST /channels/{channel_id}/messages",
    "edit": "PATCH /channels/{channel_id}/messages/{message_id}",
    "delete": "DELETE /channels/{channel_id}/messages/{message_id}",
    "callback": "POST /interactions/{interaction_id}/{token}/callback",
    "follow-up": "POST /webhooks/{webhook_id}/{token}",
}


def _matching(kind: str) -> Callable[[Call], bool]:
    if kind in KINDS:
        return lambda call: f"{call.method} {call.template}" == KINDS[kind]
    return lambda call: kind in f"{call.method} {call.path}"
