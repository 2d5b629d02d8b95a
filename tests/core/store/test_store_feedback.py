"""Feedback, values of inputs, and the small facts of an installation."""

from __future__ import annotations

import pytest

from fakes.stored import ANN, BEN, Desk, said
from trunkline.errors import UsageError
from trunkline.messages import Json, Reply
from trunkline.store import Store, feedback, meta, turns, values
from trunkline.store.records import FeedbackRecord


async def test_an_opinion_is_given_changed_and_taken_back(desk: Desk) -> None:
    turn = await desk.exchange()
    store = desk.store
    record = await store.write(feedback.rate, turn.id, 0, False, ANN, "Like", "", 5.0)
    assert record == FeedbackRecord(turn.id, 0, False, turn.person, "Like", "", 5.0)
    await store.write(feedback.rate, turn.id, 0, False, BEN, "Dislike", "wrong", 6.0)
    changed = await store.write(feedback.rate, turn.id, 0, False, ANN, "Funny\x00", "ha", 7.0)
    assert changed is not None
    assert (changed.value, changed.comment) == ("Funny", "ha")
    assert [(r.value, r.at) for r in await store.read(feedback.ratings, turn.id)] == [
        ("Funny", 7.0),
        ("Dislike", 6.0),
    ]
    assert await store.write(feedback.rate, turn.id, 0, False, ANN, "", "", 8.0) is None
    assert [r.value for r in await store.read(feedback.ratings, turn.id)] == ["Dislike"]


async def test_messages_are_counted_on_their_own_side(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    answers = (said("one"), said("two"))
    await desk.store.write(
        turns.answer,
        turn.id,
        turn.conversation,
        reply=Reply(answers, state="final"),
        user=said("hello", "user"),
        messages=answers,
        greeting=[said("Welcome!")],
        now=1.0,
    )
    store = desk.store
    last = await store.write(feedback.rate, turn.id, -1, False, ANN, "Like", "", 1.0)
    user = await store.write(feedback.rate, turn.id, -1, True, ANN, "Like", "", 1.0)
    assert last is not None
    assert user is not None
    assert (last.message, last.of_user) == (1, False)
    assert (user.message, user.of_user) == (0, True)
    for index, of_user in ((2, False), (1, True), (-2, False)):
        with pytest.raises(UsageError, match="no longer stored"):
            await store.write(feedback.rate, turn.id, index, of_user, ANN, "Like", "", 1.0)


async def test_what_was_never_said_cannot_be_rated(desk: Desk) -> None:
    failed = (await desk.accept()).turn
    await desk.answer(failed, status="failed")
    for number in (failed.id, failed.id + 1):
        with pytest.raises(UsageError):
            await desk.store.write(feedback.rate, number, -1, False, ANN, "Like", "", 1.0)


async def test_values_are_kept_by_conversation_until_put_back(desk: Desk) -> None:
    store = desk.store
    here = (await desk.exchange()).conversation
    value: Json = {"list": [1, 2.5, True, None, "ü\x00\ud800"]}
    assert await store.write(values.set_values, here, {"temperature": 0.5, "extra": value, "off": False}) == {
        "temperature": 0.5,
        "extra": value,
        "off": False,
    }
    await store.write(values.set_values, here, {"temperature": None, "extra": "", "unknown": None})
    assert await store.read(values.values, here) == {"extra": "", "off": False}
    assert await store.read(values.values, here + 1) == {}


async def test_facts_are_put_and_the_secret_stays_what_it_was(store: Store) -> None:
    assert await store.read(meta.get, "seen:discord") is None
    await store.write(meta.put, "seen:discord", "1")
    await store.write(meta.put, "seen:discord", "2")
    assert await store.read(meta.get, "seen:discord") == "2"
    assert await store.write(meta.secret, "first") == b"first"
    assert await store.write(meta.secret, "second") == b"first"
