"""Two processes on one store: each turn is one process's at a time, and none is lost."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from contract.harness import FakeHarness
from fakes.backend import reply
from fakes.platform import TRAITS
from trunkline.errors import Forbidden, PlatformError
from trunkline.store import pending, posts
from trunkline.store.erasing import erase_turns
from trunkline.store.schema import turns as turn_rows


@pytest.fixture
async def first(tmp_path: Path) -> AsyncIterator[FakeHarness]:
    harness = FakeHarness(tmp_path, TRAITS[0])
    await harness.start()
    yield harness
    await harness.stop()


@pytest.fixture
async def second(tmp_path: Path, first: FakeHarness) -> AsyncIterator[FakeHarness]:
    """Another process: the same store, platform and clock, an app of its own."""
    harness = FakeHarness(tmp_path, TRAITS[0])
    harness.process = "other"
    harness.clock = first.clock
    harness.platform = first.platform
    harness._keys = itertools.count(1_000)
    await harness.start()
    yield harness
    await harness.stop()


async def test_a_turn_with_a_live_lease_is_left_alone(first: FakeHarness, second: FakeHarness) -> None:
    gate = asyncio.Event()
    first.backend.script = lambda request, number: [gate, "The first answers"]
    await first.say("hello")
    await first.backend.asked.wait()
    await second.router.resume()
    await second.settled()
    assert second.backend.requests == []
    gate.set()
    await first.settled()
    assert [post.text for post in first.posts()] == ["The first answers"]


async def test_a_lease_that_ran_out_hands_the_turn_over_and_the_late_answer_is_dropped(
    first: FakeHarness, second: FakeHarness
) -> None:
    gate = asyncio.Event()
    first.backend.script = lambda request, number: [gate, "The first answers, too late"]
    second.backend.script = lambda request, number: ["The second answers"]
    await first.say("hello")
    await first.backend.asked.wait()
    await first.clock.sleep(first.settings.lease_s + 1)
    await second.router.resume()
    await second.settled()
    gate.set()
    await first.settled()
    assert [post.text for post in first.posts()] == ["The second answers"]
    assert [message.text for message in await first.history()] == ["hello", "The second answers"]


async def test_leases_are_renewed_for_as_long_as_the_turn_runs(first: FakeHarness, second: FakeHarness) -> None:
    gate = asyncio.Event()
    first.backend.script = lambda request, number: [gate, "The first answers"]
    await first.say("hello")
    await first.backend.asked.wait()
    leases = asyncio.create_task(first.router.keep_leases())
    # Whoever sleeps moves the clock: here nobody but the keeper of the leases.
    until = first.clock.now() + 10 * first.settings.lease_s
    while first.clock.now() < until:
        await first.store.read(pending.known, "anything")
    await second.router.resume()
    await second.settled()
    leases.cancel()
    assert second.backend.requests == []
    gate.set()
    await first.settled()


def erase(conn: Connection, turn: int) -> None:
    erase_turns(conn, select(turn_rows.c.id).where(turn_rows.c.id == turn))


async def test_a_turn_that_was_erased_while_it_ran_ends_quietly(first: FakeHarness) -> None:
    gate = asyncio.Event()
    first.backend.script = lambda request, number: [gate, f"Answer {number}"]
    await first.say("hello")
    await first.say("next")
    await first.backend.asked.wait()
    (running,) = first.router.runner.running.values()
    await first.store.write(erase, running.turn.id)
    gate.set()
    await first.settled()
    assert [post.text for post in first.posts()] == ["Answer 2"]


async def test_the_text_side_of_a_call_gets_the_reply_too(first: FakeHarness) -> None:
    first.platform.companions = {"call": (("fake", {"channel": "text side", "delivery": "text"}),)}
    await first.say("hello", channel="call")
    await first.settled()
    for channel in ("call", "text side"):
        assert [post.text for post in first.posts(channel)] == ["Turn 1 heard: hello"]
    stored = await first.store.read(posts.posts_of, 1)
    assert {record.target_key for record in stored} == {"fake:", "fake:text"}


async def test_a_companion_that_is_refused_does_not_make_the_turn_undeliverable(first: FakeHarness) -> None:
    first.platform.companions = {"call": (("fake", {"channel": "text side", "delivery": "text"}),)}
    first.platform.gone.add("text side")
    await first.say("hello", channel="call")
    await first.settled()
    assert [turn.status for turn in await first.turns("call")] == ["delivered"]


async def test_a_platform_that_cannot_show_a_change_does_not_hold_the_turn(
    first: FakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(change: object) -> None:
        raise PlatformError("no typing here")

    monkeypatch.setattr(first.platform, "changed", refuse)
    await first.say("hello")
    await first.settled()
    assert [post.text for post in first.posts()] == ["Turn 1 heard: hello"]


async def test_a_reply_whose_delivery_always_breaks_off_is_given_up(first: FakeHarness) -> None:
    class Bug(Exception):
        pass

    first.backend.script = lambda request, number: [reply("hello")]
    first.platform.fail("create", Bug(), times=100)  # type: ignore[arg-type]
    await first.say("hello")
    await first.settled()
    leases = asyncio.create_task(first.router.keep_leases())
    await first.until(lambda: any(change.state == "undeliverable" for change in first.platform.changes))
    leases.cancel()
    assert len(await first.history()) == 2
    first.platform.faults.clear()
    await first.say("again")
    await first.settled()
    assert [post.text for post in first.posts()] == ["hello"]


async def test_who_was_thrown_out_and_let_in_again_is_answered(first: FakeHarness) -> None:
    first.platform.fail("create", Forbidden("kicked"), times=2)
    await first.say("one")
    await first.settled()
    first.platform.faults.clear()
    await first.say("two")
    await first.settled()
    assert [post.text for post in first.posts()] == ["Turn 2 heard: two"]
