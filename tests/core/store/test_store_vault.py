"""What a bridge keeps for itself."""

from __future__ import annotations

from trunkline.messages import Speaker
from trunkline.store import Store, people, vault

ANN, ANNA, BEN = Speaker("discord", "1", "Ann"), Speaker("web", "a", "Anna", "T"), Speaker("discord", "2", "Ben")


async def test_a_value_is_kept_replaced_and_dropped(store: Store) -> None:
    await store.write(vault.put, "slack", "install", "T1", {"token": "x"})
    await store.write(vault.put, "slack", "install", "T1", {"token": "y"})
    assert await store.read(vault.get, "slack", "install", "T1", 1e12) == {"token": "y"}
    assert await store.read(vault.get, "discord", "install", "T1", 0.0) is None
    assert await store.read(vault.get, "slack", "state", "T1", 0.0) is None
    await store.write(vault.drop, "slack", "install", "T1")
    await store.write(vault.drop, "slack", "install", "T1")
    assert await store.read(vault.get, "slack", "install", "T1", 0.0) is None


async def test_a_value_ends(store: Store) -> None:
    await store.write(vault.put, "slack", "state", "s", True, until=10.0)
    assert await store.read(vault.get, "slack", "state", "s", 9.9) is True
    assert await store.read(vault.get, "slack", "state", "s", 10.0) is None
    await store.write(vault.sweep, 9.0)
    assert await store.read(vault.keys, "slack", "state", "", 9.0) == ["s"]
    await store.write(vault.sweep, 10.0)
    assert await store.read(vault.keys, "slack", "state", "", 0.0) == []


async def test_a_value_is_taken_once(store: Store) -> None:
    await store.write(vault.put, "slack", "state", "s", "once", until=10.0)
    assert await store.write(vault.take, "slack", "state", "s", 1.0) == "once"
    assert await store.write(vault.take, "slack", "state", "s", 1.0) is None
    await store.write(vault.put, "slack", "state", "late", "once", until=10.0)
    assert await store.write(vault.take, "slack", "state", "late", 11.0) is None


async def test_keys_are_found_by_how_they_begin(store: Store) -> None:
    for key in ("T1-U1", "T1-U2", "t1-u3", "T2", "T%"):
        await store.write(vault.put, "slack", "install", key, None)
    assert await store.read(vault.keys, "slack", "install", "T1-", 0.0) == ["T1-U1", "T1-U2"]
    assert await store.read(vault.keys, "slack", "install", "T%", 0.0) == ["T%"]
    assert len(await store.read(vault.keys, "slack", "install", "", 0.0)) == 5


async def test_who_is_forgotten_leaves_nothing(store: Store) -> None:
    """Also of what is held before anything of theirs is stored."""
    for key, speaker in (("a", ANN), ("b", BEN), ("n", None)):
        await store.write(vault.put, "voice", "utterance", key, "said", speaker=speaker)
    await store.write(people.forget, ANN)
    assert await store.read(vault.keys, "voice", "utterance", "", 0.0) == ["b", "n"]


async def test_who_is_forgotten_by_one_name_is_forgotten_by_all(store: Store) -> None:
    person = await store.write(people.join, ANN, ANNA, 1.0)
    for key, speaker in (("a", ANN), ("b", ANNA), ("c", BEN)):
        await store.write(vault.put, "voice", "utterance", key, "said", speaker=speaker)
    await store.write(people.forget, person)
    assert await store.read(vault.keys, "voice", "utterance", "", 0.0) == ["c"]


async def test_what_is_kept_anew_is_whose_it_is_now(store: Store) -> None:
    await store.write(vault.put, "voice", "utterance", "a", "said", speaker=ANN)
    await store.write(vault.put, "voice", "utterance", "a", "said", speaker=BEN)
    await store.write(people.forget, ANN)
    assert await store.read(vault.get, "voice", "utterance", "a", 0.0) == "said"
