"""Rate limits, by the world's clock: buckets per route, the global limit, and the ban for invalid requests.

reference: Rate limits (create and edit 5 per 5 s and channel in separate buckets, major parameters, 50/s global,
10,000 invalid requests in 10 minutes, scope `shared` not counted), Interactions (one bucket per token, no
global limit).
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

CREATE = ("POST", "/channels/{channel_id}/messages")
EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
CALLBACK = ("POST", "/interactions/{interaction_id}/{token}/callback")
MAJOR = ("channel_id", "guild_id", "webhook_id", "interaction_id", "token")

Route = tuple[str, str]


@dataclass(frozen=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


class Window:
    """Counts calls in windows that begin with their first call."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.used = 0
        self.resets_at = 0.0

    def take(self, now: float) -> float:
        """Takes a call and returns 0, or returns the seconds until there is one again."""
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + self.rate.seconds
        if self.used >= self.rate.calls:
            return self.resets_at - now
        self.used += 1
        return 0.0


@dataclass(frozen=True)
class Verdict:
    """What the limits say to a call: its headers and, when it must wait, how long and by whose limit."""

    headers: Mapping[str, str]
    wait: float = 0.0
    scope: str = "user"
    banned: bool = False


class Limits:
    """All limits, adjustable. Those that the reference does not number are generous: they are Discord's secret."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.enabled = True
        """False lets everything through; invalid requests are counted all the same."""
        self.rates: dict[Route, Rate] = {CREATE: Rate(5, 5.0), EDIT: Rate(5, 5.0)}
        self.other = Rate(50, 1.0)
        """For each route without a number of its own."""
        self.webhook = Rate(5, 2.0)
        """For each webhook or interaction token."""
        self.overall = Window(Rate(50, 1.0))
        self.old_edits = Rate(10, 60.0)
        """Edits of messages older than an hour, per channel; Discord does not document the number (30046)."""
        self.invalid_most = 10_000
        self.invalid_seconds = 600.0
        self._invalid: deque[float] = deque()
        self._windows: dict[tuple[str, ...], Window] = {}
        self._old: dict[int, Window] = {}

    @property
    def invalid(self) -> int:
        """Invalid requests of the last ten minutes."""
        while self._invalid and self._invalid[0] <= self._now() - self.invalid_seconds:
            self._invalid.popleft()
        return len(self._invalid)

    def count_invalid(self, status: int, scope: str = "user") -> None:
        """401, 403 and 429 are invalid requests, but for a shared resource's 429."""
        if status in (401, 403) or (status == 429 and scope != "shared"):
            self._invalid.append(self._now())

    def judge(self, method: str, template: str, params: Mapping[str, str]) -> Verdict:
        """Take a call from its bucket and from the global limit."""
        if self.invalid >= self.invalid_most:
            return Verdict({}, self._invalid[0] + self.invalid_seconds - self._now(), banned=True)
        if not self.enabled:
            return Verdict({})
        by_token = "{token}" in template
        if not by_token and (wait := self.overall.take(self._now())):
            return Verdict({"X-RateLimit-Global": "true"}, wait, "global")
        if (method, template) == CALLBACK:
            return Verdict({})
        name, rate = self._bucket(method, template)
        major = tuple(params[key] for key in MAJOR if key in params)
        window = self._windows.setdefault((name, *major), Window(rate))
        window.rate = rate
        wait = window.take(self._now())
        return Verdict(self._headers(name, window), wait)

    def take_old_edit(self, channel_id: int) -> float:
        """The seconds until a message older than an hour may be edited again in a channel; 0 is now."""
        if not self.enabled:
            return 0.0
        return self._old.setdefault(channel_id, Window(self.old_edits)).take(self._now())

    def _bucket(self, method: str, template: str) -> tuple[str, Rate]:
        if "{token}" in template:
            return "webhook", self.webhook
        return f"{method} {template}", self.rates.get((method, template), self.other)

    def _headers(self, name: str, window: Window) -> dict[str, str]:
        left = max(0.0, window.resets_at - self._now())
        return {
            "X-RateLimit-Limit": str(window.rate.calls),
            "X-RateLimit-Remaining": str(window.rate.calls - window.used),
            "X-RateLimit-Reset": f"{window.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(name.encode()).hexdigest()[:32],
        }
