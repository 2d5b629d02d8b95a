"""Statements that every turn runs. On SQLite they go straight to the driver.

There SQLAlchemy's way from a statement to its rows takes several times as long as the statement itself, and a turn
runs some twenty of them in the one thread that writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.compiler import SQLCompiler

Values: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Sequence[Any]

_SQLITE = sqlite_dialect()


def driver(conn: Connection) -> sqlite3.Connection | None:
    """The driver's own connection, if that is SQLite's."""
    raw = conn.connection.driver_connection
    return raw if isinstance(raw, sqlite3.Connection) else None


class Hot:
    """A statement with named parameters, whose rows are plain tuples of what the driver gives.

    It always takes the same parameters, of types that need no translation: numbers, text, None, and booleans on
    the way in (they come out of SQLite as 0 and 1); no IN list. Errors are SQLAlchemy's or the driver's.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._text = ""
        self._ordered: Callable[[Values], tuple[Any, ...]] = _none

    def first(self, conn: Connection, values: Values) -> Row | None:
        """The first row; None when there is none."""
        raw = driver(conn)
        if raw is None:
            row: Row | None = conn.execute(self._statement, values).first()
            return row
        cursor = self._run(raw, values)
        found: Row | None = cursor.fetchone()
        # A statement that still has rows to give would keep the transaction's snapshot open.
        cursor.close()
        return found

    def all(self, conn: Connection, values: Values) -> Sequence[Row]:
        """Every row."""
        raw = driver(conn)
        return conn.execute(self._statement, values).all() if raw is None else self._run(raw, values).fetchall()

    def change(self, conn: Connection, values: Values) -> int:
        """Run a statement that changes rows; how many those are."""
        raw = driver(conn)
        return conn.execute(self._statement, values).rowcount if raw is None else self._run(raw, values).rowcount

    def insert(self, conn: Connection, values: Values) -> int:
        """Insert one row; the number its table gave it."""
        raw = driver(conn)
        if raw is None:
            made = conn.execute(self._statement, values).inserted_primary_key
            assert made is not None
            number: int = made[0]
            return number
        given = self._run(raw, values).lastrowid
        assert given is not None
        return given

    def _run(self, raw: sqlite3.Connection, values: Values) -> sqlite3.Cursor:
        if not self._text:
            self._compile(values)
        try:
            return raw.execute(self._text, self._ordered(values))
        except sqlite3.IntegrityError as error:
            raise IntegrityError(self._text, None, error, hide_parameters=True) from error

    def _compile(self, values: Values) -> None:
        compiled = self._statement.compile(dialect=_SQLITE, column_keys=sorted(values))
        assert isinstance(compiled, SQLCompiler)
        # Constants of the statement itself are parameters, too.
        constants = {name: value for name, value in compiled.params.items() if name not in values}
        names = compiled.positiontup or []
        if constants:
            self._ordered = lambda given: tuple(given[n] if n in given else constants[n] for n in names)
        elif len(names) > 1:
            self._ordered = itemgetter(*names)
        elif names:
            self._ordered = lambda given: (given[names[0]],)
        self._text = str(compiled)


def _none(_: Values) -> tuple[Any, ...]:
    return ()
