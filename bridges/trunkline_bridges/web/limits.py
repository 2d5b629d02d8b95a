"""The limits of the web bridge, and the counts that hold visitors to them. Pure: time is an argument."""

from __future__ import annotations

from collections import Counter
from typing import Final

from trunkline.bridge import Budget, Capabilities
from trunkline.recent import Recent

CAPABILITIES: Final = Capabilities(
    edit=True,
    delete=True,
    append=False,
    find=False,  # a repeated create gives the same post: nothing has to be looked up
    repeatable=True,
    retry_in_place=False,
    transcripts=True,
    several_people=False,
    controls=False,  # `streams.py` takes the controls off older turns itself
)
BUDGET: Final = Budget(interval=1 / 60)
"""A reply changes once in a frame of a screen at most: what comes faster is joined before it is drawn.

Otherwise the browser takes what comes; a slow one is served from where it is (`outbox.py`), never waited for.
"""

HELLO_SECONDS: Final = 10.0
UNANSWERED_PINGS: Final = 2
REPLAY_BYTES: Final = 512 * 1024
"""Frames kept for a resume, of one conversation, while it is active."""
LINGER_SECONDS: Final = 60.0
"""How long a conversation stays in memory after its last watcher has left and its last turn has ended.

A watched one that was quiet for so long keeps its newest frame alone: who missed more gets a snapshot.
"""
SWEEP_SECONDS: Final = 30.0
INLINE_BYTES: Final = 64 * 1024
"""Bytes that came inside an answer travel in a `data:` address up to here."""
UPLOAD_DAYS: Final = 1.0
CONVERSATIONS: Final = 50
"""Titles in a `welcome`."""
PATCHES: Final = 40
"""More changes than this at once: the whole body is sent."""
SHUTDOWN_SECONDS: Final = 3.0


class Rate:
    """A token bucket for each of the newest `people` visitors: `per_minute` on average, all at once at most."""

    def __init__(self, per_minute: int, people: int = 10_000) -> None:
        self._per_minute = per_minute
        self._buckets: Recent[str, tuple[float, float]] = Recent(people)

    def wait(self, visitor: str, now: float) -> float:
        """Count one; 0.0 when it is within the limit, else the seconds after which one is (it is not counted)."""
        if not self._per_minute:
            return 0.0
        tokens, since = self._buckets.get(visitor) or (float(self._per_minute), now)
        tokens = min(float(self._per_minute), tokens + max(0.0, now - since) * self._per_minute / 60.0)
        allowed = tokens >= 1.0
        self._buckets.put(visitor, (tokens - 1.0 if allowed else tokens, now))
        return 0.0 if allowed else (1.0 - tokens) * 60.0 / self._per_minute


class Open:
    """How many connections are open for each key; 0 as the limit is none."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()

    def enter(self, key: str) -> bool:
        """Count one more, unless the key has as many as it may."""
        if self._limit and self._open[key] >= self._limit:
            return False
        self.add(key)
        return True

    def add(self, key: str) -> None:
        """Count one more, whatever the limit: it is about to leave."""
        self._open[key] += 1

    def leave(self, key: str) -> None:
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]
