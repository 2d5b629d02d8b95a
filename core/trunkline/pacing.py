"""How often a platform may be called: budgets per scope, and how long to wait before trying again.

Everything here is a function of its arguments, time included: `now` is in seconds on any clock that never runs
backwards. Nothing sleeps and nothing calls; delivery asks `Pace.delay`, waits, renders the newest snapshot and
says `Pace.spent` in the same breath as it calls. Snapshots that came while it waited are never rendered: that is
all the coalescing there is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .bridge import Budget

STRETCH_LIMIT = 8.0
"""How far rate limiting may stretch the interval between edits."""
_EASE = 0.75
"""What a successful call leaves of the stretch."""
_FORGIVEN_AFTER = 60.0
"""Seconds after a rate limit during which an unused scope remembers it."""
_FEW = 64
"""Scopes that are held without looking for idle ones."""


class Pace:
    """What one scope of a platform has spent of its budget; shared by every reply within it.

    Promises, as long as a call is made only when `delay` is 0 and `spent` is said at that moment:

    * any half-open span of `budget.seconds` holds at most `budget.calls` calls;
    * calls that are not urgent leave `budget.reserve` of them (one less than `calls` at most) to urgent ones;
    * after `limited` nobody calls until the platform's time is over.
    """

    __slots__ = ("_blocked_until", "_returns", "_stretch", "budget")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._returns: deque[float] = deque()  # when each call spent comes back into the budget, in order
        self._blocked_until = float("-inf")
        self._stretch = 1.0

    @property
    def interval(self) -> float:
        """Seconds between two edits of a running reply; longer for a while after a rate limit."""
        if self._stretch <= 1.0:
            return self.budget.interval
        fair = self.budget.seconds / self.budget.calls if self.budget.calls else 0.0
        return max(self.budget.interval, fair) * self._stretch

    def delay(self, now: float, *, urgent: bool = False, since: float | None = None) -> float:
        """Seconds until a call may be made; 0 when it may be made now.

        `urgent` calls (finals, and whatever a person waits for) may use the reserve and heed no interval.
        `since` is when the reply's last call ended: the next one that is not urgent keeps `interval` from it.
        """
        wait = max(0.0, self._blocked_until - now, self._window_delay(now, urgent))
        if urgent or since is None:
            return wait
        return max(wait, since + self.interval - now)

    def spent(self, now: float) -> None:
        """A call is being made."""
        if self.budget.calls:
            self._expire(now)
            back = now + self.budget.seconds
            # The window may have been shortened since the last call; the order must hold all the same.
            self._returns.append(max(back, self._returns[-1]) if self._returns else back)

    def succeeded(self) -> None:
        """A call was carried out: what a rate limit stretched eases."""
        self._stretch = max(1.0, self._stretch * _EASE)

    def limited(self, now: float, retry_after: float) -> None:
        """The platform refused a call for `retry_after` seconds.

        Refusals that arrive while the pause of an earlier one lasts are the same limit and stretch nothing more.
        """
        if now >= self._blocked_until:
            self._stretch = min(STRETCH_LIMIT, self._stretch * 2)
        self._blocked_until = max(self._blocked_until, now + max(0.0, retry_after))

    def idle(self, now: float) -> bool:
        """Nothing is remembered that still matters: no call in the window, the last rate limit a minute ago."""
        self._expire(now)
        return not self._returns and now >= self._blocked_until + _FORGIVEN_AFTER

    def _window_delay(self, now: float, urgent: bool) -> float:
        calls = self.budget.calls
        if not calls:
            return 0.0
        self._expire(now)
        allowed = calls if urgent else max(1, calls - self.budget.reserve)
        over = len(self._returns) - allowed
        return self._returns[over] - now if over >= 0 else 0.0

    def _expire(self, now: float) -> None:
        while self._returns and self._returns[0] <= now:
            self._returns.popleft()


class Paces:
    """The paces of all scopes in use. Idle scopes are forgotten, so memory follows activity."""

    __slots__ = ("_by_scope", "_look_at")

    def __init__(self) -> None:
        self._by_scope: dict[str, Pace] = {}
        self._look_at = _FEW

    def __len__(self) -> int:
        return len(self._by_scope)

    def of(self, scope: str, budget: Budget, now: float) -> Pace:
        """The scope's pace, under the budget named last.

        Ask for it anew before each call: one that was idle may have been forgotten.
        """
        pace = self._by_scope.get(scope)
        if pace is None:
            self._forget_idle(now)
            pace = self._by_scope[scope] = Pace(budget)
        elif pace.budget is not budget and pace.budget != budget:
            pace.budget = budget
        return pace

    def _forget_idle(self, now: float) -> None:
        if len(self._by_scope) < self._look_at:
            return
        self._by_scope = {scope: pace for scope, pace in self._by_scope.items() if not pace.idle(now)}
        # Looking again only once they have doubled keeps the cost of a scope constant.
        self._look_at = max(_FEW, 2 * len(self._by_scope))


def backoff(attempt: int, random: Callable[[], float], *, base: float = 0.5, limit: float = 30.0) -> float:
    """Seconds to wait after failed attempt number `attempt` (0 is the first).

    Exponential with "equal jitter": between half of `base · 2^attempt` and the whole of it, never over `limit`.
    `random` gives a number in [0, 1).
    """
    # 2^63 is past every limit; a larger exponent would only overflow.
    ceiling = min(limit, base * 2.0 ** min(max(0, attempt), 63))
    return ceiling * (0.5 + 0.5 * random())
