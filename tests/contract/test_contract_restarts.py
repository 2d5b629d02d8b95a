"""What people see when the process dies, or the platform fails, in mid-reply."""

from __future__ import annotations

import asyncio

from contract.harness import Harness
from fakes.backend import said
from trunkline.inbound import Retry


def texts(harness: Harness, channel: str = "general") -> list[str]:
    return [post.text for post in harness.posts(channel)]


async def test_killed_before_the_first_post(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [asyncio.Event()] if number == 1 else [f"Answer {number}"]
    await harness.say("hello")
    await harness.backend.asked.wait()
    await harness.kill()
    assert texts(harness) == []
    await harness.start()
    await harness.settled()
    assert texts(harness) == ["Answer 2"]
    assert [message.text for message in await harness.history()] == ["hello", "Answer 2"]


async def test_killed_after_the_first_post(harness: Harness) -> None:
    harness.backend.script = lambda request, number: (
        ["Half of the", asyncio.Event()] if number == 1 else [f"Answer {number}"]
    )
    await harness.say("hello")
    if harness.capabilities.edit:
        await harness.until(lambda: texts(harness) == ["Half of the"])
    else:
        await harness.backend.asked.wait()
    await harness.kill()
    await harness.start()
    await harness.settled()
    assert texts(harness) == ["Answer 2"]
    assert [message.text for message in await harness.history()] == ["hello", "Answer 2"]


async def test_messages_that_waited_are_answered_after_a_restart(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer to {said(request)}"]
    for text in ("one", "two", "three"):
        await harness.say(text)
    await harness.backend.asked.wait()
    await harness.kill()
    gate.set()
    await harness.start()
    await harness.settled()
    assert texts(harness) == ["Answer to one", "Answer to two", "Answer to three"]


async def test_two_crashes_make_a_turn_failed_and_retry_answers_it(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [asyncio.Event()] if number < 3 else [f"Answer {number}"]
    await harness.say("hello")
    for _ in range(2):
        await harness.backend.asked.wait()
        harness.backend.asked.clear()
        await harness.kill()
        await harness.start()
    await harness.settled()
    assert texts(harness) == ["[failed] The reply was interrupted twice. Try again."]
    assert await harness.history() == ()
    assert len(harness.backend.requests) == 2
    await harness.do(Retry())
    await harness.settled()
    assert texts(harness)[-1] == "Answer 3"
    assert [message.text for message in await harness.history()] == ["hello", "Answer 3"]


async def test_stopping_in_order_lets_a_turn_end(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["Half", gate, f"Answer {number}"]
    await harness.say("hello")
    await harness.backend.asked.wait()
    stopping = asyncio.create_task(harness.stop())
    gate.set()
    await stopping
    assert texts(harness) == ["Answer 1"]
    await harness.start()
    await harness.settled()
    assert texts(harness) == ["Answer 1"]


async def test_the_app_sees_the_whole_history_after_a_restart(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    await harness.kill()
    await harness.start()
    await harness.say("two")
    await harness.settled()
    assert [m.text for m in harness.backend.requests[1].history] == ["one", "Turn 1 heard: one"]
