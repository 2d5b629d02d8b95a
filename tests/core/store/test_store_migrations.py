"""The migrations make exactly the tables that `schema.py` declares, on both engines."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from fakes.postgres import PostgresServer, catalog
from trunkline import store as store_package
from trunkline.errors import StoreError
from trunkline.store import Store
from trunkline.store.migrate import HEAD
from trunkline.store.schema import metadata


def differences(conn: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata))


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(store_package.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_alembic_finds_nothing_to_change(store: Store) -> None:
    assert await store.write(differences) == []


def parts(sql: str) -> list[str]:
    """The definition's parts, outside brackets apart by commas: columns and constraints may stand in any order."""
    inner = sql.replace('"', "").partition("(")[2].rpartition(")")[0]
    found, depth = [""], 0
    for sign in inner:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return sorted(" ".join(part.split()) for part in found if part.strip())


async def test_sqlite_has_the_declared_tables_to_the_letter(tmp_path: Path) -> None:
    migrated, declared = tmp_path / "migrated.db", tmp_path / "declared.db"
    await (await Store.open(migrated)).close()
    engine = create_engine(f"sqlite:///{declared}")
    metadata.create_all(engine)
    engine.dispose()
    found = []
    for path in (migrated, declared):
        with sqlite3.connect(path) as raw:
            rows = raw.execute(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
            ).fetchall()
        raw.close()
        found.append({name: parts(sql) if sql.startswith("CREATE TABLE") else sql for name, sql in rows})
    assert found[0] == found[1]
    assert "uq_turns_active" in found[0]


@pytest.mark.postgres
async def test_postgres_has_the_declared_tables_to_the_letter(postgres_server: PostgresServer) -> None:
    migrated, declared = postgres_server.database(), postgres_server.database()
    await (await Store.open(migrated)).close()
    engine = create_async_engine(declared.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    found = catalog(postgres_server, migrated)
    assert found == catalog(postgres_server, declared)
    assert any("uq_turns_active" in line for line in found)


def become(conn: Connection, revision: str) -> None:
    conn.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def test_a_database_of_a_newer_version_is_left_alone(database: str) -> None:
    store = await Store.open(database)
    await store.write(become, "9999")
    with pytest.raises(StoreError, match="newer version"):
        await Store.open(database)
    await store.write(become, HEAD)
    await (await Store.open(database)).close()
    await store.close()
