"""SQLite: one thread writes, with group commit; reads run beside it on connections of their own.

The writer takes every function that waits, runs each in a savepoint of one transaction, and answers their
callers only after the commit is on disk (`synchronous=FULL`): a busy store pays for one flush, not for each.
`BEGIN IMMEDIATE` queues writers of several processes instead of failing them half-way.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from ..errors import StoreError
from ..telemetry import log
from . import migrate
from .faults import FOREIGN, translate

T = TypeVar("T")

_FAULTS: tuple[type[Exception], ...] = (*FOREIGN, sqlite3.Error)

_BATCH = 64
"""Functions in one transaction, about: bounds how long the first of them waits."""
_READERS = 4
_BUSY_MS = 30_000
"""How long we wait for another process that writes."""
_SOON_S = 0.02
"""How long what may be written soon waits for a write that takes it along."""
_SCRUB_MS = 250
"""How long we wait for readers before the journal is emptied after the next commit instead."""


@dataclass(slots=True)
class _Job:
    function: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class SqliteEngine:
    """The database in one file."""

    def __init__(self, path: Path, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._where = str(path)
        self._engine = engine
        self._loop = loop
        self._jobs: SimpleQueue[tuple[_Job, ...]] = SimpleQueue()
        self._soon: list[_Job] = []
        self._soon_timer: asyncio.TimerHandle | None = None
        self._last_soon: asyncio.Future[Any] | None = None
        """The newest of what was to be written soon; when it is done, all of them are."""
        self._closed = False
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="trunkline-read")
        self._reader = threading.local()
        self._reading: list[Connection] = []
        self._writer = threading.Thread(target=self._run, name="trunkline-write", daemon=True)
        self._writer.start()

    @classmethod
    async def open(cls, path: Path) -> SqliteEngine:
        engine = _engine(path)
        try:
            await asyncio.to_thread(_prepare, engine, path)
        except _FAULTS as error:
            raise translate(error, str(path)) from error
        return cls(path, engine, asyncio.get_running_loop())

    async def write(self, function: Callable[[Connection], T]) -> T:
        self._check_open()
        job = _Job(function, self._loop.create_future())
        self._hand_over(job)
        result: T = await job.future
        return result

    async def write_soon(self, function: Callable[[Connection], object]) -> None:
        self._check_open()
        job = _Job(function, self._loop.create_future())
        job.future.add_done_callback(self._written_soon)
        self._soon.append(job)
        self._last_soon = job.future
        if self._soon_timer is None:
            self._soon_timer = self._loop.call_later(_SOON_S, self._hand_over)

    async def read(self, function: Callable[[Connection], T]) -> T:
        self._check_open()
        if self._last_soon is not None and not self._last_soon.done():
            self._hand_over()
            await asyncio.wait((self._last_soon,))
        return await self._loop.run_in_executor(self._readers, self._snapshot, function)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._hand_over()
        self._jobs.put(())
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._reading:
            connection.close()
        self._engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"The database {self._where} is closed")

    def _hand_over(self, *jobs: _Job) -> None:
        """Give the writer what waits, and `jobs` behind it, for one transaction."""
        if self._soon_timer is not None:
            self._soon_timer.cancel()
            self._soon_timer = None
        jobs = (*self._soon, *jobs)
        self._soon.clear()
        if jobs:
            self._jobs.put(jobs)

    def _written_soon(self, written: asyncio.Future[object]) -> None:
        if not written.cancelled() and (error := written.exception()) is not None:
            log.warning("not stored", database=self._where, error=type(error).__name__)

    # The reading threads.

    def _snapshot(self, function: Callable[[Connection], T]) -> T:
        try:
            connection = self._reading_connection()
            raw = _raw(connection)
            raw.execute("BEGIN")
            try:
                return function(connection)
            finally:
                raw.rollback()
        except _FAULTS as error:
            raise translate(error, self._where) from error

    def _reading_connection(self) -> Connection:
        connection: Connection | None = getattr(self._reader, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            _raw(connection).execute("PRAGMA query_only=ON")
            self._reader.connection = connection
            self._reading.append(connection)
        return connection

    # The writing thread.

    def _run(self) -> None:
        with self._engine.connect() as connection:
            raw = _raw(connection)
            while batch := self._next_batch():
                self._commit(connection, raw, batch)
                self._loop.call_soon_threadsafe(_resolve, batch)
                if connection.info.get("erased"):
                    _scrub(connection, raw)

    def _next_batch(self) -> list[_Job]:
        """Everything that waits, up to a bound; empty when the store closes."""
        jobs = self._jobs.get()
        batch: list[_Job] = []
        try:
            while jobs:
                batch.extend(jobs)
                if len(batch) >= _BATCH:
                    return batch
                jobs = self._jobs.get_nowait()
        except Empty:
            return batch
        if batch:
            self._jobs.put(())
        return batch

    def _commit(self, connection: Connection, raw: sqlite3.Connection, batch: list[_Job]) -> None:
        try:
            raw.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._attempt(connection, raw, job)
            raw.execute("COMMIT")
        except sqlite3.Error as error:
            if raw.in_transaction:
                raw.rollback()
            for job in batch:
                job.error = job.error or translate(error, self._where)

    def _attempt(self, connection: Connection, raw: sqlite3.Connection, job: _Job) -> None:
        raw.execute("SAVEPOINT job")
        try:
            job.result = job.function(connection)
        except _FAULTS as error:
            job.error = translate(error, self._where)
            job.error.__cause__ = error
        except Exception as error:  # noqa: BLE001 - it is raised again where the function was handed in
            job.error = error
        if job.error is not None:
            # When SQLite itself gave up the whole transaction (disk full) this fails, and with it the batch.
            raw.execute("ROLLBACK TO job")
        raw.execute("RELEASE job")


def _resolve(batch: list[_Job]) -> None:
    for job in batch:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def _raw(connection: Connection) -> sqlite3.Connection:
    """The driver's connection: transactions are ours, not SQLAlchemy's."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _scrub(connection: Connection, raw: sqlite3.Connection) -> None:
    """Empty the journal, which still holds what was erased; once more after the next commit if readers hold it."""
    raw.execute(f"PRAGMA busy_timeout={_SCRUB_MS}")
    busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    if not busy:
        del connection.info["erased"]


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        isolation_level="AUTOCOMMIT",  # so that the driver begins nothing by itself
        connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000},
        hide_parameters=True,  # people's words never stand in an error
        poolclass=NullPool,
    )
    event.listen(engine, "connect", _configure)
    return engine


def _configure(raw: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "synchronous=FULL",  # in WAL mode: a commit is on disk before anyone hears of it
        "foreign_keys=ON",
        "secure_delete=ON",  # what was erased is overwritten
        "temp_store=MEMORY",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _prepare(engine: Engine, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with engine.connect() as connection:
        raw = _raw(connection)
        raw.execute("PRAGMA journal_mode=WAL")
        migrate.upgrade(connection, begin=partial(raw.execute, "BEGIN IMMEDIATE"), commit=raw.commit)
