"""What Discord's answers taught about its rate limits: which calls may be made, and how often. Pure.

A bucket is named by `X-RateLimit-Bucket` and the ids in the path that it is counted by (channel, guild, webhook
with its token). Numbers are never assumed: before a route's first answer it has no limit here. Time is in seconds
on any clock that never runs backwards.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trunkline.bridge import Budget
from trunkline.recent import Recent

GLOBAL_CALLS: Final = 50
"""Calls of one bot in a second. Source: Discord's API documentation, topics/rate-limits."""
MOST_BUCKETS: Final = 4096
_MOST_ROUTES: Final = 512
_GRAIN: Final = 4.0
"""Windows are told in quarters of a second: what an answer says of one is short by its own way."""
_ID: Final = re.compile(r"\d{15,20}")
_MAJOR: Final = frozenset({"channels", "guilds", "webhooks", "interactions"})
_BY_TOKEN: Final = frozenset({"webhooks", "interactions"})


@dataclass(frozen=True, slots=True)
class Route:
    """A call without its particulars; `major` are the ids by which its bucket is counted."""

    name: str
    major: str
    by_token: bool
    """The path holds the token of an interaction: never to be logged, not counted by the global limit."""


def route_of(method: str, path: str) -> Route:
    """The route of a path such as "/channels/1/messages/2"."""
    parts = path.strip("/").split("/")
    kind = parts[0]
    by_token = kind in _BY_TOKEN and len(parts) > 2
    majors = (3 if by_token else 2) if kind in _MAJOR else 0
    named = [":" if 0 < place < majors or _ID.fullmatch(part) else part for place, part in enumerate(parts)]
    if "reactions" in named:
        # All emoji share the bucket of their message's channel.
        place = named.index("reactions") + 1
        named[place : place + 1] = [":"]
    return Route(f"{method} /{'/'.join(named)}", "/".join(parts[1:majors]), by_token)


@dataclass(slots=True)
class _Bucket:
    limit: int = 0
    left: int = 0
    resets_at: float = -math.inf
    seconds: float = 0.0

    def take(self, now: float) -> float:
        """Takes a call and returns 0.0, or returns the seconds until there is one."""
        if now >= self.resets_at:
            self.left, self.resets_at = self.limit, now + self.seconds
        if self.left <= 0:
            return self.resets_at - now
        self.left -= 1
        return 0.0

    def told(self, limit: int, left: int, reset_after: float, now: float) -> None:
        """What an answer said. Answers overtake one another: within a window the lower number holds."""
        ends = now + reset_after
        same = (
            now < self.resets_at and self.limit == limit and ends < self.resets_at + 0.5 * max(self.seconds, 0.5)
        )
        self.left = min(self.left, left) if same else left
        self.resets_at = max(self.resets_at, ends) if same else ends
        self.limit = limit
        if left == limit - 1 or reset_after > self.seconds:
            self.seconds = reset_after


class Buckets:
    """The limits learnt of all routes; the least recently used are forgotten."""

    __slots__ = ("_banned_until", "_blocked_until", "_buckets", "_lately", "_names", "_windows")

    def __init__(self) -> None:
        self._names: Recent[str, str] = Recent(_MOST_ROUTES)  # route to the bucket's name
        self._buckets: Recent[tuple[str, str], _Bucket] = Recent(MOST_BUCKETS)
        self._windows: Recent[str, Budget] = Recent(_MOST_ROUTES)  # the bucket's name to what it allows
        self._lately: deque[float] = deque()
        self._blocked_until = -math.inf
        self._banned_until = -math.inf

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, route: Route, now: float) -> float:
        """Takes a call of the route and returns 0.0, or returns the seconds until there is one."""
        wait = self._banned_until - now
        if not route.by_token:
            wait = max(wait, self._global_wait(now))
        if wait > 0:
            return wait
        bucket = self._bucket(route)
        if bucket is not None and (wait := bucket.take(now)) > 0:
            return wait
        if not route.by_token:
            self._lately.append(now)
        return 0.0

    def learn(self, route: Route, headers: Mapping[str, str], now: float) -> None:
        """Read the headers of an answer."""
        name = headers.get("X-RateLimit-Bucket")
        limit = _number(headers.get("X-RateLimit-Limit"))
        left = _number(headers.get("X-RateLimit-Remaining"))
        reset_after = _number(headers.get("X-RateLimit-Reset-After"))
        if not name or limit is None or left is None or reset_after is None or limit < 1:
            return
        self._names.put(route.name, name)
        bucket = self._buckets.get((name, route.major)) or _Bucket()
        bucket.told(int(limit), int(left), reset_after, now)
        self._buckets.put((name, route.major), bucket)
        known = self._windows.get(name)
        if left == limit - 1 or known is None or known.calls != int(limit):
            seconds = math.ceil(max(reset_after, bucket.seconds) * _GRAIN) / _GRAIN
            self._windows.put(name, Budget(int(limit), max(seconds, 1 / _GRAIN)))

    def limited(self, route: Route, retry_after: float, now: float, scope: str) -> None:
        """A 429 came: for the route's bucket; of scope "global" for the whole bot, of "ban" for every call."""
        until = now + retry_after
        if scope == "ban":
            self._banned_until = max(self._banned_until, until)
            return
        if scope == "global":
            self._blocked_until = max(self._blocked_until, until)
            return
        bucket = self._bucket(route)
        if bucket is not None:
            bucket.left, bucket.resets_at = 0, until

    def budget(self, route: Route) -> Budget | None:
        """How many calls of the route in how many seconds; None where no answer has told yet."""
        name = self._names.get(route.name)
        return self._windows.get(name) if name is not None else None

    def _bucket(self, route: Route) -> _Bucket | None:
        name = self._names.get(route.name)
        if name is None:
            return None
        bucket = self._buckets.get((name, route.major))
        if bucket is not None:
            self._buckets.put((name, route.major), bucket)
        return bucket

    def _global_wait(self, now: float) -> float:
        while self._lately and self._lately[0] <= now - 1.0:
            self._lately.popleft()
        wait = self._lately[0] + 1.0 - now if len(self._lately) >= GLOBAL_CALLS else 0.0
        return max(wait, self._blocked_until - now, 0.0)


def _number(text: str | None) -> float | None:
    """A number that is none of NaN, infinite and negative; None for everything else."""
    try:
        number = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return number if 0.0 <= number < math.inf else None
