"""Stop, interrupt and the end of a turn where they meet: none acts on the wrong turn, none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from contract.harness import FakeHarness
from fakes.backend import ScriptedBackend
from fakes.lives import Life
from fakes.platform import TRAITS
from trunkline.bridge import TurnChange
from trunkline.errors import AppUnreachable
from trunkline.inbound import DeleteConversation, NewConversation, Stop
from trunkline.services import TurnSettings

T = TypeVar("T")


class SlowLife(Life):
    """One step of a name is done at once and told of late, when the test lets it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.done = asyncio.Event()
        self.told = asyncio.Event()
        self._name = name

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        result = await super().step(name, work)
        if name == self._name and not self.done.is_set():
            self.done.set()
            await self.told.wait()
        return result


def slow(harness: FakeHarness, name: str) -> SlowLife:
    life = SlowLife(name)
    harness.store.life = life  # type: ignore[attr-defined]
    return life


async def test_a_turn_that_is_just_claimed_can_be_stopped(harness: FakeHarness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer {number}"]
    await harness.say("one")
    waiting = await harness.say("two")
    life = slow(harness, "store finish")
    gate.set()
    await life.done.wait()
    answer = await harness.do(Stop(waiting.turn))
    life.told.set()
    await harness.settled()
    assert (answer.outcome, answer.turn) == ("done", waiting.turn)
    assert len(harness.backend.requests) == 1
    assert [turn.status for turn in await harness.turns()] == ["delivered", "stopped"]


async def test_a_stop_of_what_has_ended_stops_nothing_else(harness: FakeHarness) -> None:
    gate = asyncio.Event()
    ended = await harness.say("one")
    await harness.settled()
    harness.backend.script = lambda request, number: [gate, f"Answer {number}"]
    await harness.say("two")
    assert (await harness.do(Stop(ended.turn))).outcome == "ignored"
    assert (await harness.do(Stop(10_000))).outcome == "ignored"
    gate.set()
    await harness.settled()
    assert [turn.status for turn in await harness.turns()] == ["delivered", "delivered"]


async def test_a_message_that_interrupts_is_not_stopped_itself(harness: FakeHarness) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    harness.backend.script = lambda request, number: [gates[number - 1], f"Answer {number}"]
    harness.reconfigure(overlap="interrupt")
    await harness.say("one")
    await harness.backend.asked.wait()
    harness.backend.asked.clear()
    life = slow(harness, "store take_in")
    interrupting = asyncio.create_task(harness.say("two"))
    await life.done.wait()
    # The first ends by itself, so that the second runs already when the interruption comes.
    gates[0].set()
    await harness.backend.asked.wait()
    life.told.set()
    await interrupting
    await asyncio.sleep(0)
    gates[1].set()
    await harness.settled()
    assert [turn.status for turn in await harness.turns()] == ["delivered", "delivered"]


async def test_a_stop_after_the_time_limit_is_taken(tmp_path: Path) -> None:
    class SlowToStop(ScriptedBackend):
        told, lets_go = asyncio.Event(), asyncio.Event()

        async def stop(self, conversation: str) -> None:
            self.told.set()
            await self.lets_go.wait()

    backend = SlowToStop()
    backend.script = lambda request, number: ["half", asyncio.Event()]
    harness = FakeHarness(tmp_path, TRAITS[0], backend)
    harness.settings = TurnSettings(limit_s=0.01)
    await harness.start()
    await harness.say("hello")
    await backend.told.wait()
    assert (await harness.do(Stop())).outcome == "done"
    backend.lets_go.set()
    await harness.settled()
    assert [turn.status for turn in await harness.turns()] == ["failed"]
    await harness.stop()


async def test_what_waits_is_run_though_the_platform_breaks_at_the_end_before_it(
    harness: FakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bug(Exception):
        pass

    broken = False

    def changed(change: TurnChange) -> None:
        nonlocal broken
        if change.state == "delivered" and not broken:
            broken = True
            raise Bug

    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer {number}"]
    monkeypatch.setattr(harness.platform, "changed", changed)
    await harness.say("one")
    await harness.say("two")
    gate.set()
    await harness.settled()
    leases = asyncio.create_task(harness.router.keep_leases())
    await harness.until(lambda: [post.text for post in harness.posts()] == ["Answer 1", "Answer 2"])
    leases.cancel()
    await harness.settled()
    assert harness.router.runner.running == {}


async def test_a_conversation_is_deleted_while_the_app_cannot_be_reached(harness: FakeHarness) -> None:
    harness.backend.refuses = AppUnreachable("The app does not answer.")
    made = await harness.do(NewConversation("Mine"))
    assert (await harness.do(DeleteConversation(made.conversation))).outcome == "done"
