"""What a bridge keeps for itself."""

from __future__ import annotations

from trunkline.store import Store, vault


async def test_a_value_is_kept_replaced_and_dropped(store: Store) -> None:
    await store.write(vault.put, "slack", "install", "T1", {"token": "x"}, 0.0)
    await store.write(vault.put, "slack", "install", "T1", {"token": "y"}, 0.0)
    assert await store.read(vault.get, "slack", "install", "T1", 1e12) == {"token": "y"}
    assert await store.read(vault.get, "discord", "install", "T1", 0.0) is None
    assert await store.read(vault.get, "slack", "state", "T1", 0.0) is None
    await store.write(vault.drop, "slack", "install", "T1")
    await store.write(vault.drop, "slack", "install", "T1")
    assert await store.read(vault.get, "slack", "install", "T1", 0.0) is None


async def test_a_value_ends(store: Store) -> None:
    await store.write(vault.put, "slack", "state", "s", True, 10.0)
    assert await store.read(vault.get, "slack", "state", "s", 9.9) is True
    assert await store.read(vault.get, "slack", "state", "s", 10.0) is None
    await store.write(vault.sweep, 9.0)
    assert await store.read(vault.keys, "slack", "state", "", 9.0) == ["s"]
    await store.write(vault.sweep, 10.0)
    assert await store.read(vault.keys, "slack", "state", "", 0.0) == []


async def test_a_value_is_taken_once(store: Store) -> None:
    await store.write(vault.put, "slack", "state", "s", "once", 10.0)
    assert await store.write(vault.take, "slack", "state", "s", 1.0) == "once"
    assert await store.write(vault.take, "slack", "state", "s", 1.0) is None
    await store.write(vault.put, "slack", "state", "late", "once", 10.0)
    assert await store.write(vault.take, "slack", "state", "late", 11.0) is None


async def test_keys_are_found_by_how_they_begin(store: Store) -> None:
    for key in ("T1-U1", "T1-U2", "t1-u3", "T2", "T%"):
        await store.write(vault.put, "slack", "install", key, None, 0.0)
    assert await store.read(vault.keys, "slack", "install", "T1-", 0.0) == ["T1-U1", "T1-U2"]
    assert await store.read(vault.keys, "slack", "install", "T%", 0.0) == ["T%"]
    assert len(await store.read(vault.keys, "slack", "install", "", 0.0)) == 5
