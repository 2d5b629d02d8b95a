"""Turns that are not over yet, and a conversation as a person sees it."""

from __future__ import annotations

from fakes.stored import ANN, BEN, LEASE_S, Desk, said
from trunkline.inbound import Edit, Retry, Say
from trunkline.messages import Blob, Media, Text
from trunkline.store import feedback, history, pending, transcripts, turns
from trunkline.store.schema import media_refs


async def test_an_event_is_known_once_it_was_taken_in(desk: Desk) -> None:
    assert not await desk.store.read(pending.known, "k1")
    await desk.accept("hello", key="k1")
    await desk.store.write(turns.seen, "k2", 1.0)
    assert await desk.store.read(pending.known, "k1")
    assert await desk.store.read(pending.known, "k2")


async def test_a_turn_let_go_is_taken_up_at_once_by_whoever_asks(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    assert not await desk.store.write(pending.release, turn.id, "other/1")
    assert await desk.store.write(pending.release, turn.id, desk.owner)
    (taken,) = await desk.store.write(turns.abandoned, desk.owner, desk.now, LEASE_S, 10)
    assert (taken.id, taken.status, taken.attempts, taken.owner) == (turn.id, "running", 2, desk.owner)
    await desk.answer(taken)
    await desk.finish(taken)
    assert not await desk.store.write(pending.release, turn.id, desk.owner)


async def test_what_waits_can_be_given_up_and_the_next_one_runs(desk: Desk) -> None:
    running = (await desk.accept("runs")).turn
    waiting = (await desk.accept("waits")).turn
    behind = (await desk.accept("behind")).turn
    assert await desk.store.write(pending.drop, running.id, desk.now) is None
    dropped = await desk.store.write(pending.drop, waiting.id, desk.now)
    assert dropped is not None
    assert (dropped.id, dropped.status) == (waiting.id, "undone")
    assert await desk.store.write(pending.drop, waiting.id, desk.now) is None
    await desk.answer(running)
    following = await desk.finish(running)
    assert following is not None
    assert following.id == behind.id


async def test_what_waits_can_still_be_changed(desk: Desk) -> None:
    running = (await desk.accept("runs")).turn
    old, new = Media("image", Blob("a" * 64, 1)), Media("image", Blob("b" * 64, 1))
    waiting = (await desk.accept(Say((old,)))).turn
    assert await desk.store.write(pending.amend, waiting.id, (Text("better"), new))
    assert (await desk.turn(waiting.id)).command == Say((Text("better"), new))
    refs = await desk.store.read(lambda conn: conn.execute(media_refs.select()).all())
    assert [(row.turn, row.sha256[0]) for row in refs] == [(waiting.id, "b")]
    edit = (await desk.accept(Edit((Text("x"),), running.id))).turn
    assert await desk.store.write(pending.amend, edit.id, (Text("y"),))
    assert (await desk.turn(edit.id)).command == Edit((Text("y"),), running.id)


async def test_what_runs_or_joins_several_messages_is_not_changed(desk: Desk) -> None:
    running = (await desk.accept("runs")).turn
    waiting = (await desk.accept("one")).turn
    await desk.accept("two", overlap="merge")
    retry = (await desk.accept(Retry(), speaker=BEN)).turn
    for turn in (running.id, waiting.id, retry.id, 10**6):
        before = await desk.store.read(turns.turn, turn)
        assert not await desk.store.write(pending.amend, turn, (Text("changed"),))
        assert await desk.store.read(turns.turn, turn) == before


async def test_a_process_takes_up_only_what_its_bridges_can_deliver(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store, late = desk.store, desk.now + LEASE_S + 1
    assert await store.write(turns.abandoned, "other/1", late, LEASE_S, 10, ["discord"]) == []
    assert [t.id for t in await store.write(turns.abandoned, "other/1", late, LEASE_S, 10, ["web"])] == [turn.id]
    await desk.accept("waits")
    await store.write(history.undo, turn.conversation, turn.id, late)
    assert await store.read(turns.waiting, late, 10, ["discord"]) == []
    assert await store.read(turns.waiting, late, 10, ["discord", "web"]) == [turn.conversation]


async def test_finish_can_leave_what_waits_to_others(desk: Desk) -> None:
    first = (await desk.accept("one")).turn
    waiting = (await desk.accept("two")).turn
    await desk.answer(first)
    ended = await desk.store.write(
        turns.finish, first.id, first.conversation, "delivered", desk.now, desk.owner, LEASE_S, claim=False
    )
    assert ended is None
    assert await desk.turn(waiting.id) == waiting
    assert await desk.store.read(turns.waiting, desk.now, 10) == [first.conversation]
    assert await desk.store.read(turns.is_busy, first.conversation)


async def test_a_transcript_shows_what_was_said_waits_failed_and_was_rated(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    first = await desk.exchange("one", "1")
    await desk.store.write(feedback.rate, first.id, 0, False, ANN, "Like", "", 1.0)
    regretted = await desk.exchange("regretted")
    await desk.store.write(history.undo, first.conversation, regretted.id, 1.0)
    failed = (await desk.accept("boom")).turn
    await desk.answer(failed, status="failed")
    await desk.finish(failed)
    running = (await desk.accept("runs")).turn
    waiting = (await desk.accept("waits")).turn
    shown = await desk.store.read(transcripts.shown_turns, first.conversation, 10)
    assert [each.turn.id for each in shown] == [first.id, failed.id, running.id, waiting.id]
    assert [each.said.text if each.said else None for each in shown] == ["one", None, None, None]
    assert [[rating.value for rating in each.ratings] for each in shown] == [["Like"], [], [], []]
    newest = await desk.store.read(transcripts.shown_turns, first.conversation, 2)
    assert [each.turn.id for each in newest] == [running.id, waiting.id]
    assert await desk.store.read(transcripts.greeting_of, first.conversation) == (said("Welcome!"),)
    assert await desk.store.read(transcripts.shown_turns, first.conversation + 1, 10) == []
    mark = newest[0].turn.id
    older = await desk.store.read(transcripts.shown_turns, first.conversation, 1, mark)
    everything = [one.turn.id for one in shown]
    assert [one.turn.id for one in older] == [everything[everything.index(mark) - 1]]
    assert await desk.store.read(transcripts.shown_turns, first.conversation, 10, everything[0]) == []
    assert len(await desk.store.read(transcripts.shown_turns, first.conversation, 10, 2**70)) == len(shown)
