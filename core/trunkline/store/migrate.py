"""Brings the tables of a database up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, select
from sqlalchemy.sql import column, table

from ..errors import StoreError

HEAD = "0004"
"""The newest revision in `migrations/versions`; a test holds the two together.

Known here so that a database that is up to date opens without loading alembic."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_version = table("alembic_version", column("version_num"))


def upgrade(conn: Connection, begin: Callable[[], object], commit: Callable[[], object]) -> None:
    """Make or change the tables, all in one transaction.

    `begin` starts the transaction that keeps other processes out: they wait, and then find the work done.
    `StoreError` when the tables are newer than this version knows.
    """
    if _revision(conn) == HEAD:
        return
    begin()
    if _revision(conn) != HEAD:
        _run(conn)
    commit()


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    revision: str | None = conn.execute(select(_version.c.version_num)).scalar()
    return revision


def _run(conn: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError("The database was made by a newer version of Trunkline; update Trunkline") from error
