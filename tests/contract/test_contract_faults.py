"""What people see when the platform refuses, delays or loses calls, and when posts and channels disappear."""

from __future__ import annotations

import asyncio

import pytest

from contract.harness import Harness
from fakes.backend import reply
from trunkline.errors import Forbidden, PlatformError, RateLimited, TargetGone, Unconfirmed


def texts(harness: Harness, channel: str = "general") -> list[str]:
    return [post.text for post in harness.posts(channel)]


class Overloaded(PlatformError):
    """A 5xx: it may pass."""

    retryable = True


async def test_rate_limits_delay_and_lose_nothing(harness: Harness) -> None:
    if not harness.trouble("create", RateLimited("slow down", 3.0), times=2):
        pytest.skip("this platform never limits")
    harness.trouble("edit", RateLimited("slow down", 3.0), times=2)
    for text in ("one", "two"):
        await harness.say(text)
    await harness.settled()
    assert texts(harness) == ["Turn 1 heard: one", "Turn 2 heard: two"]


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
async def test_the_lost_answer_to_a_create_makes_no_second_post(harness: Harness, after: bool) -> None:
    if not harness.trouble("create", Unconfirmed("lost"), after=after):
        pytest.skip("this platform loses nothing")
    await harness.say("one")
    await harness.settled()
    if harness.capabilities.find or harness.capabilities.repeatable:
        assert texts(harness) == ["Turn 1 heard: one"]
    assert texts(harness)[-1] == "Turn 1 heard: one"


async def test_the_lost_answers_to_edits_and_deletes_are_made_up_for(harness: Harness) -> None:
    if not harness.trouble("edit", Unconfirmed("lost"), after=True):
        pytest.skip("this platform loses nothing")
    harness.trouble("append", Unconfirmed("lost"), after=True)
    harness.trouble("delete", Unconfirmed("lost"), after=True)
    harness.backend.script = lambda request, number: ["words " * 900, "short"]
    await harness.say("one")
    await harness.settled()
    assert texts(harness)[0] == "short"
    if harness.capabilities.delete:
        assert texts(harness) == ["short"]


async def test_failures_that_pass_are_outlasted(harness: Harness) -> None:
    if not harness.trouble("create", Overloaded("later"), times=3):
        pytest.skip("this platform never fails")
    harness.trouble("edit", Overloaded("later"), times=3)
    await harness.say("one")
    await harness.settled()
    assert texts(harness)[-1] == "Turn 1 heard: one"
    assert [turn.status for turn in await harness.turns()] == ["delivered"]


async def test_a_refused_preview_does_not_cost_the_final(harness: Harness) -> None:
    gate = asyncio.Event()
    if not (harness.capabilities.edit and harness.trouble("create", PlatformError("bad request"))):
        pytest.skip("this platform has no previews")
    harness.backend.script = lambda request, number: ["Preview", gate, "Final"]
    await harness.say("one")
    await harness.backend.asked.wait()
    gate.set()
    await harness.settled()
    assert texts(harness) == ["Final"]


async def test_a_preview_that_somebody_deleted_comes_back_as_the_final_alone(harness: Harness) -> None:
    gate, more = asyncio.Event(), asyncio.Event()
    harness.backend.script = lambda request, number: ["One", gate, "One two", more, "One two three"]
    if not harness.capabilities.edit:
        pytest.skip("this platform has no previews")
    await harness.say("count")
    await harness.until(lambda: texts(harness) == ["One"])
    if not harness.delete_post(harness.posts()[0].id):
        pytest.skip("nobody deletes there")
    gate.set()
    more.set()
    await harness.settled()
    assert texts(harness) == ["One two three"]


async def test_a_deleted_channel_keeps_the_answer_in_the_history(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer {number}"]
    await harness.say("one")
    await harness.backend.asked.wait()
    if not harness.delete_channel():
        pytest.skip("nobody deletes there")
    gate.set()
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["one", "Answer 1"]
    assert [turn.status for turn in await harness.turns()] == ["undeliverable"]


async def test_who_was_thrown_out_keeps_answers_in_the_history(harness: Harness) -> None:
    if not harness.trouble("create", Forbidden("kicked"), times=10):
        pytest.skip("nobody is thrown out there")
    await harness.say("one")
    await harness.settled()
    assert [turn.status for turn in await harness.turns()] == ["undeliverable"]
    assert len(await harness.history()) == 2


async def test_controls_of_a_post_that_is_gone_trouble_nobody(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    if not harness.delete_post(harness.posts()[0].id):
        pytest.skip("nobody deletes there")
    await harness.say("two")
    await harness.settled()
    assert texts(harness) == ["Turn 2 heard: two"]


async def test_a_target_that_is_gone_on_create_is_no_reason_to_stop_the_conversation(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [reply(f"Answer {number}")]
    if not harness.trouble("create", TargetGone("gone")):
        pytest.skip("nothing disappears there")
    await harness.say("one")
    await harness.settled()
    await harness.say("two")
    await harness.settled()
    assert texts(harness) == ["Answer 2"]
    assert [turn.status for turn in await harness.turns()] == ["undeliverable", "delivered"]
