"""What a turn costs in transactions and reads, and what must not grow or leak."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import structlog
from prometheus_client import generate_latest

from contract.harness import FakeHarness
from fakes.backend import Step, reply
from fakes.platform import TRAITS
from trunkline.backend import TurnRequest
from trunkline.errors import AppFailed, Forbidden
from trunkline.inbound import Clear, Command, Configure, ForgetMe, MessageDeleted, Rate, Retry, Say, Stop, Undo
from trunkline.messages import Text
from trunkline.telemetry import configure_logging, log

SENTINEL = "swordfish"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FakeHarness]:
    made = FakeHarness(tmp_path, replace(TRAITS[0], limit=100))
    await made.start()
    yield made
    await made.stop()


async def written(harness: FakeHarness, text: str) -> int:
    before = harness.store.transactions
    await harness.say(text)
    await harness.settled()
    return harness.store.transactions - before


async def test_a_turn_of_one_post_costs_four_transactions(harness: FakeHarness) -> None:
    assert await written(harness, "one") == 4
    # The posts of the turn before are looked up, to take its controls off: that waits for no id to come along.
    assert await written(harness, "two") == 5


async def test_a_post_whose_create_must_not_be_repeated_costs_one_more(tmp_path: Path) -> None:
    made = FakeHarness(tmp_path, replace(TRAITS[1], limit=100))
    await made.start()
    assert await written(made, "one") == 5
    await made.stop()


@pytest.mark.parametrize("posts", [2, 3, 6])
async def test_each_further_create_costs_one_more(harness: FakeHarness, posts: int) -> None:
    words = "\n\n".join(f"part {number} " + "x" * 80 for number in range(posts))
    harness.backend.script = lambda request, number: [words[:60], words[:150], words]
    assert await written(harness, "one") == 4 + posts - 1
    assert len(harness.posts()) == posts


async def test_edits_are_never_stored(harness: FakeHarness) -> None:
    gates = [asyncio.Event() for _ in range(5)]
    steps = [step for number, gate in enumerate(gates) for step in (f"{'word ' * number}so far", gate)]
    harness.backend.script = lambda request, number: steps
    before = harness.store.transactions
    await harness.say("one")
    for number, gate in enumerate(gates):
        shown = f"{'word ' * number}so far"
        await harness.until(lambda shown=shown: [post.text for post in harness.posts()] == [shown])  # type: ignore[misc]
        gate.set()
    await harness.settled()
    assert harness.store.transactions - before == 4
    assert sum(call.kind == "edit" for call in harness.platform.calls) == 5


async def test_nothing_is_held_of_conversations_that_are_idle(harness: FakeHarness) -> None:
    for number in range(20):
        await harness.say("hello", channel=f"channel {number}")
    await harness.settled()
    assert harness.router.runner.running == {}
    assert harness.router._workers._tasks == set()
    assert harness.router._broken == set()


async def test_a_store_that_fails_while_answering_loses_no_turn(harness: FakeHarness) -> None:
    """The turn is given back with the next round of leases and taken up again."""
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer {number}"]
    await harness.say("one")
    await harness.backend.asked.wait()
    await harness.store.close()
    gate.set()
    await harness.settled()
    assert harness.posts() == []
    assert harness.router._broken == {1}
    await harness.stop()
    await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Answer 2"]


async def test_a_turn_that_broke_off_is_taken_up_by_the_same_process(harness: FakeHarness) -> None:
    class Bug(Exception):
        pass

    harness.backend.script = lambda request, number: [Bug()] if number == 1 else [f"Answer {number}"]
    await harness.say("one")
    await harness.settled()
    assert harness.posts() == []
    leases = asyncio.create_task(harness.router.keep_leases())
    await harness.until(lambda: [post.text for post in harness.posts()] == ["Answer 2"])
    leases.cancel()


async def test_a_connection_that_breaks_while_its_event_is_stored_loses_no_turn(harness: FakeHarness) -> None:
    harness.life.stepped.clear()
    accepting = asyncio.create_task(harness.router.accept(harness.event(Say((Text("one"),)))))
    await harness.life.stepped.wait()
    accepting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await accepting
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Turn 1 heard: one"]


async def test_a_turn_of_a_bridge_that_does_not_run_here_is_left_to_others(harness: FakeHarness) -> None:
    harness.backend.script = lambda request, number: [asyncio.Event()]
    await harness.say("one")
    await harness.backend.asked.wait()
    await harness.kill()
    harness.without_bridge = True
    await harness.start()
    await harness.settled()
    assert [turn.status for turn in await harness.unfinished()] == ["running"]
    await harness.stop()
    harness.without_bridge = False
    harness.backend.script = lambda request, number: ["Answer"]
    await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Answer"]


async def test_nothing_that_people_say_reaches_logs_or_metrics(
    harness: FakeHarness, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    class Bug(Exception):
        pass

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    before = structlog.get_config()
    configure_logging("debug", "console")
    try:
        await say_everything(harness, Bug)
    finally:
        structlog.configure(**before)
        # The logger keeps the stream that it wrote to first, which is closed when this test ends.
        vars(log).pop("bind", None)
        logging.getLogger().removeHandler(handler)
    captured = capsys.readouterr()
    told = captured.out + captured.err + stream.getvalue() + caplog.text
    assert "turn ended" in told
    assert SENTINEL not in told
    assert SENTINEL not in generate_latest(harness.metrics.registry).decode()


def always(script: list[Step], request: TurnRequest, number: int) -> list[Step]:
    return script


async def say_everything(harness: FakeHarness, bug: type[Exception]) -> None:
    """All kinds of commands, answers and failures, each of them holding the sentinel."""
    ann = f"{SENTINEL} Ann"
    scripts: list[list[Step]] = [
        [reply(SENTINEL, options=[SENTINEL])],
        [AppFailed(SENTINEL)],
        [bug(SENTINEL)],
    ]
    for number, script in enumerate(scripts):
        harness.backend.script = partial(always, script)
        await harness.say(f"{SENTINEL} {number}", person=ann)
        await harness.settled()
    harness.platform.fail("create", Forbidden(SENTINEL), times=5)
    harness.platform.fail("delete", Forbidden(SENTINEL), times=5)
    harness.platform.fail("edit", Forbidden(SENTINEL), times=5)
    commands: list[Command] = [
        Rate("Like", comment=SENTINEL),
        Configure({SENTINEL: SENTINEL}),
        Retry(),
        Undo(),
        Stop(),
        Clear(),
    ]
    for command in (*commands, MessageDeleted(SENTINEL), ForgetMe()):
        await harness.do(command, person=ann)
        await harness.settled()
