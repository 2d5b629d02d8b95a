"""What the store's functions share: JSON columns, clean text, inserts that tolerate what is there already."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from ..codec import encode
from ..messages import Json

LARGEST_ID = 2**63 - 1
"""Ids come from outside, too; neither engine takes a larger integer."""


def dumps(value: Json) -> str:
    """JSON for a text column. Lone surrogates, which no database takes, stay escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if storable(text) else json.dumps(value, separators=(",", ":"))


def encoded(value: object) -> str:
    """A value of the vocabulary for a text column."""
    return dumps(encode(value))


def storable(text: str) -> bool:
    """The text has a UTF-8 form."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean(text: str) -> str:
    """`text` without what PostgreSQL (NUL) or UTF-8 (lone surrogates) cannot hold."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if storable(text) else text.encode("utf-8", "replace").decode()


def folded(text: str) -> str:
    """`text` as searches compare it: without case in every script, the same on both engines."""
    return clean(text).casefold()


def contains(query: str) -> str:
    """The LIKE pattern (escape character `\\`) for folded text that holds `query`."""
    escaped = folded(query).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def is_postgres(conn: Connection) -> bool:
    return conn.dialect.name == "postgresql"


def erased(conn: Connection) -> None:
    """Say that the transaction erases what people said: no copy may be left in a journal after its commit."""
    conn.info["erased"] = True


def insert_absent(conn: Connection, table: Table) -> Any:
    """An INSERT that leaves a row alone that is there already."""
    return _insert_absent(conn.dialect.name, table)


def insert_or_update(conn: Connection, table: Table, *key: str) -> Any:
    """An INSERT that changes the row of the same (unique) `key` to the new values."""
    return upsert(conn.dialect.name, table, key)


# Made once for each engine: a statement that stays the same object is compiled once and its cache key is
# computed once.
@cache
def _insert_absent(dialect: str, table: Table) -> Any:
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def upsert(dialect: str, table: Table, key: tuple[str, ...]) -> Any:
    """`insert_or_update` for a dialect by its name."""
    statement: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    kept = {*key, *(column.name for column in table.primary_key.columns)}
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in kept}
    return statement.on_conflict_do_update(index_elements=list(key), set_=changed)
