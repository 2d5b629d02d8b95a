"""The seam to the database: runs functions of a `Connection` in transactions of their own.

Behind it stand two engines as equals, `sqlite.py` and `postgres.py`. Errors of SQLAlchemy and its drivers
become `StoreError` here and nowhere else; other errors that a function raises reach its caller unchanged, after
everything the function did is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import SettingsError

P = ParamSpec("P")
T = TypeVar("T")


class Engine(Protocol):
    """A database. Raises `StoreError`, and what the function itself raises."""

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in a transaction; returns when that is on disk."""
        ...

    async def write_soon(self, function: Callable[[Connection], object]) -> None:
        """Run `function` in a transaction that may be on disk only a moment later; see `Store.write_soon`."""
        ...

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run `function` on one snapshot of the database, changing nothing."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        ...


class Store:
    """The database of one process. Belongs to the event loop it was opened in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.transactions = 0
        """How many functions `write` was called with."""

    @classmethod
    async def open(cls, url: str | Path) -> Store:
        """Open the database at a path (SQLite) or an address (`sqlite:///…`, `postgresql://…`).

        Makes the file and brings the tables up to date; several processes may do so at once. `SettingsError`
        for an address that cannot be, `MissingExtra` without the driver, `StoreError` when the database refuses.
        """
        address = _address(url)
        if address.get_backend_name() == "postgresql":
            from .postgres import PostgresEngine

            return cls(await PostgresEngine.open(address))
        from .sqlite import SqliteEngine

        return cls(await SqliteEngine.open(Path(address.database or "")))

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function(connection, *args, **kwargs)` in a transaction; returns once that is on disk.

        A caller that is cancelled meanwhile does not take the transaction back.
        """
        self.transactions += 1
        return await self._engine.write(partial(_call, function, args, kwargs))

    async def write_soon(
        self, function: Callable[Concatenate[Connection, P], object], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """`write` for what may be lost in a kill: it may return before the change is on disk.

        The next write takes it along, and nothing that is read or written later is without it. What goes wrong
        then is logged.
        """
        await self._engine.write_soon(partial(_call, function, args, kwargs))

    async def read(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function(connection, *args, **kwargs)` on one snapshot; it must not change anything."""
        return await self._engine.read(partial(_call, function, args, kwargs))

    async def close(self) -> None:
        """Finish what was begun, then let go of the database. Calls after it raise `StoreError`."""
        await self._engine.close()


def _call(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object], conn: Connection) -> T:
    return function(conn, *args, **kwargs)


def _address(url: str | Path) -> URL:
    if isinstance(url, Path) or "://" not in url:
        return URL.create("sqlite", database=str(url))
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("store.url is no address; use a path or postgresql://user@host/name") from error
    if address.drivername == "postgres":
        address = address.set(drivername="postgresql")
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(
            f"store.url names {address.drivername!r}; Trunkline keeps its data in SQLite or PostgreSQL"
        )
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise SettingsError("store.url names no file; use a path such as trunkline.db")
    return address
