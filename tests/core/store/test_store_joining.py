"""Signing in: what an anonymous visitor said becomes a person's, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

from fakes.stored import Desk
from trunkline.inbound import Place
from trunkline.messages import Speaker
from trunkline.store import Store, feedback, joining, people, places

ANONYMOUS = Speaker("web", "v-1")
ALICE = Speaker("web", "alice", "Alice", team="signed-in")
BOB = Speaker("web", "bob", "Bob", team="signed-in")


def own(speaker: Speaker, app: str = "demo") -> Place:
    return Place("web", app, team=speaker.team, channel=speaker.user_id)


async def numbers(store: Store, place: Place) -> set[int]:
    return {record.id for record in await store.read(places.conversations, place)}


async def test_conversations_of_every_app_change_hands(desk: Desk) -> None:
    store = desk.store
    first = await desk.exchange("hello", speaker=ANONYMOUS, place=own(ANONYMOUS))
    other = await desk.exchange("hello", speaker=ANONYMOUS, place=own(ANONYMOUS, "second"))
    hers = await desk.exchange("from the phone", speaker=ALICE, place=own(ALICE))
    await store.write(feedback.rate, first.id, 0, False, ANONYMOUS, "Like", "", 3.0)

    moved = await store.write(joining.take_over, ANONYMOUS, ALICE, 9.0)

    assert sorted(moved) == sorted((first.conversation, other.conversation))
    assert await numbers(store, own(ALICE)) == {first.conversation, hers.conversation}
    assert await numbers(store, own(ALICE, "second")) == {other.conversation}
    assert await store.read(places.place_of, own(ANONYMOUS)) is None
    now = await store.read(places.place_of, own(ALICE))
    assert now is not None
    assert now.conversation == first.conversation
    erased = await store.write(people.forget, ALICE)
    assert (erased.conversations, erased.feedback) == (3, 1)


async def test_a_waiting_message_is_answered_where_it_went(desk: Desk) -> None:
    running = (await desk.accept("one", speaker=ANONYMOUS, place=own(ANONYMOUS))).turn
    waiting = (await desk.accept("two", speaker=ANONYMOUS, place=own(ANONYMOUS))).turn
    await desk.store.write(joining.take_over, ANONYMOUS, ALICE, 9.0)
    await desk.answer(running)
    claimed = await desk.finish(running)

    assert claimed is not None
    assert claimed.id == waiting.id
    assert claimed.place == own(ALICE)


async def test_the_name_is_nobodys_afterwards(desk: Desk) -> None:
    """The next to sit at a shared device brings what was said since, and nothing of who sat there before."""
    store = desk.store
    await desk.exchange("alice's", speaker=ANONYMOUS, place=own(ANONYMOUS))
    await store.write(joining.take_over, ANONYMOUS, ALICE, 9.0)
    later = await desk.exchange("bob's", speaker=ANONYMOUS, place=own(ANONYMOUS))

    assert await store.write(joining.take_over, ANONYMOUS, BOB, 10.0) == (later.conversation,)
    assert await numbers(store, own(BOB)) == {later.conversation}
    assert await store.read(people.person_of, ALICE) != await store.read(people.person_of, BOB)
    assert await store.read(people.person_of, ANONYMOUS) is None


async def test_who_is_known_by_another_name_too_gives_nothing_away(desk: Desk) -> None:
    store = desk.store
    said = await desk.exchange("alice's", speaker=ANONYMOUS, place=own(ANONYMOUS))
    await store.write(people.join, ALICE, ANONYMOUS, 9.0)

    assert await store.write(joining.take_over, ANONYMOUS, BOB, 10.0) == ()
    assert await numbers(store, own(BOB)) == set()
    assert await numbers(store, own(ANONYMOUS)) == {said.conversation}


async def test_places_that_others_share_stay(desk: Desk) -> None:
    thread = replace(own(ANONYMOUS), thread="a thread")
    lobby = Place("web", "demo", channel="lobby")
    for place in (thread, lobby):
        await desk.exchange("hello", speaker=ANONYMOUS, place=place)

    assert await desk.store.write(joining.take_over, ANONYMOUS, ALICE, 9.0) == ()
    assert len(await numbers(desk.store, lobby)) == 1


async def test_nothing_said_is_nothing_moved(desk: Desk) -> None:
    assert await desk.store.write(joining.take_over, ANONYMOUS, ALICE, 9.0) == ()
    assert await desk.store.read(people.person_of, ALICE) is None
