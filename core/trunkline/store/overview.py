"""Conversations of all places: for the operator, never for what somebody asks who talks."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ..inbound import Place
from .schema import conversations, places
from .sql import LARGEST_ID
from .turn_rows import PLACE_COLUMNS, place_from

_ALL = select(conversations.c.id, conversations.c.title, conversations.c.updated, *PLACE_COLUMNS).select_from(
    conversations.join(places, conversations.c.place == places.c.id)
)


def newest(conn: Connection, limit: int) -> list[tuple[int, str, float, Place]]:
    """Number, title, last use and place of the conversations that were used last, the newest first."""
    order = (conversations.c.updated.desc(), conversations.c.id.desc())
    rows = conn.execute(_ALL.order_by(*order).limit(limit)).mappings()
    return [(row["id"], row["title"], row["updated"], place_from(row)) for row in rows]


def conversation(conn: Connection, number: int) -> tuple[int, str, float, Place] | None:
    """The same of one conversation; None when there is none of that number."""
    if not 0 < number <= LARGEST_ID:
        return None
    row = conn.execute(_ALL.where(conversations.c.id == number)).mappings().first()
    return None if row is None else (row["id"], row["title"], row["updated"], place_from(row))
