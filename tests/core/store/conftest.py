from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from fakes.postgres import PostgresServer, postgres
from fakes.stored import Desk
from trunkline.store import Store
from trunkline.store.schema import metadata

OpenStore = Callable[[], Awaitable[Store]]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer) -> str:
    """The address of a database that has the tables."""
    uri = postgres_server.database()
    asyncio.run(_migrate(uri))
    return uri


async def _migrate(uri: str) -> None:
    await (await Store.open(uri)).close()


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that has the tables."""
    path = tmp_path_factory.mktemp("sqlite") / "model.db"
    asyncio.run(_migrate(str(path)))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each engine."""
    if request.param == "sqlite":
        return str(shutil.copy(request.getfixturevalue("sqlite_tables"), tmp_path / "trunkline.db"))
    server: PostgresServer = request.getfixturevalue("postgres_server")
    uri: str = request.getfixturevalue("postgres_tables")
    server.run("; ".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables)), uri)
    return uri


@pytest.fixture
async def open_store(database: str) -> AsyncIterator[OpenStore]:
    """Opens the database once more, as a further process would."""
    async with AsyncExitStack() as stack:

        async def opened() -> Store:
            store = await Store.open(database)
            stack.push_async_callback(store.close)
            return store

        yield opened


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    return await open_store()


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)
