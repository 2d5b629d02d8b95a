"""Places and their conversations: found, searched, named; never out of another place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.stored import ANN, HERE, THERE, Desk, said
from trunkline.inbound import Place
from trunkline.messages import Media, Message, Text
from trunkline.store import Store, history, people, places, turns
from trunkline.store.places import title_from_first_message


async def titles(
    store: Store, query: str = "", limit: int = 50, before: tuple[float, int] = (0.0, 0)
) -> list[str]:
    return [c.title for c in await store.read(places.conversations, HERE, limit, before, query)]


async def begin(desk: Desk, *texts: str) -> int:
    """A conversation for each text, each used later than the one before; the last one's id."""
    number = 0
    for text in texts:
        desk.now += 1
        number = (await desk.store.write(places.new_conversation, HERE, desk.now)).id
        await desk.exchange(text, f"about {text}")
    return number


async def test_a_place_is_told_apart_by_every_level(store: Store) -> None:
    full = Place("web", "demo", "team", "channel", "thread", "user")
    others = [
        replace(full, **{level: "other"}) for level in ("platform", "app", "team", "channel", "thread", "user")
    ]
    await store.write(places.pause, full, True, 1.0)
    for other in others:
        assert await store.read(places.place_of, other) is None
        await store.write(places.pause, other, False, 1.0)
    known = [await store.read(places.place_of, place) for place in (full, *others)]
    assert [place.paused for place in known if place] == [True] + [False] * 6
    assert len({place.id for place in known if place}) == 7


async def test_pausing_is_taken_back(store: Store) -> None:
    for on in (True, True, False):
        await store.write(places.pause, HERE, on, 1.0)
        found = await store.read(places.place_of, HERE)
        assert found is not None
        assert found.paused is on


async def test_conversations_come_by_last_use_in_pages(desk: Desk) -> None:
    await begin(desk, "one", "two", "three")
    assert await titles(desk.store) == ["three", "two", "one"]
    page = await desk.store.read(places.conversations, HERE, 2)
    assert [c.title for c in page] == ["three", "two"]
    assert await titles(desk.store, before=(page[-1].updated, page[-1].id)) == ["one"]
    desk.now += 1
    await desk.exchange("one again", conversation=(await desk.store.read(places.conversations, HERE))[-1].id)
    assert await titles(desk.store) == ["one", "three", "two"]
    assert await desk.store.read(places.conversations, THERE) == []
    assert await titles(desk.store, before=(page[-1].updated, 0)) == []


async def test_pages_do_not_lose_conversations_of_the_same_moment(desk: Desk) -> None:
    for _ in range(5):
        await desk.store.write(places.new_conversation, HERE, 7.0)
    found: list[int] = []
    mark = (0.0, 0)
    while page := await desk.store.read(places.conversations, HERE, 2, mark):
        found += [c.id for c in page]
        mark = (page[-1].updated, page[-1].id)
    assert len(found) == len(set(found)) == 5


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("CATS", ["about cats"]),
        ("straße", ["Große Straße"]),
        ("STRASSE", ["Große Straße"]),
        ("ПРИВЕТ", ["привет мир"]),
        ("100%", ["100% sure"]),
        ("%", ["100% sure"]),
        ("_", []),
        ("\\", []),
        ("about", ["100% sure", "привет мир", "Große Straße", "about cats"]),
        ("  ", ["100% sure", "привет мир", "Große Straße", "about cats"]),
        ("nothing", []),
    ],
)
async def test_search_finds_titles_and_messages_whatever_the_case(
    desk: Desk, query: str, found: list[str]
) -> None:
    await begin(desk, "about cats", "Große Straße", "привет мир", "100% sure")
    assert await titles(desk.store, query) == found


async def test_search_does_not_find_what_was_taken_back(desk: Desk) -> None:
    number = await begin(desk, "visible")
    await desk.exchange("regretted")
    await desk.store.write(history.undo, number, 0, 1.0)
    assert await titles(desk.store, "regretted") == []


