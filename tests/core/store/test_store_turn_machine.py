"""Any order of events, crashes and commands keeps invariants 1 and 3.

1. A conversation has at most one turn that runs or is being delivered.
3. The history changes only by a turn that is answered well, or by a person's command.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlalchemy import Connection, create_engine
from sqlalchemy import event as sql_event

from fakes.stored import ANN, BEN, HERE, LEASE_S, THERE, event, said
from trunkline.errors import LeaseLost
from trunkline.inbound import Retry, Say
from trunkline.messages import Message, Reply
from trunkline.store import history, places, turns
from trunkline.store.records import TurnRecord
from trunkline.store.schema import metadata
from trunkline.store.schema import turns as turn_rows

OWNERS = ("one/1", "one/2", "two/1")
FINAL = {"delivered", "failed", "stopped", "undeliverable", "undone", "superseded"}


@contextmanager
def database() -> Iterator[Connection]:
    """SQLite on disk, each call of the store in a transaction of its own, as `Store.write` runs it."""
    folder = Path(tempfile.mkdtemp(prefix="trunkline-machine-"))
    engine = create_engine(f"sqlite:///{folder / 'machine.db'}")
    sql_event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
    metadata.create_all(engine)
    with engine.connect() as conn:
        yield conn
    engine.dispose()
    shutil.rmtree(folder)


class TurnMachine(RuleBasedStateMachine):
    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self._database = database()
        self.conn = self._database.__enter__()
        self.now = 1000.0
        self.expected: dict[int, list[str]] = {}
        """By conversation: what its history has to be."""
        self.claims: dict[int, str] = {}
        """By turn: the owner it was last given to, until it ended."""

    def teardown(self) -> None:
        self._database.__exit__(None, None, None)

    def run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        with self.conn.begin():
            return function(self.conn, *args, **kwargs)

    def gave(self, owner: str, *given: TurnRecord) -> Any:
        for turn in given:
            assert turn.owner == owner
            assert turn.status in ("running", "answered")
            self.claims[turn.id] = owner
        return multiple(*((turn.id, owner) for turn in given))

    @rule(
        target=claimed,
        owner=st.sampled_from(OWNERS),
        place=st.sampled_from((HERE, THERE)),
        speaker=st.sampled_from((ANN, BEN)),
        overlap=st.sampled_from(("queue", "merge", "interrupt")),
        key=st.integers(0, 40),
        retry=st.booleans(),
    )
    def arrive(self, owner: str, place: Any, speaker: Any, overlap: str, key: int, retry: bool) -> Any:
        command = Retry() if retry else f"m{key}"
        arrived = event(command, place=place, speaker=speaker, key=str(key))
        accepted = self.run(turns.accept, arrived, owner=owner, now=self.now, lease_s=LEASE_S, overlap=overlap)
        self.expected.setdefault(accepted.turn.conversation, [])
        if accepted.outcome == "started":
            return self.gave(owner, accepted.turn)
        return multiple()

    @rule(turn=claimed, status=st.sampled_from(("answered", "failed", "stopped")), supersede=st.booleans())
    def answer(self, turn: tuple[int, str], status: str, supersede: bool) -> None:
        number, owner = turn
        record = self.run(turns.turn, number)
        newest = self.run(turns.newest, record.conversation)
        earlier = (newest.id,) if supersede and newest is not None and newest.id < number else ()
        user: Message | None = said(f"u{number}", "user") if isinstance(record.command, Say) else None
        may = record.status == "running" and record.owner == owner
        try:
            self.run(
                turns.answer,
                number,
                record.conversation,
                reply=Reply(state="final"),
                user=user,
                messages=[said(f"a{number}")],
                supersedes=earlier,
                status=status,
                now=self.now,
                owner=owner,
            )
        except LeaseLost:
            assert not may
            return
        assert may
        if status != "failed":
            kept = [
                text for text in self.expected[record.conversation] if not earlier or text[1:] != str(earlier[0])
            ]
            fresh = ([f"u{number}"] if user else []) + [f"a{number}"]
            self.expected[record.conversation] = kept + fresh

    @rule(
        target=claimed,
        turn=claimed,
        status=st.sampled_from(("delivered", "failed", "stopped", "undeliverable")),
    )
    def finish(self, turn: tuple[int, str], status: str) -> Any:
        number, owner = turn
        before = self.run(turns.turn, number)
        following = self.run(turns.finish, number, before.conversation, status, self.now, owner, LEASE_S)
        after = self.run(turns.turn, number)
        if before.owner == owner and before.finished is None:
            assert after.status in FINAL
        elif following is None or following.id != number:
            assert after == before
        return self.gave(owner, following) if following is not None else multiple()

    @rule(target=claimed, owner=st.sampled_from(OWNERS), later=st.sampled_from((0.0, 1.0, LEASE_S + 1)))
    def resume(self, owner: str, later: float) -> Any:
        """A process starts, or time goes by: it takes over what others left, then what waits."""
        self.now += later
        taken = self.run(turns.abandoned, owner, self.now, LEASE_S, 100)
        for conversation in self.run(turns.waiting, self.now, 100):
            claimed = self.run(turns.claim_next, conversation, owner, self.now, LEASE_S)
            assert claimed is not None
            taken.append(claimed)
        return self.gave(owner, *taken)

    @rule(owner=st.sampled_from(OWNERS))
    def renew(self, owner: str) -> None:
        self.run(turns.renew, owner, self.now + LEASE_S)

    @rule(place=st.sampled_from((HERE, THERE)))
    def undo(self, place: Any) -> None:
        conversation = self.current(place)
        undone = self.run(history.undo, conversation, 0, self.now)
        if undone is not None:
            assert undone.status == "undone"
            self.expected[conversation] = [t for t in self.expected[conversation] if t[1:] != str(undone.id)]

    @rule(place=st.sampled_from((HERE, THERE)))
    def clear(self, place: Any) -> None:
        conversation = self.current(place)
        self.run(history.clear, conversation, self.now)
        if conversation:
            self.expected[conversation] = []

    @rule(place=st.sampled_from((HERE, THERE)))
    def drop_waiting(self, place: Any) -> None:
        for dropped in self.run(turns.drop_waiting, self.current(place), self.now):
            assert dropped.status == "undone"

    @rule(place=st.sampled_from((HERE, THERE)))
    def begin_anew(self, place: Any) -> None:
        self.run(places.new_conversation, place, self.now)

    def current(self, place: Any) -> int:
        known = self.run(places.place_of, place)
        return 0 if known is None else known.conversation

    @invariant()
    def at_most_one_turn_is_at_work_in_a_conversation(self) -> None:
        with self.conn.begin():
            rows = self.conn.execute(turn_rows.select()).all()
        at_work = [row.conversation for row in rows if row.status in ("running", "answered")]
        assert len(at_work) == len(set(at_work))
        for row in rows:
            assert (row.finished is not None) == (row.status in FINAL)
            assert (row.owner is not None) == (row.status in ("running", "answered"))

    @invariant()
    def the_history_is_what_answers_and_commands_made_of_it(self) -> None:
        for conversation, expected in self.expected.items():
            stored = self.run(history.history, conversation, 1000)
            assert [entry.message.text for entry in stored] == expected


TestTurnMachine = TurnMachine.TestCase
TestTurnMachine.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTurnMachine = pytest.mark.timeout(300)(TestTurnMachine)
