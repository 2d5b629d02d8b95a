"""Intents before posts, ids after them."""

from __future__ import annotations

import pytest

from fakes.stored import Desk
from trunkline.errors import LeaseLost
from trunkline.store import Store, places, posts, turns


async def parts(store: Store, turn: int) -> list[tuple[str, str, str | None]]:
    return [(post.part, post.nonce, post.post_id) for post in await store.read(turns.posts_of, turn)]


async def test_a_post_is_intended_then_known_then_gone(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store = desk.store
    await store.write(turns.intend, turn.id, "web", "reply", "n1", 1.0)
    assert [post.state for post in await store.read(turns.posts_of, turn.id)] == ["intended"]
    await store.write(turns.posted, turn.id, "web", "reply", "p1", 2.0)
    (post,) = await store.read(turns.posts_of, turn.id)
    assert (post.target_key, post.state, post.post_id) == ("web", "posted", "p1")
    await store.write(turns.unposted, turn.id, "web", "reply")
    assert await store.read(turns.posts_of, turn.id) == []


async def test_posts_come_in_the_order_they_were_intended(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    for part in ("reply", "file:z", "file:a"):
        await desk.store.write(turns.intend, turn.id, "web", part, f"n-{part}", 1.0)
    assert [part for part, _, _ in await parts(desk.store, turn.id)] == ["reply", "file:z", "file:a"]


async def test_intending_again_forgets_the_post_that_is_gone(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store = desk.store
    await store.write(turns.intend, turn.id, "web", "reply", "n1", 1.0)
    await store.write(turns.posted, turn.id, "web", "reply", "p1", 1.0)
    await store.write(turns.intend, turn.id, "web", "reply", "n2", 2.0)
    assert await parts(store, turn.id) == [("reply", "n2", None)]


async def test_unposted_with_an_id_spares_a_newer_post(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store = desk.store
    await store.write(turns.intend, turn.id, "web", "reply", "n", 1.0)
    await store.write(turns.posted, turn.id, "web", "reply", "p2", 1.0)
    await store.write(turns.unposted, turn.id, "web", "reply", "p1")
    assert await parts(store, turn.id) == [("reply", "n", "p2")]
    await store.write(turns.unposted, turn.id, "web", "reply", "p2")
    assert await parts(store, turn.id) == []


async def test_a_post_can_take_another_part(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store = desk.store
    for part, post_id in (("preview", "p1"), ("reply", "p2")):
        await store.write(turns.intend, turn.id, "web", part, "n", 1.0)
        await store.write(turns.posted, turn.id, "web", part, post_id, 1.0)
    await store.write(posts.renamed, turn.id, "web", "preview", "reply", "p1", 2.0)
    assert [(part, post_id) for part, _, post_id in await parts(store, turn.id)] == [("reply", "p1")]


async def test_a_retry_takes_over_the_posts_it_will_edit(desk: Desk) -> None:
    first = await desk.exchange()
    retry = (await desk.accept()).turn
    store = desk.store
    for part in ("reply", "file:x"):
        await store.write(turns.intend, first.id, "web", part, "old", 1.0)
    await store.write(turns.intend, retry.id, "web", "reply", "new", 2.0)
    await store.write(turns.move_posts, first.id, retry.id)
    assert await parts(store, retry.id) == [("file:x", "old", None), ("reply", "new", None)]
    assert await parts(store, first.id) == [("reply", "old", None)]


async def test_nothing_is_posted_for_an_erased_turn(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    store = desk.store
    await store.write(places.delete, turn.place, turn.conversation)
    with pytest.raises(LeaseLost):
        await store.write(turns.intend, turn.id, "web", "reply", "n", 1.0)
    await store.write(turns.posted, turn.id, "web", "reply", "p", 1.0)
    assert await store.read(turns.posts_of, turn.id) == []
