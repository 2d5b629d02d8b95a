"""PostgreSQL, for more than one process: asyncpg, each function in a transaction of its own through `run_sync`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ..errors import MissingExtra, StoreError
from . import migrate
from .faults import FOREIGN, is_transient, translate

T = TypeVar("T")

_ATTEMPTS = 6
_CONNECTIONS = 10
# Any number will do, as long as every process uses the same: the key of the lock that migrations take.
_MIGRATION_LOCK = 7_274_865_517


class PostgresEngine:
    """The database at an address."""

    def __init__(self, url: URL, engine: AsyncEngine) -> None:
        self._where = url.render_as_string(hide_password=True)
        self._engine = engine
        self._closed = False
        self._begun = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    async def open(cls, url: URL) -> PostgresEngine:
        try:
            engine = create_async_engine(
                url.set(drivername="postgresql+asyncpg"),
                pool_size=_CONNECTIONS,
                max_overflow=_CONNECTIONS,
                pool_pre_ping=True,
                hide_parameters=True,  # people's words never stand in an error
            )
        except ModuleNotFoundError as error:
            raise MissingExtra("A store in PostgreSQL", "postgres") from error
        opened = cls(url, engine)
        try:
            await opened.write(_upgrade)
        except StoreError:
            await opened.close()
            raise
        return opened

    async def write(self, function: Callable[[Connection], T]) -> T:
        """`function` is run again when PostgreSQL could not order it among others, up to six times in all."""
        with self._use():
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    async with self._engine.begin() as connection:
                        return await connection.run_sync(function)
                except FOREIGN as error:
                    if attempt == _ATTEMPTS or not is_transient(error):
                        raise translate(error, self._where) from error
                # Those who collided start again apart from each other.
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def write_soon(self, function: Callable[[Connection], object]) -> None:
        """At once: each transaction has a connection of its own, and none waits for another."""
        await self.write(function)

    async def read(self, function: Callable[[Connection], T]) -> T:
        with self._use():
            try:
                async with self._engine.connect() as connection:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                    return await connection.run_sync(function)
            except FOREIGN as error:
                raise translate(error, self._where) from error

    async def close(self) -> None:
        self._closed = True
        await self._idle.wait()
        await self._engine.dispose()

    @contextmanager
    def _use(self) -> Iterator[None]:
        """While it lasts the database is not let go of."""
        if self._closed:
            raise StoreError(f"The database {self._where} is closed")
        self._begun += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._begun -= 1
            if self._begun == 0:
                self._idle.set()


def _upgrade(conn: Connection) -> None:
    lock = partial(conn.execute, text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    migrate.upgrade(conn, begin=lock, commit=lambda: None)
