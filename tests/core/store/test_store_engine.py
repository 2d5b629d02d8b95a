"""The seam itself: transactions, errors, several processes, death."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.util import await_only

from fakes.postgres import PostgresServer
from fakes.stored import HERE, Desk
from trunkline.errors import Denied, SettingsError, StoreError
from trunkline.store import Store, meta, places, turns
from trunkline.store.hot import driver
from trunkline.store.schema import meta as meta_rows

WAIT_S = 30


def put_then(conn: Connection, name: str, error: Exception | None = None) -> str:
    meta.put(conn, name, "stored")
    if error is not None:
        raise error
    return name


def names(conn: Connection) -> set[str]:
    return set(conn.execute(select(meta_rows.c.name)).scalars())


async def test_a_write_gives_the_result_and_is_counted(store: Store) -> None:
    assert await store.write(put_then, "a") == "a"
    assert await store.read(names) == {"a"}
    assert await store.read(meta.get, "a") == "stored"
    assert store.transactions == 1


async def test_what_is_written_soon_is_there_for_whoever_looks(store: Store) -> None:
    await store.write_soon(put_then, "a")
    assert await store.read(names) == {"a"}
    await store.write_soon(put_then, "b")
    assert await store.write(names) == {"a", "b"}


async def test_what_the_writer_has_not_come_to_yet_is_there_for_whoever_looks(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "x.db")
    go_on = threading.Event()
    slow = asyncio.create_task(store.write(lambda _: go_on.wait(WAIT_S)))
    await asyncio.sleep(0)
    await store.write_soon(put_then, "a")
    # This one takes it along, behind the slow one.
    behind = asyncio.create_task(store.write(put_then, "b"))
    await asyncio.sleep(0)
    looking = asyncio.create_task(store.read(names))
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    assert "a" in await looking
    await asyncio.gather(slow, behind)
    await store.close()


async def test_what_fails_soon_fails_for_itself(store: Store) -> None:
    # An engine that does not wait tells at once.
    with contextlib.suppress(Denied):
        await store.write_soon(put_then, "a", Denied("You may not do that"))
    assert await store.write(put_then, "b") == "b"
    assert await store.read(names) == {"b"}


class Commits:
    """Counts the commits of a database in one file."""

    def __init__(self) -> None:
        self.count = 0
        self.happened = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def of(cls, store: Store) -> Commits:
        commits = cls()
        await store.write(commits._watch)
        commits.count = 0
        return commits

    def _watch(self, conn: Connection) -> None:
        raw = driver(conn)
        assert raw is not None
        raw.set_trace_callback(self._take)

    def _take(self, statement: str) -> None:
        if statement == "COMMIT":
            self.count += 1
            self._loop.call_soon_threadsafe(self.happened.set)


async def test_what_is_written_soon_needs_nobody_to_take_it_along(tmp_path: Path) -> None:
    store, other = await Store.open(tmp_path / "x.db"), await Store.open(tmp_path / "x.db")
    commits = await Commits.of(store)
    commits.happened.clear()
    await store.write_soon(put_then, "a")
    await asyncio.wait_for(commits.happened.wait(), WAIT_S)
    await store.write_soon(put_then, "b")
    await store.close()
    assert await other.read(names) == {"a", "b"}
    await other.close()


async def test_what_is_written_soon_shares_the_commit_of_the_next_write(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "x.db")
    commits = await Commits.of(store)
    await store.write_soon(put_then, "a")
    await store.write(put_then, "b")
    await store.close()
    assert commits.count == 1


async def test_a_function_that_raises_changes_nothing_and_its_error_arrives(store: Store) -> None:
    denied = Denied("You may not do that")
    with pytest.raises(Denied) as caught:
        await store.write(put_then, "a", denied)
    assert caught.value is denied
    assert await store.read(names) == set()


async def test_errors_of_the_database_become_ours(store: Store) -> None:
    def twice(conn: Connection) -> None:
        for _ in range(2):
            conn.execute(insert(meta_rows), {"name": "a", "value": "a person's words"})

    with pytest.raises(StoreError) as caught:
        await store.write(twice)
    assert caught.value.retryable
    assert "a person's words" not in str(caught.value)
    assert await store.read(names) == set()


async def test_values_that_no_database_holds_are_refused_in_words(store: Store) -> None:
    def absurd(conn: Connection) -> None:
        conn.execute(insert(meta_rows), {"name": "half a pair \ud800", "value": ""})

    with pytest.raises(StoreError):
        await store.write(absurd)
    assert await store.write(put_then, "next") == "next"


async def test_writes_at_the_same_time_fail_each_for_itself(store: Store) -> None:
    errors = [Denied(str(n)) if n % 3 == 0 else None for n in range(12)]
    results = await asyncio.gather(
        *(store.write(put_then, str(n), error) for n, error in enumerate(errors)), return_exceptions=True
    )
    assert [result is error for result, error in zip(results, errors, strict=True)] == [
        error is not None for error in errors
    ]
    assert await store.read(names) == {str(n) for n in range(12) if n % 3}


async def test_what_is_written_is_seen_by_every_read_after_it(store: Store) -> None:
    async def write_and_read(name: str) -> None:
        await store.write(put_then, name)
        assert name in await store.read(names)

    await asyncio.gather(*(write_and_read(str(n)) for n in range(20)))


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="is closed"):
        await store.write(names)
    with pytest.raises(StoreError, match="is closed"):
        await store.read(names)


async def test_closing_finishes_what_was_begun(database: str) -> None:
    store = await Store.open(database)
    pending = [asyncio.ensure_future(store.write(put_then, str(n))) for n in range(5)]
    await asyncio.sleep(0)
    await store.close()
    outcomes = await asyncio.gather(*pending, return_exceptions=True)
    again = await Store.open(database)
    assert await again.read(names) == {result for result in outcomes if isinstance(result, str)}
    await again.close()


# SQLite.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "trunkline.db"


async def test_waiting_writes_share_one_commit_and_fail_alone(path: Path) -> None:
    store = await Store.open(path)
    statements: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        """Keeps the writer busy, so that all that is written meanwhile waits."""
        raw = conn.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_trace_callback(statements.append)
        begun.set()
        assert go_on.wait(WAIT_S)

    holding = asyncio.ensure_future(store.write(hold))
    assert await asyncio.to_thread(begun.wait, WAIT_S)
    writes = [
        asyncio.ensure_future(store.write(put_then, str(n), Denied("no") if n == 3 else None)) for n in range(10)
    ]
    await asyncio.sleep(0)  # each is handed to the writer now
    go_on.set()
    await holding
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [isinstance(result, Denied) for result in results] == [n == 3 for n in range(10)]
    assert await store.read(names) == {str(n) for n in range(10) if n != 3}
    assert [statements.count(word) for word in ("BEGIN IMMEDIATE", "COMMIT")] == [1, 2]  # `hold` had begun before
    await store.close()


async def test_a_full_disk_loses_no_write_that_was_confirmed(path: Path) -> None:
    store = await Store.open(path)

    def fill_up(conn: Connection) -> None:
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count={pages + 3}"))

    def large(conn: Connection, name: str) -> str:
        conn.execute(insert(meta_rows), {"name": name, "value": "x" * 100_000})
        return name

    await store.write(fill_up)
    results = await asyncio.gather(
        store.write(put_then, "before"),
        store.write(large, "large"),
        store.write(put_then, "after"),
        return_exceptions=True,
    )
    assert isinstance(results[1], StoreError)
    assert "full" in str(results[1])
    confirmed = {result for result in results if isinstance(result, str)}
    assert await store.read(names) == confirmed
    assert await store.write(put_then, "later") == "later"
    await store.close()


async def test_a_read_cannot_write(path: Path) -> None:
    store = await Store.open(path)
    with pytest.raises(StoreError):
        await store.read(put_then, "sneaky")
    assert await store.read(names) == set()
    await store.close()


async def test_a_read_has_one_snapshot_and_does_not_hold_up_writes(path: Path) -> None:
    store = await Store.open(path)
    begun, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> tuple[set[str], set[str]]:
        before = names(conn)
        begun.set()
        assert go_on.wait(WAIT_S)
        return before, names(conn)

    reading = asyncio.ensure_future(store.read(slow))
    await asyncio.to_thread(begun.wait, WAIT_S)
    await store.write(put_then, "meanwhile")
    go_on.set()
    assert await reading == (set(), set())
    assert await store.read(names) == {"meanwhile"}
    await store.close()


async def test_the_folder_is_made_and_the_file_found_again(path: Path) -> None:
    store = await Store.open(f"sqlite:///{path}")
    await store.write(put_then, "a")
    await store.close()
    again = await Store.open(str(path))
    assert await again.read(names) == {"a"}
    await again.close()


def kill_a_writer(path: Path) -> set[str]:
    """Let a process write until 200 writes were confirmed, and kill it; all it confirmed."""
    program = """
