"""Values of the app's additional inputs that hold for one conversation."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, select

from ..messages import Json
from .hot import Hot
from .schema import settings
from .sql import clean, dumps, insert_or_update

_VALUES = Hot(
    select(settings.c.name, settings.c.value).where(settings.c.conversation == bindparam("conversation"))
)


def values(conn: Connection, conversation: int) -> dict[str, Json]:
    """The values that are set, by input name; what is missing has the app's default."""
    return {name: json.loads(value) for name, value in _VALUES.all(conn, {"conversation": conversation})}


def set_values(
    conn: Connection, conversation: int, mapping: Mapping[str, Json], person: int | None = None
) -> dict[str, Json]:
    """Set values, None putting the app's default back; all that are set then. `person` is who set them."""
    for name, value in mapping.items():
        name = clean(name)  # noqa: PLW2901
        if value is None:
            mine = (settings.c.conversation == conversation, settings.c.name == name)
            conn.execute(delete(settings).where(*mine))
            continue
        row = {"conversation": conversation, "name": name, "value": dumps(value), "set_by": person}
        conn.execute(insert_or_update(conn, settings, "conversation", "name"), row)
    return values(conn, conversation)
