"""Small facts about this installation, by name."""

from __future__ import annotations

from sqlalchemy import Connection, select

from .schema import meta
from .sql import insert_absent, insert_or_update

_SIGNING = "signing"


def get(conn: Connection, name: str) -> str | None:
    """The fact of that name; None when it was never put."""
    value: str | None = conn.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return value


def put(conn: Connection, name: str, value: str) -> None:
    """Remember a fact; it takes the place of an earlier one."""
    conn.execute(insert_or_update(conn, meta, "name"), {"name": name, "value": value})


def secret(conn: Connection, fresh: str) -> bytes:
    """The installation's secret: `fresh` on first use, the same ever after and for every process."""
    conn.execute(insert_absent(conn, meta), {"name": _SIGNING, "value": fresh})
    kept = get(conn, _SIGNING)
    assert kept is not None
    return kept.encode()