import asyncio, sys
from trunkline.store import Store, meta
async def main():
    store = await Store.open(sys.argv[1])
    async def writer(lane):
        for number in range(100_000):
            await store.write(meta.put, f"{lane}-{number}", "x" * 500)
            print(f"{lane}-{number}", flush=True)
    await asyncio.gather(*(writer(lane) for lane in range(4)))
asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    confirmed = {process.stdout.readline().strip() for _ in range(200)}
    process.kill()
    confirmed |= {line.strip() for line in process.stdout if line.endswith("\n")}
    process.stdout.close()
    process.wait(WAIT_S)
    return confirmed


async def test_every_confirmed_write_survives_kill_9(path: Path) -> None:
    confirmed = await asyncio.to_thread(kill_a_writer, path)
    assert len(confirmed) >= 200
    store = await Store.open(path)
    assert confirmed <= await store.read(names)
    assert await store.read(lambda conn: conn.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
    await store.close()


@pytest.mark.parametrize("processes", [4])
def test_processes_that_open_a_new_database_at_once_all_get_it(path: Path, processes: int) -> None:
    program = """
import asyncio, sys
from trunkline.store import Store, meta
async def main():
    store = await Store.open(sys.argv[1])
    await store.write(meta.put, sys.argv[2], "here")
    await store.close()
sys.stdin.readline()
asyncio.run(main())
"""
    path.parent.mkdir()
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(n)], stdin=subprocess.PIPE, text=True)
        for n in range(processes)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(WAIT_S * 2) for process in started] == [0] * processes
    with sqlite3.connect(path) as raw:
        assert {row[0] for row in raw.execute("SELECT name FROM meta")} == {str(n) for n in range(processes)}
    raw.close()


