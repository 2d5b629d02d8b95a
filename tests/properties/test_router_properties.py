"""Whatever people do, in whatever order, and whenever the process dies: the invariants of the design hold."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from contract.harness import ANN, BEN, FakeHarness
from fakes.backend import Step, said
from fakes.platform import TRAITS
from trunkline.backend import TurnRequest
from trunkline.errors import AppFailed
from trunkline.inbound import Choose, Clear, Command, Edit, Retry, Stop, Undo
from trunkline.messages import Text
from trunkline.store.schema import turns as turn_rows
from trunkline.turns import TRANSITIONS, TurnState

Action = tuple[str, int]
ACTIONS = ("say", "say", "say", "again", "retry", "retry old", "edit", "undo", "clear", "stop", "choose")
PROCESS = ("let go", "let go", "settle", "restart", "kill")

actions = st.lists(st.tuples(st.sampled_from((*ACTIONS, *PROCESS)), st.integers(0, 3)), min_size=1, max_size=14)


@dataclass
class World:
    """A harness whose app waits to be let go, and what is known of every turn so far."""

    harness: FakeHarness
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    at_work: dict[str, int] = field(default_factory=dict)
    states: dict[int, TurnState] = field(default_factory=dict)
    keys: list[tuple[str, str]] = field(default_factory=list)

    def script(self, request: TurnRequest, number: int) -> Iterable[Step]:
        """Fails every fifth time; notices when it is asked twice at once for one conversation."""
        conversation = request.conversation
        self.at_work[conversation] = self.at_work.get(conversation, 0) + 1
        assert self.at_work[conversation] == 1, "two turns of one conversation run"
        try:
            yield f"Turn {number}"
            yield self.gate
            yield AppFailed("It broke.") if number % 5 == 0 else f"Turn {number} heard {said(request)}"
        finally:
            self.at_work[conversation] -= 1

    async def act(self, action: Action) -> None:
        what, number = action
        commands: dict[str, Command] = {
            "retry": Retry(),
            "retry old": Retry(number + 1),
            "edit": Edit((Text(f"edited {number}"),), number),
            "undo": Undo(),
            "clear": Clear(),
            "stop": Stop(),
            "choose": Choose(number),
        }
        if what == "say":
            text = f"text {len(self.keys)}"
            self.keys.append((text, f"fake:key {text}"))
            await self.harness.say(text, key=self.keys[-1][1], person=ANN if number else BEN)
        elif what == "again" and self.keys:
            text, key = self.keys[number % len(self.keys)]
            assert (await self.harness.say(text, key=key)).outcome == "duplicate"
        elif what in commands:
            await self.harness.do(commands[what])
        else:
            await self.process(what)

    async def process(self, what: str) -> None:
        if what == "let go":
            self.gate.set()
            self.gate = asyncio.Event()
        elif what == "settle":
            await self.finish()
        elif what == "restart":
            self.gate.set()
            await self.harness.stop()
            await self.harness.start()
        elif what == "kill":
            await self.harness.kill()
            await self.harness.start()

    async def finish(self) -> None:
        self.gate.set()
        await self.harness.settled()
        self.gate = asyncio.Event()

    async def check_states(self) -> None:
        for turn, state in (await self.harness.store.read(states)).items():
            before = self.states.get(turn, TurnState.RECEIVED)
            assert state in reachable(before), f"turn {turn} went from {before} to {state}"
            self.states[turn] = state


def states(conn: Connection) -> dict[int, TurnState]:
    return {row.id: TurnState(row.status) for row in conn.execute(select(turn_rows.c.id, turn_rows.c.status))}


def reachable(state: TurnState) -> set[TurnState]:
    found, fresh = {state}, {state}
    while fresh:
        fresh = {after for before in fresh for after in TRANSITIONS[before]} - found
        found |= fresh
    return found


async def live_through(chosen: list[Action], folder: Path) -> None:
    harness = FakeHarness(folder, TRAITS[1])
    world = World(harness)
    harness.backend.script = world.script
    await harness.start()
    for action in chosen:
        await world.act(action)
        await world.check_states()
    # What waits behind the last turn is asked for only once that ends: the gate stays open now.
    harness.backend.script = lambda request, number: ["The end"]
    world.gate.set()
    await harness.settled()
    await world.check_states()
    assert_ended(world)
    counted = [turn for turn in await harness.turns() if turn.reply is not None]
    answered = [turn.reply for turn in counted if turn.reply is not None and turn.reply.state != "failed"]
    told = await harness.history()
    assert [m.text for m in told if m.role == "assistant"] == [reply.text for reply in answered if reply.messages]
    assert "[failed]" not in "".join(message.text for message in told)
    standing = [post.text for post in harness.posts()]
    for turn in counted:
        assert turn.reply is not None
        wanted = turn.reply.error if turn.reply.state == "failed" else turn.reply.text
        assert sum(wanted in text for text in standing) >= 1, f"turn {turn.id} stands nowhere"
    await harness.stop()


def assert_ended(world: World) -> None:
    open_states = {TurnState.RECEIVED, TurnState.RUNNING, TurnState.ANSWERED}
    assert not {turn for turn, state in world.states.items() if state in open_states}
    assert world.harness.router.runner.running == {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions)
def test_every_event_ends_and_the_history_is_what_was_answered(chosen: list[Action]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(asyncio.wait_for(live_through(chosen, Path(folder)), 60))


def test_the_life_of_a_turn_has_an_end_from_everywhere() -> None:
    for state in TurnState:
        assert reachable(state) & {TurnState.SUPERSEDED, TurnState.UNDONE}
    assert reachable(TurnState.UNDONE) == {TurnState.UNDONE}
