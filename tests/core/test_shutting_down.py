"""Told to stop, the service takes nothing new, lets running turns end while people watch, then goes."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from contract.harness import FakeHarness
from fakes.platform import TRAITS
from trunkline.errors import StoreError
from trunkline.inbound import Say
from trunkline.messages import Text
from trunkline.serving import told_to_stop


async def test_a_running_turn_ends_and_a_new_one_is_not_taken(tmp_path: Path) -> None:
    harness = FakeHarness(tmp_path, TRAITS[0])
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["half", gate, "whole"]
    await harness.start()
    await harness.say("hello")
    await harness.until(lambda: bool(harness.posts()))
    closing = asyncio.create_task(harness.router.close(30.0))
    await asyncio.sleep(0)
    with pytest.raises(StoreError, match="restarting"):
        await harness.router.accept(harness.event(Say((Text("too late"),)), "fake:late"))
    gate.set()
    await closing
    assert [post.text for post in harness.posts()] == ["whole"]
    await harness.stop()


async def test_a_signal_is_told() -> None:
    with told_to_stop() as told:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(told.wait(), 10)


async def test_what_waits_is_left_to_the_next_process(tmp_path: Path) -> None:
    harness = FakeHarness(tmp_path, TRAITS[0])
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer {number}"]
    await harness.start()
    await harness.say("one")
    await harness.say("two")
    await harness.backend.asked.wait()
    closing = asyncio.create_task(harness.router.close(30.0))
    await asyncio.sleep(0)
    gate.set()
    await closing
    await harness.router.resume()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Answer 1"]
    assert [(turn.status, turn.attempts) for turn in await harness.unfinished()] == [("received", 0)]
    await harness.stop()
    await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Answer 1", "Answer 2"]
    await harness.stop()


async def test_a_turn_that_outlasts_every_drain_is_answered_in_the_end(tmp_path: Path) -> None:
    """Ten restarts in order are no crash; and what stands of the turn is known to each of them."""
    harness = FakeHarness(tmp_path, TRAITS[1])
    harness.backend.script = lambda request, number: (
        [f"half {number}", asyncio.Event()] if number < 10 else ["The answer"]
    )
    await harness.start()
    await harness.say("hello")
    for number in range(1, 10):
        await harness.until(lambda number=number: [post.text for post in harness.posts()] == [f"half {number}"])  # type: ignore[misc]
        await harness.router.close(0.0)
        (left,) = await harness.unfinished()
        assert (left.owner, left.attempts, left.handed_back) == ("", number, number)
        await harness.stop()
        await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["The answer"]
    assert [message.text for message in await harness.history()] == ["hello", "The answer"]
    await harness.stop()


async def test_a_drain_that_the_store_does_not_see_counts_as_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = FakeHarness(tmp_path, TRAITS[0])
    harness.backend.script = lambda request, number: ["half", asyncio.Event()] if number == 1 else ["whole"]
    await harness.start()
    await harness.say("hello")
    await harness.until(lambda: bool(harness.posts()))

    async def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(harness.store, "write", full)
        await harness.router.close(0.0)
    await harness.stop()
    await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["whole"]
    (turn,) = await harness.turns()
    assert (turn.attempts, turn.handed_back) == (2, 0)
    await harness.stop()


async def test_whoever_drains_says_so(tmp_path: Path) -> None:
    harness = FakeHarness(tmp_path, TRAITS[0])
    await harness.start()
    said = [harness.router.draining]
    await harness.router.close(0.0)
    said.append(harness.router.draining)
    assert said == [False, True]
    await harness.stop()
