"""What a bridge keeps for itself: sign-ins, installations, short-lived states. JSON, by kind and key."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, select

from ..messages import Json, Speaker
from .schema import vault
from .sql import clean, erased, insert_or_update


def put(
    conn: Connection,
    bridge: str,
    kind: str,
    key: str,
    value: Json,
    *,
    until: float = 0.0,
    speaker: Speaker | None = None,
) -> None:
    """Keep a value in place of an earlier one; `until` (seconds since the epoch) ends it, 0.0 never does.

    `speaker` is whose it is: `forget` erases it.
    """
    row = {
        "bridge": bridge,
        "kind": kind,
        "name": key,
        "value": json.dumps(value),
        "until": until,
        "speaker": "" if speaker is None else _whose(speaker),
    }
    conn.execute(insert_or_update(conn, vault, "bridge", "kind", "name"), row)


def get(conn: Connection, bridge: str, kind: str, key: str, now: float) -> Json:
    """The value; None when there is none, or it has ended."""
    row = conn.execute(select(vault.c.value, vault.c.until).where(*_named(bridge, kind, key))).first()
    if row is None or 0 < row.until <= now:
        return None
    value: Json = json.loads(row.value)
    return value


def take(conn: Connection, bridge: str, kind: str, key: str, now: float) -> Json:
    """`get`, and it is gone: of several who take at once one has it."""
    value = get(conn, bridge, kind, key, now)
    gone = conn.execute(delete(vault).where(*_named(bridge, kind, key))).rowcount
    return value if gone else None


def drop(conn: Connection, bridge: str, kind: str, key: str) -> None:
    """Forget a value, if there is one."""
    conn.execute(delete(vault).where(*_named(bridge, kind, key)))


def keys(conn: Connection, bridge: str, kind: str, prefix: str, now: float) -> Sequence[str]:
    """The keys of a kind that begin with `prefix`, in order."""
    rows = conn.execute(
        select(vault.c.name)
        .where(vault.c.bridge == bridge, vault.c.kind == kind, vault.c.name.startswith(prefix, autoescape=True))
        .where((vault.c.until == 0) | (vault.c.until > now))
        .order_by(vault.c.name)
    )
    # SQLite's LIKE takes capitals and small letters for the same.
    return [key for key in rows.scalars() if key.startswith(prefix)]


def forget(conn: Connection, whose: Sequence[Speaker]) -> None:
    """Erase what is held of somebody, by whichever of their identities."""
    if conn.execute(delete(vault).where(vault.c.speaker.in_([_whose(one) for one in whose]))).rowcount:
        erased(conn)


def sweep(conn: Connection, now: float) -> None:
    """Forget what has ended."""
    conn.execute(delete(vault).where(vault.c.until > 0, vault.c.until <= now))


def _whose(speaker: Speaker) -> str:
    return json.dumps([speaker.platform, clean(speaker.team), clean(speaker.user_id)])


def _named(bridge: str, kind: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (vault.c.bridge == bridge, vault.c.kind == kind, vault.c.name == key)
