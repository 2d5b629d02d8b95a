"""An app that takes its time to wake: people are told, and the answer takes the place of that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from contract.harness import FakeHarness
from fakes.backend import WAKING
from fakes.platform import TRAITS, Traits
from trunkline.inbound import Stop

# Where nothing can be edited or deleted, a status line has no place.
PLATFORMS = [traits for traits in TRAITS if traits.capabilities.edit and traits.capabilities.delete]


@pytest.mark.parametrize("traits", PLATFORMS, ids=lambda traits: traits.name)
async def test_a_waking_app_is_told_of_and_then_answers(traits: Traits, tmp_path: Path) -> None:
    harness = FakeHarness(tmp_path, traits)
    harness.backend.wakes = asyncio.Event()
    await harness.start()
    await harness.say("hello")
    await harness.until(lambda: any(WAKING in post.text for post in harness.posts()))
    harness.backend.wakes.set()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Turn 1 heard: hello"]
    assert harness.backend.connects == 1
    await harness.stop()


async def test_a_turn_is_stopped_while_its_app_wakes(tmp_path: Path) -> None:
    harness = FakeHarness(tmp_path, TRAITS[0])
    harness.backend.wakes = asyncio.Event()
    await harness.start()
    await harness.say("hello")
    await harness.until(lambda: any(WAKING in post.text for post in harness.posts()))
    assert (await harness.do(Stop())).outcome == "done"
    await harness.settled()
    assert [post.text for post in harness.posts()] == [
        "[failed] Stopped before the app was awake. Try again later."
    ]
    assert await harness.history() == ()
    harness.backend.wakes.set()
    await harness.say("hello again")
    await harness.settled()
    assert harness.posts()[-1].text == "Turn 1 heard: hello again"
    assert harness.backend.connects == 1
    await harness.stop()