async def test_a_new_conversation_becomes_the_current_one(desk: Desk) -> None:
    old = await desk.exchange("one")
    person = await desk.store.read(people.person_of, ANN)
    fresh = await desk.store.write(places.new_conversation, HERE, 5.0, owner=person, title=" Plans ")
    assert (fresh.title, fresh.owner, fresh.started) == ("Plans", person, False)
    assert (await desk.exchange("two")).conversation == fresh.id
    switched = await desk.store.write(places.switch, HERE, old.conversation)
    assert switched is not None
    assert switched.id == old.conversation
    assert (await desk.exchange("three")).conversation == old.conversation


async def test_the_first_message_gives_the_title_and_a_hand_given_one_stays(desk: Desk) -> None:
    turn = await desk.exchange("What is a cat?\nAnd a dog?")
    assert await titles(desk.store) == ["What is a cat?"]
    await desk.exchange("Something else")
    assert await titles(desk.store) == ["What is a cat?"]
    renamed = await desk.store.write(places.rename, HERE, turn.conversation, " Cats\x00 ")
    assert renamed is not None
    assert renamed.title == "Cats"
    await desk.exchange("More")
    assert await titles(desk.store) == ["Cats"]
    await desk.store.write(places.rename, HERE, turn.conversation, "")
    await desk.exchange("And now?")
    assert await titles(desk.store) == ["And now?"]


async def test_conversations_of_other_places_are_out_of_reach(desk: Desk) -> None:
    other = await desk.exchange("private", place=THERE)
    mine = await desk.exchange("mine")
    store = desk.store
    for number in (other.conversation, 0, -1, 10**6, 2**64):
        assert await store.read(places.conversation, HERE, number) is None
        assert await store.write(places.switch, HERE, number) is None
        assert await store.write(places.rename, HERE, number, "stolen") is None
        assert await store.write(places.delete, HERE, number) is None
    untouched = await store.read(places.conversation, THERE, other.conversation)
    assert untouched is not None
    assert untouched.title == "private"
    current = await store.read(places.place_of, HERE)
    assert current is not None
    assert current.conversation == mine.conversation


async def test_deleting_erases_all_and_its_number_is_never_given_again(desk: Desk) -> None:
    turn = await desk.exchange("one")
    erased = await desk.store.write(places.delete, HERE, turn.conversation)
    assert erased is not None
    assert (erased.conversations, erased.turns, erased.messages) == (1, 1, 2)
    assert await desk.store.read(turns.turn, turn.id) is None
    assert await desk.store.read(history.history, turn.conversation) == ()
    place = await desk.store.read(places.place_of, HERE)
    assert place is not None
    assert place.conversation == 0
    again = await desk.exchange("two")
    assert again.conversation > turn.conversation
    assert again.id > turn.id


async def test_an_event_of_a_deleted_conversation_stays_seen(desk: Desk) -> None:
    turn = await desk.exchange("one", key="k")
    await desk.store.write(places.delete, HERE, turn.conversation)
    again = await desk.accept("one", key="k")
    assert (again.outcome, again.turn.id, again.turn.status) == ("duplicate", 0, "undone")


@pytest.mark.parametrize(
    ("message", "title"),
    [
        (said("  \n\n  Hello   world \nmore"), "Hello world"),
        (said("word " * 30), "word word word word word word word word word word word…"),
        (said("x" * 100), "x" * 59 + "…"),
        (said("x" * 60), "x" * 60),
        (Message("user", (Media("image", name="cat.png"),)), "cat.png"),
        (Message("user", (Text(""),)), ""),
        (Message("user", ()), ""),
    ],
)
def test_titles_are_first_lines_cut_between_words(message: Message, title: str) -> None:
    assert title_from_first_message(message) == title
    assert len(title) <= 60
