"""Rate limits, by the world's clock: per method, workspace and app.

reference: section 3 (Tier 2 20+/min, Tier 3 50+/min, Tier 4 100+/min; `chat.postMessage` about one a second and
channel with short bursts; "limits are per method per workspace per app"), section 1 (`conversations.history` and
`replies` once a minute and 15 objects for new distributed apps outside the Marketplace).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

TIERS = {
    "agents.sessions.rename": 3,
    "agents.sessions.setStatus": 3,
    "apps.connections.open": 3,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}

Key = tuple[str, ...]


class Limits:
    """All limits, adjustable."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.enabled = True
        """False lets everything through."""
        self.per_minute = {1: 1, 2: 20, 3: 50, 4: 100}
        """Calls of a tier in any minute. The documented numbers are what is granted at least; here at most."""
        self.tiers = dict(TIERS)
        """The tier of each method; what is not here is not limited."""
        self.post_burst = 5
        """Posts to a channel at once; afterwards one a second."""
        self._taken: dict[Key, deque[float]] = {}
        self._posts: dict[Key, tuple[float, float]] = {}

    def judge(self, method: str, owner: Key, channel: str, *, tier: int = 0) -> float:
        """Take a call; 0, or the seconds until there is one again."""
        if not self.enabled:
            return 0.0
        if method == "chat.postMessage":
            return self._post((*owner, channel))
        tier = tier or self.tiers.get(method, 0)
        if tier not in self.per_minute:
            return 0.0
        return self._take((method, *owner), self.per_minute[tier])

    def _take(self, key: Key, most: int) -> float:
        now = self._now()
        taken = self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - 60:
            taken.popleft()
        if len(taken) >= most:
            return max(1.0, math.ceil(taken[0] + 60 - now))
        taken.append(now)
        return 0.0

    def _post(self, key: Key) -> float:
        now = self._now()
        left, at = self._posts.get(key, (float(self.post_burst), now))
        left = min(float(self.post_burst), left + now - at)
        if left < 1:
            self._posts[key] = (left, now)
            return max(1.0, math.ceil(1 - left))
        self._posts[key] = (left - 1, now)
        return 0.0
