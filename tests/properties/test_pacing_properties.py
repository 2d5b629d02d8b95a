"""What every schedule of calls keeps, as long as callers wait as long as they are told."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from trunkline.bridge import Budget
from trunkline.pacing import Pace, backoff

# Multiples of 1/8: sums of them are exact, so that a window's edge is where it is said to be.
eighths = st.integers(0, 400).map(lambda n: n / 8)
budgets = st.builds(
    lambda calls, seconds, reserve: Budget(calls, seconds, min(reserve, calls - 1)),
    st.integers(1, 6),
    st.integers(1, 80).map(lambda n: n / 8),
    st.integers(0, 5),
)
requests = st.lists(st.tuples(eighths, st.booleans()), max_size=60)
"""(seconds since the request before, urgent)"""
limits = st.lists(st.tuples(st.integers(0, 59), eighths), max_size=4)
"""(after which request the platform refuses, for how long)"""


def busiest(times: list[float], seconds: float) -> int:
    """The most calls in any half-open span of `seconds`."""
    return max((sum(start <= time < start + seconds for time in times) for start in times), default=0)


def carry_out(pace: Pace, asked: list[tuple[float, bool]], refused: dict[int, float]) -> list[tuple[float, bool]]:
    """When each call was made by one caller who makes them one after another."""
    now, made = 0.0, []
    for number, (gap, urgent) in enumerate(asked):
        now += gap
        now += pace.delay(now, urgent=urgent)
        assert pace.delay(now, urgent=urgent) == 0.0
        pace.spent(now)
        made.append((now, urgent))
        if number in refused:
            pace.limited(now, refused[number])
        else:
            pace.succeeded()
    return made


@given(budgets, requests, limits)
def test_no_span_holds_more_calls_than_the_budget(
    budget: Budget, asked: list[tuple[float, bool]], refusals: list[tuple[int, float]]
) -> None:
    made = carry_out(Pace(budget), asked, dict(refusals))
    assert busiest([time for time, _ in made], budget.seconds) <= budget.calls


@given(budgets, requests, limits)
def test_nobody_calls_while_the_platform_refuses(
    budget: Budget, asked: list[tuple[float, bool]], refusals: list[tuple[int, float]]
) -> None:
    refused = dict(refusals)
    made = carry_out(Pace(budget), asked, refused)
    for number, seconds in refused.items():
        if number < len(made):
            assert all(time >= made[number][0] + seconds for time, _ in made[number + 1 :])


@given(budgets, requests, eighths)
def test_finals_are_not_starved_by_running_replies(
    budget: Budget, asked: list[tuple[float, bool]], after: float
) -> None:
    pace = Pace(budget)
    running = [(gap, False) for gap, _ in asked]
    made = carry_out(pace, running, {})
    now = (made[-1][0] if made else 0.0) + after
    for _ in range(budget.reserve):
        assert pace.delay(now, urgent=True) == 0.0
        pace.spent(now)


@given(budgets, requests)
def test_waiting_is_never_longer_than_the_window(budget: Budget, asked: list[tuple[float, bool]]) -> None:
    pace = Pace(budget)
    now = 0.0
    for gap, urgent in asked:
        now += gap
        wait = pace.delay(now, urgent=urgent)
        assert wait <= budget.seconds
        now += wait
        pace.spent(now)


@given(
    st.integers(1, 40).map(lambda n: n / 8),
    st.integers(0, 60).map(lambda n: n / 8),
    st.lists(eighths, max_size=3),
    st.integers(0, 8).map(lambda n: n / 8),
)
def test_streamed_reply_costs_at_most_its_duration_over_the_interval_and_two(
    interval: float, duration: float, refusals: list[float], latency: float
) -> None:
    """A reply that changes all the time: one create, edits at the interval, one final."""
    pace = Pace(Budget(calls=5, seconds=5.0, reserve=1, interval=interval))
    now, calls, ended = 0.0, 0, None
    refused = list(refusals)
    while (now := now + pace.delay(now, since=ended)) < duration:
        pace.spent(now)
        calls += 1
        if refused:
            pace.limited(now, refused.pop())
        now = ended = now + latency
    calls += 1
    assert calls <= duration / interval + 2


@given(st.integers(0, 200), st.floats(0, 1, exclude_max=True), st.floats(0.01, 10), st.floats(0.01, 600))
def test_backoff_stays_within_its_limit(attempt: int, draw: float, base: float, limit: float) -> None:
    seconds = backoff(attempt, lambda: draw, base=base, limit=limit)
    assert 0 < seconds <= limit
    assert math.isfinite(seconds)
    assert seconds <= backoff(attempt + 1, lambda: draw, base=base, limit=limit)