async def test_what_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all, this is no database. " * 100)
    with pytest.raises(StoreError, match="not a database"):
        await Store.open(tmp_path / "letter.txt")
    with pytest.raises(StoreError, match=str(tmp_path)):
        await Store.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"Not a directory|File exists"):
        await Store.open(tmp_path / "file" / "trunkline.db")


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "://", "postgresql://h:x/y"]
)
async def test_addresses_that_cannot_be_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"store\.url"):
        await Store.open(url)


# PostgreSQL.


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open("postgresql://me:hunter2@127.0.0.1:1/trunkline")
    assert "127.0.0.1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.postgres
async def test_stores_that_open_a_new_database_at_once_all_get_it(postgres_server: PostgresServer) -> None:
    uri = postgres_server.database()
    stores = await asyncio.gather(*(Store.open(uri) for _ in range(4)))
    for number, store in enumerate(stores):
        await store.write(put_then, str(number))
    assert await stores[0].read(names) == {"0", "1", "2", "3"}
    for store in stores:
        await store.close()


@pytest.mark.postgres
async def test_transactions_that_collide_are_run_again(postgres_tables: str) -> None:
    """Two transactions take the same two rows in opposite order: the victim succeeds when it is run again."""
    store = await Store.open(postgres_tables)
    await store.write(places.pause, HERE, False, 1.0)
    await store.write(meta.put, "a", "0")
    await store.write(meta.put, "b", "0")
    each_holds_one = asyncio.Barrier(2)
    attempts: list[str] = []

    def take(conn: Connection, first: str, second: str) -> None:
        attempts.append(first)
        add = text("UPDATE meta SET value = value || 'x' WHERE name = :name")
        conn.execute(add, {"name": first})
        if len(attempts) <= 2:
            await_only(each_holds_one.wait())
        conn.execute(add, {"name": second})

    try:
        await asyncio.gather(store.write(take, "a", "b"), store.write(take, "b", "a"))
        assert await store.read(meta.get, "a") == "0xx"
        assert await store.read(meta.get, "b") == "0xx"
    finally:
        await store.close()
    assert len(attempts) >= 3


async def test_a_turn_of_one_post_takes_five_transactions(desk: Desk) -> None:
    turn = (await desk.accept()).turn
    await desk.store.write(turns.intend, turn.id, "web", "reply", "n", 1.0)
    await desk.store.write(turns.posted, turn.id, "web", "reply", "p", 1.0)
    await desk.answer(turn)
    await desk.finish(turn)
    assert desk.store.transactions == 5
