"""What is told to the app, and how it is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.stored import ANN, HERE, THERE, Desk, event, said
from trunkline.inbound import Edit, Heard, Retry, Say
from trunkline.messages import Blob, Media, Text
from trunkline.store import Store, feedback, history, media_rows, places, posts, turns
from trunkline.store.schema import media_refs, messages

PICTURE = Media("image", Blob("a" * 64, 3), name="cat.png")
SOUND = Media("audio", Blob("b" * 64, 3), name="reply.wav")


async def texts(store: Store, conversation: int, limit: int = 200) -> list[str]:
    return [entry.message.text for entry in await store.read(history.history, conversation, limit)]


async def refs(store: Store) -> set[tuple[int, str]]:
    rows = await store.read(lambda conn: conn.execute(media_refs.select()).all())
    return {(row.turn, row.sha256[0]) for row in rows}


async def test_history_has_the_newest_messages_oldest_first(desk: Desk) -> None:
    for number in range(4):
        desk.now = 1000.0 + number
        last = await desk.exchange(f"q{number}", f"a{number}")
    assert await texts(desk.store, last.conversation, 3) == ["a2", "q3", "a3"]
    stored = await desk.store.read(history.history, last.conversation)
    assert len(stored) == 8
    assert [(e.turn, e.created_at, e.message) for e in stored[-2:]] == [
        (last.id, 1003.0, said("q3", "user", ANN)),
        (last.id, 1003.0, said("a3")),
    ]
    assert [entry.id for entry in stored] == sorted(entry.id for entry in stored)


async def test_the_greeting_is_stored_once_and_belongs_to_no_turn(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    turn = await desk.exchange("one", "1")
    desk.greeting = [said("A new greeting of a redeployed app")]
    await desk.exchange("two", "2")
    stored = await desk.store.read(history.history, turn.conversation)
    assert [entry.message.text for entry in stored] == ["Welcome!", "one", "1", "two", "2"]
    assert [entry.greeting for entry in stored] == [True, False, False, False, False]
    assert stored[0].turn == 0


async def test_the_greeting_waits_for_a_turn_that_succeeds(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    turn = (await desk.accept("boom")).turn
    await desk.answer(turn, status="failed")
    await desk.finish(turn)
    assert await texts(desk.store, turn.conversation) == []
    await desk.exchange("one", "1")
    assert await texts(desk.store, turn.conversation) == ["Welcome!", "one", "1"]


async def test_a_stopped_turn_keeps_what_was_said_so_far(desk: Desk) -> None:
    turn = (await desk.accept("tell me all")).turn
    await desk.answer(turn, "Well, fir", status="stopped")
    assert await texts(desk.store, turn.conversation) == ["tell me all", "Well, fir"]


async def test_undo_takes_back_the_newest_turn_then_the_one_before(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    first, second = await desk.exchange("one", "1"), await desk.exchange("two", "2")
    store = desk.store
    undone = await store.write(history.undo, first.conversation, 0, 2000.0)
    assert undone is not None
    assert (undone.id, undone.status, undone.finished) == (second.id, "undone", second.finished)
    assert await texts(store, first.conversation) == ["Welcome!", "one", "1"]
    assert await store.write(history.undo, first.conversation, second.id, 2000.0) is None
    assert (await store.write(history.undo, first.conversation, 0, 2000.0) or second).id == first.id
    assert await texts(store, first.conversation) == ["Welcome!"]
    assert await store.write(history.undo, first.conversation, 0, 2000.0) is None


async def test_undo_reaches_no_other_conversation(desk: Desk) -> None:
    mine, other = await desk.exchange("mine"), await desk.exchange("other", place=THERE)
    assert await desk.store.write(history.undo, mine.conversation, other.id, 2000.0) is None
    assert await desk.turn(other.id) == other


async def test_clear_begins_anew_with_the_greeting(desk: Desk) -> None:
    desk.greeting = [said("Welcome!")]
    turn = await desk.exchange("one", "1")
    waiting = (await desk.accept("running")).turn
    store, conversation = desk.store, turn.conversation
    assert await store.write(history.clear, conversation, 2000.0) == 3
    assert await texts(store, conversation) == []
    assert await store.read(turns.newest, conversation) is None
    assert (await desk.turn(waiting.id)).status == "running"
    cleared = await store.read(places.conversation, HERE, conversation)
    assert cleared is not None
    assert (cleared.started, cleared.title) == (False, "")
    await desk.answer(waiting, "2")
    assert await texts(store, conversation) == ["Welcome!", "running", "2"]


async def test_clear_keeps_a_title_that_was_given_by_hand(desk: Desk) -> None:
    turn = await desk.exchange("one")
    await desk.store.write(places.rename, HERE, turn.conversation, "Cats")
    await desk.store.write(history.clear, turn.conversation, 2000.0)
    found = await desk.store.read(places.conversation, HERE, turn.conversation)
    assert found is not None
    assert found.title == "Cats"


async def test_a_deleted_message_leaves_history_input_title_feedback_and_media(desk: Desk) -> None:
    spoken = event(Say((Text("my secret"), PICTURE)), message_id="m1")
    turn = (await desk.accept(spoken)).turn
    await desk.store.write(media_rows.touch, "a" * 64, 3, "image/png", 500.0)
    await desk.answer(turn, parts=(Text("nice"), SOUND))
    await desk.finish(turn)
    await desk.store.write(feedback.rate, turn.id, 0, True, ANN, "Like", "secret comment", 1.0)
    assert await refs(desk.store) == {(turn.id, "a"), (turn.id, "b")}
    gone = await desk.store.write(history.delete_by_message_id, turn.conversation, "m1", 2000.0)
    assert gone is not None
    assert gone.id == turn.id
    assert await texts(desk.store, turn.conversation) == ["nice"]
    assert (await desk.turn(turn.id)).command == Say(())
    assert await refs(desk.store) == {(turn.id, "b")}
    assert (await desk.store.read(media_rows.media_of, "a" * 64)).last_used == 0  # type: ignore[union-attr]
    assert await desk.store.read(feedback.ratings, turn.id) == ()
    found = await desk.store.read(places.conversation, HERE, turn.conversation)
    assert found is not None
    assert found.title == ""
    assert await desk.store.write(history.delete_by_message_id, turn.conversation, "m1", 2000.0) is None


async def test_a_message_deleted_while_it_waits_is_not_answered(desk: Desk) -> None:
    running = (await desk.accept("one")).turn
    waiting = (await desk.accept("two", message_id="m2")).turn
    await desk.store.write(history.delete_by_message_id, running.conversation, "m2", 2000.0)
    dropped = await desk.turn(waiting.id)
    assert (dropped.status, dropped.command) == ("undone", Say(()))
    await desk.answer(running)
    assert await desk.finish(running) is None


async def test_an_answer_leaves_with_the_last_of_its_posts(desk: Desk) -> None:
    turn = await desk.exchange("one", "1")
    store = desk.store
    for part, post_id in (("reply", "p1"), ("file:x", "p2")):
        await store.write(posts.intend, turn.id, "web", part, "n", 1.0)
        await store.write(posts.posted, turn.id, "web", part, post_id, 1.0)
    await store.write(history.delete_by_message_id, turn.conversation, "p1", 2000.0)
    assert await texts(store, turn.conversation) == ["one", "1"]
    await store.write(history.delete_by_message_id, turn.conversation, "p2", 2000.0)
    assert await texts(store, turn.conversation) == ["one"]
    assert (await desk.turn(turn.id)).reply is None


async def test_an_unknown_or_foreign_message_deletes_nothing(desk: Desk) -> None:
    turn = await desk.exchange("one", message_id="m1")
    other = await desk.exchange("two", place=THERE, message_id="m2")
    for message_id in ("nobody", "m2", ""):
        assert await desk.store.write(history.delete_by_message_id, turn.conversation, message_id, 1.0) is None
    assert len(await texts(desk.store, other.conversation)) == 2


async def test_how_much_was_heard_is_part_of_the_message(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    heard = Heard(turn.id, ms=1200)
    assert not await desk.store.write(history.keep_heard, turn.conversation, heard)
    await desk.answer(turn, parts=(Text("listen"), SOUND, PICTURE))
    assert await desk.store.write(history.keep_heard, turn.conversation, heard)
    stored = await desk.store.read(history.history, turn.conversation)
    assert stored[-1].message.parts == (Text("listen"), replace(SOUND, heard_ms=1200), PICTURE)
    assert not await desk.store.write(history.keep_heard, turn.conversation + 1, heard)


async def test_an_interrupted_reply_keeps_the_words_that_were_heard(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    await desk.answer(turn, parts=(Text("One. Two. Three."), PICTURE))
    await desk.finish(turn)
    recording = replace(SOUND, source=Blob("d" * 64, 3))
    heard = Heard(turn.id, text="One. ", recording=recording)
    assert await desk.store.write(history.keep_heard, turn.conversation, heard)
    stored = await desk.store.read(history.history, turn.conversation)
    assert stored[-1].message.parts == (Text("One. …"), PICTURE, replace(recording, recording=True))
    kept = await desk.turn(turn.id)
    assert (kept.status, kept.reply and kept.reply.state) == ("stopped", "stopped")
    assert (turn.id, "d") in await refs(desk.store)
    found = await desk.store.read(lambda conn: places.conversations(conn, turn.place, query="three", limit=5))
    assert not found


async def test_media_are_kept_for_input_history_greeting_and_failed_turns(desk: Desk) -> None:
    desk.greeting = [replace(said(""), parts=(Media("image", Blob("c" * 64, 1)),))]
    waiting = (await desk.accept(Say((PICTURE,)))).turn
    assert await refs(desk.store) == {(waiting.id, "a")}
    await desk.answer(waiting, parts=(SOUND, PICTURE))
    assert await refs(desk.store) == {(waiting.id, "a"), (waiting.id, "b"), (0, "c")}
    await desk.finish(waiting)
    failed = (await desk.accept(Edit((SOUND,), waiting.id))).turn
    await desk.answer(failed, status="failed")
    assert (failed.id, "b") in await refs(desk.store)


@pytest.mark.parametrize("command", [Retry(), Edit((Text("new"),))])
async def test_variants_of_a_turn_without_earlier_answers_are_none(desk: Desk, command: Retry | Edit) -> None:
    turn = (await desk.accept(command)).turn
    await desk.answer(turn)
    assert await desk.store.read(history.variants, turn.id) == ()


async def test_replaced_messages_name_the_turn_that_replaced_them(desk: Desk) -> None:
    first = await desk.exchange("question", "answer")
    retry = (await desk.accept(Retry())).turn
    await desk.answer(retry, "better", supersedes=(first.id,))
    rows = await desk.store.read(lambda conn: conn.execute(messages.select().order_by(messages.c.id)).all())
    assert [(row.turn, row.active, row.replaced_by) for row in rows] == [
        (first.id, False, retry.id),
        (first.id, False, retry.id),
        (retry.id, True, None),
    ]
