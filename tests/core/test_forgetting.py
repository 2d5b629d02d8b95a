"""Forgetting a person ends what runs for them, under whichever of their names it was begun."""

from __future__ import annotations

import asyncio

from contract.harness import ANN, FakeHarness
from trunkline.inbound import ForgetMe, TakeOver


async def test_what_was_begun_before_signing_in_ends_too(harness: FakeHarness) -> None:
    harness.backend.script = lambda request, number: ["So far", asyncio.Event()]
    await harness.say("my secret", person=ANN)
    await harness.backend.asked.wait()
    conversation = str(await harness.conversation())
    ann = harness.event(ForgetMe()).speaker
    await harness.do(TakeOver(ann), person="Anna")
    await harness.do(ForgetMe(), person="Anna")

    assert harness.backend.stopped == [conversation]
    assert harness.backend.forgotten == [conversation]


async def test_what_others_run_goes_on(harness: FakeHarness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["So far", gate, "Done"]
    await harness.say("not yours", person=ANN)
    await harness.backend.asked.wait()
    await harness.do(ForgetMe(), person="Ben")
    assert harness.backend.stopped == []
    gate.set()
    await harness.settled()
    assert [turn.status for turn in await harness.turns()] == ["delivered"]
