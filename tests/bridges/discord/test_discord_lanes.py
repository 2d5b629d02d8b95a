"""The order of what happens in a channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fakes.clock import settle
from trunkline_bridges.discord.facts import Member, Spot, Written
from trunkline_bridges.discord.hearing.lanes import Job, Lane, Lanes


async def _nothing(_: Lane) -> None: ...


def job(number: int) -> Job:
    return Job(_nothing, Written(str(number), Spot("1"), Member("2"), 0.0))


def ids(lane: Lane) -> list[int]:
    return [int(one.written.id) for one in lane.jobs if one.written is not None]


@given(st.sets(st.integers(1, 50)), st.sets(st.integers(1, 50)))
def test_messages_that_were_read_get_into_their_place_once(live: set[int], late: set[int]) -> None:
    lane = Lane("")
    lane.jobs.extend(job(number) for number in sorted(live))
    lane.insert(job(number) for number in sorted(late))
    assert ids(lane) == sorted(live | late)


class Steps:
    """Jobs that say when they are done and end when they are told to."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def job(self, name: str) -> Job:
        gate = self.gates[name] = asyncio.Event()

        async def work(_: Lane) -> None:
            await gate.wait()
            self.done.append(name)

        return Job(work)

    def open(self, names: Sequence[str]) -> None:
        for name in names:
            self.gates[name].set()


async def test_a_channel_is_worked_on_in_order_and_others_do_not_wait_for_it() -> None:
    lanes, steps = Lanes(), Steps()
    for channel, name in (("a", "a1"), ("a", "a2"), ("b", "b1")):
        lanes.put(channel, "", steps.job(name))
    steps.open(["a2", "b1"])
    await settle()
    assert steps.done == ["b1"]
    steps.open(["a1"])
    await lanes.idle()
    assert steps.done == ["b1", "a1", "a2"]
    assert len(lanes) == 0, "nothing is kept of a channel without work"


async def test_a_held_scope_waits_and_what_is_put_first_is_first() -> None:
    lanes, steps = Lanes(), Steps()
    lanes.hold("home")
    for scope in ("home", "away"):
        lanes.put(f"{scope} 1", scope, steps.job(f"{scope} live"))
    lanes.put("home 1", "home", steps.job("home read"), first=True)
    steps.open(list(steps.gates))
    await settle()
    assert steps.done == ["away live"]
    lanes.release("home")
    await lanes.idle()
    assert steps.done == ["away live", "home read", "home live"]


async def test_an_error_ends_its_own_work_alone_and_is_logged_without_words() -> None:
    lanes, steps = Lanes(), Steps()

    async def fails(_: Lane) -> None:
        raise ValueError("what somebody wrote")

    with capture_logs() as logs:
        lanes.put("a", "", Job(fails))
        lanes.put("a", "", steps.job("next"))
        steps.open(["next"])
        await lanes.idle()
    assert steps.done == ["next"]
    assert [line["event"] for line in logs] == ["work broke off"]
    assert "somebody" not in str(logs)


async def test_closing_breaks_off_what_is_at_work() -> None:
    lanes, steps = Lanes(), Steps()
    lanes.put("a", "", steps.job("never"))
    lanes.hold("b")
    lanes.put("b", "b", steps.job("never either"))
    await lanes.close()
    assert (steps.done, len(lanes)) == ([], 0)
