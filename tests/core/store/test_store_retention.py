"""What is kept for how long."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from fakes.stored import ANN, BEN, HERE, THERE, Desk
from trunkline.inbound import Say
from trunkline.messages import Blob, Media, Speaker
from trunkline.store import Store, feedback, history, media_rows, people, places, retention, turns
from trunkline.store.retention import EVENTS_KEPT_S
from trunkline.store.schema import events, messages

DAY = 86_400.0


def known_events(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(events)).scalar_one()


async def test_old_turns_go_and_new_ones_stay(desk: Desk) -> None:
    old = await desk.exchange("old")
    await desk.store.write(feedback.rate, old.id, 0, False, ANN, "Like", "", 1.0)
    desk.now += 100 * DAY
    new = await desk.exchange("new")
    swept = await desk.store.write(retention.sweep, desk.now - DAY, desk.now, 10)
    assert (swept.erased.turns, swept.erased.messages, swept.erased.feedback) == (1, 2, 1)
    assert (swept.events, swept.complete) == (1, True)
    stored = await desk.store.read(history.history, new.conversation)
    assert [entry.turn for entry in stored] == [new.id, new.id]


async def test_open_turns_stay_however_old(desk: Desk) -> None:
    running = (await desk.accept("runs")).turn
    waiting = (await desk.accept("waits")).turn
    swept = await desk.store.write(retention.sweep, 1e9, 1e9, 10)
    assert swept.erased.turns == 0
    assert await desk.turn(running.id) == running
    assert await desk.turn(waiting.id) == waiting


async def test_events_stay_known_for_a_day(desk: Desk) -> None:
    turn = await desk.exchange("hello", key="k")
    soon = desk.now + EVENTS_KEPT_S
    await desk.store.write(retention.sweep, soon, soon, 10)
    assert await desk.store.read(turns.turn, turn.id) is None
    assert (await desk.accept("hello", key="k")).outcome == "duplicate"
    later = soon + 1
    await desk.store.write(retention.sweep, later, later, 10)
    assert await desk.store.read(known_events) == 0


async def test_empty_conversations_places_and_people_go_with_the_last_turn(desk: Desk) -> None:
    store = desk.store
    await desk.exchange("one")
    await desk.exchange("two", speaker=BEN, place=THERE)
    await store.write(people.consent, BEN, "voice", 1.0)
    await store.write(places.pause, THERE, True, 1.0)
    swept = await retention.enforce(store, 1e9, 1e9)
    assert (swept.erased.conversations, swept.people) == (2, 1)
    assert await store.read(places.place_of, HERE) is None
    assert await store.read(people.person_of, ANN) is None
    paused = await store.read(places.place_of, THERE)
    assert paused is not None
    assert paused.paused
    assert await store.read(people.person_of, BEN) is not None


async def test_a_conversation_in_use_stays_though_its_turns_are_old(desk: Desk) -> None:
    turn = await desk.exchange("one")
    desk.now += 100 * DAY
    await desk.exchange("two")
    await desk.store.write(retention.sweep, desk.now - DAY, desk.now, 10)
    found = await desk.store.read(places.conversation, HERE, turn.conversation)
    assert found is not None
    assert found.started


async def test_sweeping_goes_on_in_batches_until_all_is_done(desk: Desk) -> None:
    store = desk.store
    for number in range(7):
        speaker = Speaker("web", f"visitor-{number}")
        await desk.exchange(str(number), speaker=speaker, place=HERE if number % 2 else THERE)
    first = await store.write(retention.sweep, 1e9, 1e9, 3)
    assert (first.erased.turns, first.complete) == (3, False)
    rest = await retention.enforce(store, 1e9, 1e9, batch=3)
    assert (rest.erased.turns, rest.erased.messages, rest.complete) == (4, 8, True)
    assert rest.people + first.people == 7
    assert rest.events + first.events == 7
    left = await store.read(lambda conn: conn.execute(select(func.count()).select_from(messages)).scalar_one())
    assert left == 0


async def test_files_of_swept_turns_are_let_go(store: Store, desk: Desk) -> None:
    await store.write(media_rows.touch, "a" * 64, 1, "image/png", 1000.0)
    turn = (await desk.accept(Say((Media("image", Blob("a" * 64, 1)),)))).turn
    await desk.answer(turn)
    await desk.finish(turn)
    gone: list[str] = []
    assert await store.write(media_rows.collect, 5000.0, 10, gone.append) == 0
    assert (await store.write(retention.sweep, 1e9, 1e9, 10)).erased.media == 1
    assert await store.write(media_rows.collect, 100.0, 10, gone.append) == 1
    assert gone == ["a" * 64]
