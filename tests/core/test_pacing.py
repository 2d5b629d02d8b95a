"""Budgets and back-off at the moments that matter, on a clock that is a number."""

from __future__ import annotations

import pytest

from trunkline.bridge import Budget
from trunkline.pacing import STRETCH_LIMIT, Pace, Paces, backoff


def test_no_limit_never_waits() -> None:
    pace = Pace(Budget())
    for _ in range(1000):
        assert pace.delay(0.0) == 0.0
        pace.spent(0.0)


def test_full_window_waits_for_its_oldest_call() -> None:
    pace = Pace(Budget(calls=2, seconds=5.0))
    pace.spent(10.0)
    pace.spent(12.0)
    assert pace.delay(13.0) == 2.0
    assert pace.delay(15.0) == 0.0


def test_reserve_is_kept_for_urgent_calls() -> None:
    pace = Pace(Budget(calls=5, seconds=5.0, reserve=1))
    for _ in range(4):
        assert pace.delay(0.0) == 0.0
        pace.spent(0.0)
    assert pace.delay(0.0) == 5.0
    assert pace.delay(0.0, urgent=True) == 0.0
    pace.spent(0.0)
    assert pace.delay(0.0, urgent=True) == 5.0


def test_a_reserve_of_everything_still_lets_one_call_through() -> None:
    pace = Pace(Budget(calls=1, seconds=5.0, reserve=1))
    assert pace.delay(0.0) == 0.0


def test_interval_is_kept_from_the_end_of_the_last_edit_but_not_by_finals() -> None:
    pace = Pace(Budget(interval=1.5))
    assert pace.delay(10.0, since=9.5) == 1.0
    assert pace.delay(10.0, since=9.5, urgent=True) == 0.0
    assert pace.delay(10.0) == 0.0


def test_rate_limit_stops_everybody_until_it_is_over() -> None:
    pace = Pace(Budget(calls=5, seconds=5.0))
    pace.limited(10.0, 3.0)
    assert pace.delay(11.0) == 2.0
    assert pace.delay(11.0, urgent=True) == 2.0
    assert pace.delay(13.0) == 0.0


def test_shorter_rate_limit_does_not_end_a_longer_one() -> None:
    pace = Pace(Budget())
    pace.limited(0.0, 10.0)
    pace.limited(1.0, 2.0)
    assert pace.delay(1.0) == 9.0


def test_rate_limit_stretches_the_interval_and_success_eases_it() -> None:
    pace = Pace(Budget(interval=1.0))
    pace.limited(0.0, 1.0)
    assert pace.interval == 2.0
    pace.succeeded()
    assert pace.interval == 1.5
    for _ in range(10):
        pace.succeeded()
    assert pace.interval == 1.0


def test_refusals_within_one_pause_stretch_once() -> None:
    pace = Pace(Budget(interval=1.0))
    for _ in range(5):
        pace.limited(0.0, 1.0)
    assert pace.interval == 2.0
    pace.limited(1.0, 1.0)
    assert pace.interval == 4.0


def test_stretch_is_bounded() -> None:
    pace = Pace(Budget(interval=1.0))
    for moment in range(100):
        pace.limited(float(moment), 1.0)
    assert pace.interval == STRETCH_LIMIT


def test_scope_without_an_interval_gets_one_from_its_window_when_limited() -> None:
    pace = Pace(Budget(calls=5, seconds=5.0))
    assert pace.interval == 0.0
    pace.limited(0.0, 1.0)
    assert pace.interval == 2.0


def test_replies_of_a_scope_share_its_pace() -> None:
    paces = Paces()
    budget = Budget(calls=1, seconds=5.0)
    paces.of("discord:1", budget, 0.0).spent(0.0)
    assert paces.of("discord:1", budget, 1.0).delay(1.0) == 4.0
    assert paces.of("discord:2", budget, 1.0).delay(1.0) == 0.0


def test_budget_named_last_holds() -> None:
    paces = Paces()
    paces.of("s", Budget(calls=1, seconds=50.0), 0.0).spent(0.0)
    pace = paces.of("s", Budget(calls=2, seconds=5.0), 0.0)
    assert pace.delay(0.0) == 0.0
    pace.spent(0.0)
    assert pace.delay(0.0) == 50.0, "calls made under the longer window come back when they were to"


def test_idle_scopes_are_forgotten_and_busy_ones_are_not() -> None:
    paces = Paces()
    budget = Budget(calls=1, seconds=5.0)
    paces.of("limited", budget, 0.0).limited(0.0, 10_000.0)
    for number in range(10_000):
        now = float(number)
        paces.of(f"scope-{number}", budget, now).spent(now)
    assert len(paces) < 200
    assert paces.of("limited", budget, 9_999.0).delay(9_999.0) == 1.0


@pytest.mark.parametrize(("attempt", "longest"), [(0, 0.5), (1, 1.0), (3, 4.0), (10, 30.0), (100_000, 30.0)])
def test_backoff_lies_between_half_and_all_of_a_doubling_step(attempt: int, longest: float) -> None:
    assert backoff(attempt, lambda: 0.0) == longest / 2
    assert backoff(attempt, lambda: 0.999) == pytest.approx(longest, rel=1e-3)
