"""Turns by a message, a post or a time; the app that was chosen for a place."""

from __future__ import annotations

from dataclasses import replace

from fakes.stored import ANN, BEN, HERE, THERE, Desk
from trunkline.inbound import Place, Retry
from trunkline.messages import Speaker
from trunkline.past import found_turn
from trunkline.store import finding, history, places, posts


async def posted(desk: Desk, turn: int, post_id: str, part: str = "reply") -> None:
    await desk.store.write(posts.intend, turn, "web:", part, "nonce", 1.0)
    await desk.store.write(posts.posted, turn, "web:", part, post_id, 1.0)


async def turn_of(desk: Desk, message_id: str, place: Place = HERE) -> int:
    return await desk.store.read(finding.turn_of, place, message_id)


async def test_a_turn_is_found_by_its_message_and_by_each_of_its_posts(desk: Desk) -> None:
    turn = await desk.exchange(message_id="m1")
    await posted(desk, turn.id, "p1")
    await posted(desk, turn.id, "p2", "file")
    assert [await turn_of(desk, name) for name in ("m1", "p1", "p2")] == [turn.id] * 3
    assert [await turn_of(desk, name) for name in ("m2", "")] == [0, 0]


async def test_the_same_id_in_another_channel_is_another_message(desk: Desk) -> None:
    here, there = await desk.exchange(message_id="m1"), await desk.exchange(message_id="m1", place=THERE)
    assert await turn_of(desk, "m1") == here.id
    assert await turn_of(desk, "m1", THERE) == there.id


async def test_a_turn_is_found_whichever_app_and_person_its_place_names(desk: Desk) -> None:
    turn = await desk.exchange(message_id="m1", place=replace(HERE, app="other", user="ann-1", thread="t"))
    assert await turn_of(desk, "m1") == turn.id


async def test_of_an_answer_given_anew_the_newest_is_found(desk: Desk) -> None:
    first = await desk.exchange(message_id="m1")
    for earlier in (first.id, first.id + 1):
        again = (await desk.accept(Retry(earlier))).turn
        await desk.answer(again, "again", supersedes=(earlier,))
        await desk.finish(again)
        assert await turn_of(desk, "m1") == again.id
    assert await desk.store.read(found_turn, first.id) is None


async def test_a_turn_that_was_taken_back_is_not_found(desk: Desk) -> None:
    turn = await desk.exchange(message_id="m1")
    assert (await desk.store.read(found_turn, turn.id)) is not None
    await desk.store.write(history.undo, turn.conversation, turn.id, 3.0)
    assert await turn_of(desk, "m1") == 0
    assert await desk.store.read(found_turn, turn.id) is None


async def test_a_found_turn_tells_who_asked_where_and_whether_it_is_the_newest(desk: Desk) -> None:
    first = await desk.exchange("one", "hi", target={"channel": "c"})
    second = await desk.exchange("two", "ho", speaker=BEN)
    found = await desk.store.read(found_turn, first.id)
    assert found is not None
    assert (found.place, found.speaker, found.target, found.newest) == (HERE, ANN, {"channel": "c"}, False)
    assert found.view.user is not None
    assert (found.view.user.text, found.view.reply.text) == ("one", "hi")
    newest = await desk.store.read(found_turn, second.id)
    assert newest is not None
    assert newest.newest
    assert await desk.store.read(found_turn, 10**6) is None


async def test_places_heard_since_come_with_their_newest_turn(desk: Desk) -> None:
    desk.now = 10.0
    await desk.exchange(message_id="old", place=replace(HERE, channel="attic"))
    desk.now = 100.0
    await desk.exchange(message_id="a1", target={"channel": "lobby"})
    await desk.exchange(message_id="b1", place=THERE)
    await desk.exchange(message_id="a2", target={"channel": "lobby", "newest": "a3"})
    await desk.exchange(message_id="x", place=replace(HERE, platform="slack"))
    found = await desk.store.read(finding.heard_since, "web", 50.0)
    assert found == [(THERE, {}, "b1"), (HERE, {"channel": "lobby", "newest": "a3"}, "a2")]


async def test_the_app_of_a_place_is_the_one_chosen_last(desk: Desk) -> None:
    async def chosen(place: Place) -> str:
        return await desk.store.read(places.app_of, place)

    assert await chosen(HERE) == ""
    await desk.exchange(place=HERE)
    assert await chosen(HERE) == ""
    for now, app in ((1.0, "one"), (2.0, "two"), (3.0, "one")):
        await desk.store.write(places.choose_app, replace(HERE, app=app), now)
        assert await chosen(HERE) == app
    assert await chosen(replace(HERE, thread="t")) == ""
    assert await chosen(THERE) == ""


async def test_where_somebody_spoke_in_a_channel_the_newest_place_comes_first(desk: Desk) -> None:
    async def spoken(speaker: Speaker, limit: int = 9) -> list[str]:
        found = await desk.store.read(finding.spoken_in, replace(HERE, thread="any", app="any"), speaker, limit)
        return [f"{place.app}/{place.thread}" for place in found]

    assert await spoken(ANN) == []
    for thread in ("a", "b", "a"):
        await desk.exchange(place=replace(HERE, thread=thread))
    await desk.exchange(place=replace(HERE, thread="c"), speaker=BEN)
    await desk.exchange(place=replace(HERE, thread="d", app="other"))
    await desk.exchange(place=THERE)
    await desk.exchange(place=replace(HERE, team="T2"))
    assert await spoken(ANN) == ["other/d", "demo/a", "demo/b"]
    assert await spoken(ANN, 1) == ["other/d"]
    assert await spoken(BEN) == ["demo/c"]
    assert await spoken(replace(ANN, team="T2")) == []
    everywhere = replace(HERE, channel="")
    found = await desk.store.read(finding.spoken_in, everywhere, ANN, 9)
    assert [place.channel for place in found].count(THERE.channel) == 1
    assert len(found) == 4
    assert {place.team for place in found} == {HERE.team}


async def test_what_was_taken_back_or_put_away_is_not_where_somebody_spoke(desk: Desk) -> None:
    async def spoken() -> tuple[Place, ...]:
        return await desk.store.read(finding.spoken_in, HERE, ANN, 9)

    turn = await desk.exchange()
    assert await spoken() == (HERE,)
    await desk.store.write(history.undo, turn.conversation, turn.id, 3.0)
    assert await spoken() == ()
    await desk.exchange()
    await desk.store.write(places.new_conversation, HERE, 4.0)
    assert await spoken() == ()
