"""The turns of a conversation, on both engines: taken in once, one at a time, ended once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select

from fakes.stored import ANN, BEN, HERE, LEASE_S, THERE, Desk, event, said
from trunkline.errors import LeaseLost
from trunkline.inbound import Edit, Retry, Say, Stop
from trunkline.messages import Reply, Speaker, Text
from trunkline.store import Store, history, people, places, turns
from trunkline.store.schema import events
from trunkline.store.schema import turns as turn_rows


def rows(conn: Connection) -> tuple[int, int]:
    """How many turns and how many events are stored."""
    return (
        conn.execute(select(func.count()).select_from(turn_rows)).scalar_one(),
        conn.execute(select(func.count()).select_from(events)).scalar_one(),
    )


async def test_first_event_is_stored_with_all_that_it_needs_and_starts(desk: Desk) -> None:
    accepted = await desk.accept(
        "hello", message_id="m1", target={"token": "t"}, context={"page": "/docs"}, at=99.5
    )
    assert (accepted.outcome, accepted.running, accepted.ahead) == ("started", None, 0)
    turn = accepted.turn
    assert (turn.status, turn.owner, turn.attempts, turn.lease_until) == ("running", "main/1", 1, 1060.0)
    assert (turn.place, turn.speaker, turn.command) == (HERE, ANN, Say((Text("hello"),)))
    assert (turn.at, turn.received, turn.started) == (99.5, 1000.0, 1000.0)
    assert await desk.turn(turn.id) == turn
    place = await desk.store.read(places.place_of, HERE)
    assert place is not None
    assert place.conversation == turn.conversation
    assert await desk.store.read(people.person_of, ANN) == turn.person


async def test_an_event_seen_before_changes_nothing_and_gives_its_turn(desk: Desk) -> None:
    first = await desk.accept(event("hello", key="k"))
    await desk.answer(first.turn)
    before = await desk.store.read(rows)
    again = await desk.accept(event("hello, redelivered", key="k", place=THERE, speaker=BEN))
    assert again.outcome == "duplicate"
    assert again.turn == await desk.turn(first.turn.id)
    assert await desk.store.read(rows) == before
    assert await desk.store.read(places.place_of, THERE) is None


async def test_second_message_waits_behind_the_first(desk: Desk) -> None:
    first = await desk.accept("one")
    second = await desk.accept("two", speaker=BEN)
    third = await desk.accept("three")
    assert (second.outcome, second.running, second.ahead) == ("queued", first.turn.id, 1)
    assert (third.outcome, third.running, third.ahead) == ("queued", first.turn.id, 2)
    assert second.turn.status == "received"
    assert second.turn.owner == ""
    assert await desk.turn(third.turn.id) == third.turn
    assert await desk.store.write(turns.claim_next, first.turn.conversation, "other/1", 1.0, LEASE_S) is None


async def test_conversations_do_not_wait_for_each_other(desk: Desk) -> None:
    await desk.accept("one")
    assert (await desk.accept("two", place=THERE)).outcome == "started"


async def test_an_answered_turn_still_holds_its_conversation(desk: Desk) -> None:
    first = await desk.accept("one")
    await desk.answer(first.turn)
    assert (await desk.accept("two")).outcome == "queued"


async def test_finish_starts_the_turn_that_waited_longest(desk: Desk) -> None:
    first = (await desk.accept("one")).turn
    second = (await desk.accept("two")).turn
    third = (await desk.accept("three")).turn
    desk.now = 1010.0
    await desk.answer(first)
    following = await desk.finish(first)
    assert following is not None
    assert (following.id, following.status, following.started) == (second.id, "running", 1010.0)
    assert (following.attempts, following.lease_until) == (1, 1010.0 + LEASE_S)
    await desk.answer(following)
    assert (await desk.finish(following)) == await desk.turn(third.id)
    assert (await desk.turn(first.id)).status == "delivered"
    assert (await desk.turn(first.id)).finished == 1010.0


@pytest.mark.parametrize(
    ("answered_as", "finished_as", "status"),
    [
        ("answered", "delivered", "delivered"),
        ("delivered", "delivered", "delivered"),
        ("failed", "delivered", "failed"),
        ("stopped", "delivered", "stopped"),
        ("stopped", "stopped", "stopped"),
        ("answered", "undeliverable", "undeliverable"),
    ],
)
async def test_a_turn_ends_as_its_answer_was_stored(
    desk: Desk, answered_as: str, finished_as: str, status: str
) -> None:
    turn = (await desk.accept()).turn
    await desk.answer(turn, status=answered_as)
    assert (await desk.turn(turn.id)).status == "answered"
    assert await desk.finish(turn, finished_as) is None
    ended = await desk.turn(turn.id)
    assert (ended.status, ended.owner, ended.lease_until) == (status, "", None)


async def test_merge_joins_the_speakers_own_waiting_message(desk: Desk) -> None:
    await desk.accept("running")
    waiting = await desk.accept("one", message_id="m1", target={"to": 1}, context={"a": 1})
    other = await desk.accept("ben waits", speaker=BEN)
    joined = await desk.accept(
        event("two", key="k2", message_id="m2", target={"to": 2}, context={"b": 2}), overlap="merge"
    )
    assert joined.outcome == "merged"
    assert joined.turn == replace(
        waiting.turn,
        command=Say((Text("one"), Text("two"))),
        message_id="m2",
        target={"to": 2},
        context={"a": 1, "b": 2},
    )
    assert await desk.turn(waiting.turn.id) == joined.turn
    assert (await desk.turn(other.turn.id)).command == Say((Text("ben waits"),))
    again = await desk.accept(event("two", key="k2"), overlap="merge")
    assert (again.outcome, again.turn) == ("duplicate", joined.turn)
    for message_id in ("m1", "m2"):
        found = await desk.store.read(turns.by_message_id, waiting.turn.conversation, message_id)
        assert found == joined.turn


async def test_merge_leaves_running_turns_other_people_and_other_commands_alone(desk: Desk) -> None:
    running = await desk.accept("running")
    assert (await desk.accept("one", overlap="merge")).outcome == "queued"
    assert (await desk.accept("two", speaker=BEN, overlap="merge")).outcome == "queued"
    assert (await desk.accept(Retry(), overlap="merge")).outcome == "queued"
    after_retry = await desk.accept("three", overlap="merge")
    assert after_retry.outcome == "queued"
    assert (await desk.turn(running.turn.id)).command == Say((Text("running"),))


async def test_interrupt_waits_and_names_the_turn_to_stop(desk: Desk) -> None:
    first = await desk.accept("one", overlap="interrupt")
    assert first.outcome == "started"
    second = await desk.accept("two", overlap="interrupt")
    assert (second.outcome, second.running, second.turn.status) == ("interrupts", first.turn.id, "received")


async def test_a_conversation_of_another_place_is_out_of_reach(desk: Desk) -> None:
    private = await desk.accept("secret", place=THERE, speaker=BEN)
    intruder = await desk.accept("show me", conversation=private.turn.conversation)
    assert intruder.turn.conversation != private.turn.conversation
    for absurd in (2**63, 2**200, -1):
        assert (await desk.accept("x", conversation=absurd)).turn.conversation == intruder.turn.conversation


async def test_an_event_names_one_of_its_places_conversations(desk: Desk) -> None:
    old = await desk.exchange("one")
    fresh = await desk.store.write(places.new_conversation, HERE, 1.0)
    assert (await desk.accept("two")).turn.conversation == fresh.id
    assert (await desk.accept("three", conversation=old.conversation)).turn.conversation == old.conversation


async def test_only_turns_are_accepted(desk: Desk) -> None:
    stop = replace(event(), command=Stop())
    with pytest.raises(ValueError, match="Stop is no turn"):
        await desk.accept(stop)


async def test_seen_knows_an_event_the_second_time(store: Store) -> None:
    assert not await store.write(turns.seen, "undo:1", 5.0)
    assert await store.write(turns.seen, "undo:1", 6.0)
    assert not await store.write(turns.seen, "undo:2", 6.0)


async def test_a_failed_turn_leaves_no_history_and_keeps_its_input(desk: Desk) -> None:
    turn = (await desk.accept("boom")).turn
    await desk.answer(turn, status="failed")
    await desk.finish(turn)
    assert await desk.store.read(history.history, turn.conversation) == ()
    ended = await desk.turn(turn.id)
    assert (ended.status, ended.error, ended.command) == ("failed", "It broke", Say((Text("boom"),)))
    assert ended.reply == Reply(state="failed")
    assert await desk.store.read(turns.newest, turn.conversation) == ended


async def test_an_answer_is_stored_once_and_only_while_the_turn_runs(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    await desk.answer(turn)
    with pytest.raises(LeaseLost):
        await desk.answer(turn, "again")
    waiting = (await desk.accept("two")).turn
    with pytest.raises(LeaseLost):
        await desk.answer(waiting)
    with pytest.raises(LeaseLost):
        await desk.answer(replace(turn, id=turn.id + 1000))
    stored = await desk.store.read(history.history, turn.conversation)
    assert [entry.message.text for entry in stored] == ["hello", "hi"]


async def test_who_lost_a_turn_can_neither_answer_nor_end_it(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    other = Desk(desk.store, owner="other/1", now=turn.lease_until or 0)
    other.now += 1
    (taken,) = await other.store.write(turns.abandoned, other.owner, other.now, LEASE_S, 10)
    assert taken.id == turn.id
    with pytest.raises(LeaseLost):
        await desk.answer(turn, "late")
    assert await desk.finish(turn) is None
    assert await desk.turn(turn.id) == taken
    await other.answer(taken, "mine")
    assert (await desk.turn(turn.id)).reply == Reply((said("mine"),), state="final")


async def test_abandoned_takes_over_what_ran_out(desk: Desk) -> None:
    running = (await desk.accept("one")).turn
    answered = (await desk.accept("two", place=THERE)).turn
    await desk.answer(answered)
    await desk.accept("waits behind")
    store = desk.store
    assert await store.write(turns.abandoned, "other/1", 1060.0, LEASE_S, 10) == []
    taken = await store.write(turns.abandoned, "other/1", 1060.5, LEASE_S, 10)
    assert [(t.id, t.status, t.attempts, t.owner) for t in taken] == [
        (running.id, "running", 2, "other/1"),
        (answered.id, "answered", 2, "other/1"),
    ]
    assert taken[1].reply == Reply((said("hi"),), state="final")
    assert await store.write(turns.abandoned, "third/1", 1100.0, LEASE_S, 10) == []


async def test_a_new_run_takes_over_at_once_what_an_earlier_one_left(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store = desk.store
    assert await store.write(turns.abandoned, "mai_/2", 1001.0, LEASE_S, 10) == []
    (taken,) = await store.write(turns.abandoned, "main/2", 1001.0, LEASE_S, 10)
    assert (taken.id, taken.attempts) == (turn.id, 2)


async def test_a_process_never_takes_over_from_itself(desk: Desk) -> None:
    await desk.accept()
    assert await desk.store.write(turns.abandoned, desk.owner, 9999.0, LEASE_S, 10) == []


async def test_abandoned_takes_the_oldest_up_to_a_limit(desk: Desk) -> None:
    ids = [(await desk.accept(place=replace(HERE, channel=str(n)))).turn.id for n in range(5)]
    for expected in (ids[:2], ids[2:4], ids[4:], []):
        taken = await desk.store.write(turns.abandoned, "other/1", 9999.0, LEASE_S, 2)
        assert [turn.id for turn in taken] == expected


async def test_renewing_keeps_a_turn(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    assert await desk.store.write(turns.renew, desk.owner, 5000.0) == 1
    assert (await desk.turn(turn.id)).lease_until == 5000.0
    assert await desk.store.write(turns.abandoned, "other/1", 4999.0, LEASE_S, 10) == []
    await desk.answer(turn)
    await desk.finish(turn)
    assert await desk.store.write(turns.renew, desk.owner, 6000.0) == 0


async def test_waiting_finds_conversations_that_nobody_works_on(desk: Desk) -> None:
    first = (await desk.accept("one")).turn
    await desk.accept("two")
    busy = (await desk.accept("busy", place=THERE)).turn
    await desk.accept("waits", place=THERE)
    assert await desk.store.read(turns.waiting, desk.now, 10) == []
    await desk.store.write(history.undo, first.conversation, first.id, desk.now)
    assert await desk.store.read(turns.waiting, desk.now, 10) == [first.conversation]
    assert busy.conversation not in await desk.store.read(turns.waiting, desk.now, 10)
    claimed = await desk.store.write(turns.claim_next, first.conversation, desk.owner, 1001.0, LEASE_S)
    assert claimed is not None
    assert claimed.command == Say((Text("two"),))
    assert await desk.store.read(turns.waiting, desk.now, 10) == []


async def test_drop_waiting_gives_up_all_that_waits_and_nothing_else(desk: Desk) -> None:
    running = (await desk.accept("one")).turn
    waiting = [(await desk.accept(str(n))).turn for n in range(2)]
    dropped = await desk.store.write(turns.drop_waiting, running.conversation, 1002.0)
    assert [(turn.id, turn.status) for turn in dropped] == [(turn.id, "undone") for turn in waiting]
    assert (await desk.turn(running.id)).status == "running"
    await desk.answer(running)
    assert await desk.finish(running) is None


async def test_newest_and_turns_from_see_what_came_to_an_end(desk: Desk) -> None:
    first, second = await desk.exchange("one"), await desk.exchange("two")
    running = (await desk.accept("three")).turn
    store, conversation = desk.store, first.conversation
    assert await store.read(turns.newest, conversation) == second
    assert await store.read(turns.turns_from, conversation, first.id) == [first, second]
    assert await store.read(turns.turns_from, conversation, second.id) == [second]
    await store.write(history.undo, conversation, second.id, 1.0)
    assert await store.read(turns.newest, conversation) == first
    await desk.answer(running)
    assert await store.read(turns.newest, conversation) == await desk.turn(running.id)
    assert await store.read(turns.newest, conversation + 1) is None


async def test_by_message_id_stays_within_the_conversation(desk: Desk) -> None:
    here = await desk.exchange("one", message_id="7")
    there = await desk.exchange("two", place=THERE, message_id="7")
    store = desk.store
    assert await store.read(turns.by_message_id, here.conversation, "7") == here
    assert await store.read(turns.by_message_id, there.conversation, "7") == there
    assert await store.read(turns.by_message_id, here.conversation, "8") is None
    assert await store.read(turns.by_message_id, here.conversation, "") is None


async def test_superseded_turns_leave_the_history_and_stay_as_variants(desk: Desk) -> None:
    first = await desk.exchange("question", "answer 1")
    later = await desk.exchange("more", "more 1")
    retry = (await desk.accept(Retry(first.id))).turn
    await desk.answer(retry, "answer 2", supersedes=(first.id, later.id))
    await desk.finish(retry)
    again = (await desk.accept(Edit((Text("question"),), retry.id))).turn
    await desk.answer(again, "answer 3", supersedes=(retry.id,))
    store, conversation = desk.store, first.conversation
    assert [m.message.text for m in await store.read(history.history, conversation)] == ["answer 3"]
    assert [(v.turn, v.messages[0].text) for v in await store.read(history.variants, again.id)] == [
        (first.id, "answer 1"),
        (retry.id, "answer 2"),
    ]
    assert (await desk.turn(first.id)).status == "superseded"
    assert (await desk.turn(later.id)).status == "superseded"
    assert (await desk.turn(again.id)).supersedes == retry.id
    assert await store.read(turns.turns_from, conversation, first.id) == [await desk.turn(again.id)]


async def test_a_failed_retry_changes_nothing_but_remembers_what_it_retried(desk: Desk) -> None:
    first = await desk.exchange("question", "answer")
    retry = (await desk.accept(Retry(first.id))).turn
    before = await desk.store.read(history.history, first.conversation)
    await desk.answer(retry, status="failed", supersedes=(first.id,))
    assert await desk.store.read(history.history, first.conversation) == before
    assert await desk.turn(first.id) == first
    assert (await desk.turn(retry.id)).supersedes == first.id


async def test_turns_of_another_conversation_cannot_be_superseded(desk: Desk) -> None:
    other = await desk.exchange("private", place=THERE)
    retry = (await desk.accept(Retry(other.id))).turn
    await desk.answer(retry, supersedes=(other.id,))
    assert await desk.turn(other.id) == other
    assert len(await desk.store.read(history.history, other.conversation)) == 2


async def test_turns_of_a_person_are_counted_over_all_places(desk: Desk) -> None:
    first = await desk.exchange("one")
    desk.now = 2000.0
    await desk.exchange("two", place=THERE)
    await desk.exchange("three", speaker=BEN)
    store = desk.store
    assert await store.read(turns.count_since, first.person, 1000.0) == 2
    assert await store.read(turns.count_since, first.person, 1000.5) == 1


async def test_a_paused_place_takes_nothing_in(desk: Desk) -> None:
    await desk.store.write(places.pause, HERE, True, 1.0)
    before = await desk.store.read(rows)
    assert (await desk.accept("psst")).outcome == "paused"
    assert await desk.store.read(rows) == before
    await desk.store.write(places.pause, HERE, False, 1.0)
    assert (await desk.accept("hello")).outcome == "started"


async def test_a_turn_that_is_not_there_is_none(store: Store) -> None:
    for number in (0, 1, -5, 2**63, 2**70):
        assert await store.read(turns.turn, number) is None


async def test_people_write_what_no_database_likes(desk: Desk) -> None:
    """NUL and lone surrogates come from real clients; nothing already said may be lost over them."""
    odd = "nul \x00 and half a pair \ud83d, quote ' and %"
    speaker = Speaker("web", "odd\x00", "N\x00\ud800ame")
    turn = (await desk.accept(odd, speaker=speaker, message_id="m\x00", place=replace(HERE, channel="c\x00"))).turn
    await desk.answer(turn, odd)
    assert (await desk.turn(turn.id)).command == Say((Text(odd),))
    stored = await desk.store.read(history.history, turn.conversation)
    assert [entry.message.text for entry in stored] == [odd, odd]
