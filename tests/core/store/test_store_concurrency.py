"""Several processes on one database: never two turns of a conversation at work, none lost, none twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Connection, func, select

from fakes.stored import ANN, HERE, LEASE_S, Desk, event
from trunkline.errors import LeaseLost
from trunkline.inbound import Place, Say
from trunkline.messages import Speaker, Text
from trunkline.store import Store, history, people, places, turns
from trunkline.store.records import TurnRecord
from trunkline.store.schema import conversations, identities
from trunkline.store.schema import people as people_rows
from trunkline.store.schema import turns as turn_rows

OpenStore = Callable[[], Awaitable[Store]]


@dataclass
class Worker:
    """A process that takes events in and works on what it claimed."""

    desk: Desk
    at_work: dict[int, int]
    """Conversation to turn, over all workers: what a person would see running."""
    done: list[int] = field(default_factory=list)

    async def receive(self, text: str, place: Place, key: str) -> None:
        accepted = await self.desk.accept(event(text, place=place, key=key))
        if accepted.outcome == "started":
            await self.work(accepted.turn)

    async def work(self, turn: TurnRecord | None) -> None:
        while turn is not None:
            assert turn.conversation not in self.at_work, "two turns of one conversation at work"
            self.at_work[turn.conversation] = turn.id
            await self.desk.answer(turn, f"answer to {turn.id}")
            del self.at_work[turn.conversation]
            self.done.append(turn.id)
            turn = await self.desk.finish(turn)


@pytest.fixture
async def workers(open_store: OpenStore) -> list[Worker]:
    at_work: dict[int, int] = {}
    return [Worker(Desk(await open_store(), owner=f"process-{n}/1"), at_work) for n in range(3)]


async def test_every_event_is_answered_once_in_order_over_all_processes(workers: list[Worker]) -> None:
    rng = random.Random(7)
    rooms = [replace(HERE, channel=f"room {n}") for n in range(3)]
    events = [(f"message {n}", rng.choice(rooms), f"key {n}") for n in range(30)]
    deliveries = [(rng.choice(workers), each) for each in events for _ in range(2)]  # each arrives twice
    rng.shuffle(deliveries)
    await asyncio.gather(*(worker.receive(*each) for worker, each in deliveries))
    done = [turn for worker in workers for turn in worker.done]
    assert len(done) == len(set(done)) == 30
    store = workers[0].desk.store
    said: list[str] = []
    for room in rooms:
        known = await store.read(places.place_of, room)
        assert known is not None
        stored = await store.read(history.history, known.conversation)
        in_order = [entry.turn for entry in stored]
        assert in_order == sorted(in_order)
        said += [entry.message.text for entry in stored if entry.message.role == "user"]
    assert sorted(said) == sorted(text for text, _, _ in events)


async def test_one_speaker_in_one_new_place_becomes_one_person_and_one_conversation(
    workers: list[Worker],
) -> None:
    await asyncio.gather(
        *(worker.receive(f"{n}", HERE, f"{n}:{turn}") for turn in range(4) for n, worker in enumerate(workers))
    )

    def counts(conn: Connection) -> list[int]:
        return [
            conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (people_rows, identities, conversations, turn_rows)
        ]

    assert await workers[0].desk.store.read(counts) == [1, 1, 1, 12]


async def test_what_was_abandoned_is_taken_over_by_one_process_alone(workers: list[Worker]) -> None:
    gone = workers[0].desk
    left = {(await gone.accept(place=replace(HERE, channel=str(n)))).turn.id for n in range(9)}
    taken = await asyncio.gather(
        *(
            worker.desk.store.write(turns.abandoned, worker.desk.owner, 9999.0, LEASE_S, limit)
            for worker in workers[1:]
            for limit in (3, 100)
        )
    )
    claimed = [turn.id for some in taken for turn in some]
    assert len(claimed) == len(set(claimed))
    for worker in workers[1:]:  # what a process passed over because another looked at it
        rest = await worker.desk.store.write(turns.abandoned, worker.desk.owner, 9999.0, LEASE_S, 100)
        claimed += [turn.id for turn in rest]
    assert set(claimed) == left


async def test_a_waiting_turn_is_claimed_by_one_process_alone(workers: list[Worker]) -> None:
    desk = workers[0].desk
    first = (await desk.accept("one")).turn
    await desk.accept("two")
    await desk.store.write(history.undo, first.conversation, first.id, 1.0)
    claimed = await asyncio.gather(
        *(
            worker.desk.store.write(
                turns.claim_next, first.conversation, worker.desk.owner, worker.desk.now, LEASE_S
            )
            for worker in workers
            for _ in range(2)
        )
    )
    assert len([turn for turn in claimed if turn is not None]) == 1


async def test_forgetting_while_people_talk_breaks_nothing(workers: list[Worker]) -> None:
    """Whatever the order, a turn is stored as a whole or erased as a whole, and nobody is refused for it."""
    speakers = [ANN, Speaker("web", "cy-3", "Cy")]

    async def talk(worker: Worker, number: int) -> None:
        said = event(Say((Text(f"m{number}"),)), speaker=speakers[number % 2], key=f"k{number}")
        accepted = await worker.desk.accept(said)
        turn: TurnRecord | None = accepted.turn if accepted.outcome == "started" else None
        while turn is not None:
            with suppress(LeaseLost):
                await worker.desk.answer(turn)
            turn = await worker.desk.finish(turn)

    forgets = [worker.desk.store.write(people.forget, ANN) for worker in workers for _ in range(2)]
    await asyncio.gather(*(talk(workers[n % 3], n) for n in range(18)), *forgets)
    await workers[0].desk.store.write(people.forget, ANN)
    assert await workers[1].desk.store.read(people.person_of, ANN) is None
    owners = await workers[1].desk.store.read(lambda conn: set(conn.execute(select(turn_rows.c.person)).scalars()))
    assert len(owners) <= 1
