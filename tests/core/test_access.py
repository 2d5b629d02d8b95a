"""Who may talk, and how often."""

from __future__ import annotations

import pytest

from trunkline.access import Limits, RecentTurns, Rules
from trunkline.errors import Denied
from trunkline.inbound import Inbound, Place, Say
from trunkline.messages import Speaker


def event(user: str = "ann", team: str = "t", channel: str = "c") -> Inbound:
    return Inbound("k", Place("p", "app", team, channel), Speaker("p", user, team=team), Say(()), 0.0)


@pytest.mark.parametrize(
    ("rules", "permitted"),
    [
        (Rules(), True),
        (Rules(allow_users=frozenset({"ann"})), True),
        (Rules(allow_users=frozenset({"ben"})), False),
        (Rules(block_users=frozenset({"ann"})), False),
        (Rules(allow_users=frozenset({"ann"}), block_users=frozenset({"ann"})), False),
        (Rules(allow_teams=frozenset({"t"}), allow_channels=frozenset({"d"})), False),
        (Rules(block_teams=frozenset({"t"})), False),
        (Rules(block_channels=frozenset({"c"})), False),
        (Rules(allow_channels=frozenset({"c"})), True),
    ],
)
def test_rules(rules: Rules, permitted: bool) -> None:
    asked = event()
    assert rules.permits(asked.place, asked.speaker) is permitted


def test_limits_by_the_minute_are_those_of_a_person_and_name_the_wait() -> None:
    recent, limits = RecentTurns(), Limits(per_minute=2)
    recent.check(event(), limits, 0.0)
    recent.check(event(), limits, 30.0)
    with pytest.raises(Denied, match="in 20 seconds"):
        recent.check(event(), limits, 40.0)
    recent.check(event("ben"), limits, 40.0)
    recent.check(event(team="u"), limits, 40.0)
    recent.check(event(), limits, 60.0)
    with pytest.raises(Denied, match="in 30 seconds"):
        recent.check(event(), limits, 60.0)


def test_without_a_limit_nothing_is_counted() -> None:
    recent = RecentTurns()
    for _ in range(100):
        recent.check(event(), Limits(), 0.0)
    assert len(recent._starts) == 0


def test_only_so_many_people_are_remembered() -> None:
    recent = RecentTurns(people=3)
    for number in range(10):
        recent.check(event(str(number)), Limits(per_minute=1), 0.0)
    assert len(recent._starts) == 3
    with pytest.raises(Denied):
        recent.check(event("9"), Limits(per_minute=1), 1.0)
