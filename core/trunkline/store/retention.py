"""What is kept for how long."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, delete, or_, select

from .erasing import chunks, erase_conversations, erase_turns, plus
from .records import Erased
from .schema import consents, conversations, events, feedback, people, places, settings, turns
from .sql import erased
from .store import Store

EVENTS_KEPT_S = 24 * 3600
"""Seconds for which an event is known as seen, at least: platforms deliver late and twice."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was erased. `complete` is False while there is more of it."""

    erased: Erased = field(default_factory=Erased)
    events: int = 0
    people: int = 0
    complete: bool = True


def sweep(conn: Connection, older_than: float, now: float, limit: int = 500) -> Swept:
    """Erase what is older than a time, at most `limit` of each kind.

    These are turns that ended, with all that belongs to them; conversations that hold nothing any more and were
    not used since, with places that are left without any; and events, yet none of the last 24 hours. A paused
    place stays. Files are let go for `MediaStore.collect`.
    """
    ended = turns.c.finished.is_not(None)
    old = select(turns.c.id).where(ended, turns.c.received < older_than).order_by(turns.c.received).limit(limit)
    told = erase_turns(conn, old)
    empty = _erase_empty(conn, older_than, limit)
    seen = _forget_events(conn, min(older_than, now - EVENTS_KEPT_S), limit)
    return Swept(plus(told, empty), seen, complete=max(told.turns, empty.conversations, seen) < limit)


def sweep_people(conn: Connection, older_than: float, after: int, window: int) -> tuple[int, int]:
    """Erase the people among the next `window` after a number of whom nothing is known but their names.

    Who agreed to something stays. The last number looked at (0: there are no more), and how many were erased.
    """
    some = select(people.c.id, people.c.created).where(people.c.id > after).order_by(people.c.id).limit(window)
    looked = conn.execute(some).all()
    old = [row.id for row in looked if row.created < older_than]
    idle = select(people.c.id).where(people.c.id.in_(old), ~_KNOWN).with_for_update(skip_locked=True)
    ids = list(conn.execute(idle).scalars())
    if ids:
        erased(conn)
        conn.execute(delete(people).where(people.c.id.in_(ids), ~_KNOWN))
    return (looked[-1].id if looked else 0), len(ids)


async def enforce(store: Store, older_than: float, now: float, batch: int = 500) -> Swept:
    """Sweep in small transactions until nothing older is left, so that nobody waits for long."""
    total = Swept(complete=False)
    while not total.complete:
        swept = await store.write(sweep, older_than, now, batch)
        total = Swept(plus(total.erased, swept.erased), total.events + swept.events, complete=swept.complete)
    after, gone = await store.write(sweep_people, older_than, 0, batch)
    total = replace(total, people=gone)
    while after:
        after, gone = await store.write(sweep_people, older_than, after, batch)
        total = replace(total, people=total.people + gone)
    return total


_KNOWN = or_(
    *(
        select(column).where(column == people.c.id).exists()
        for column in (
            turns.c.person,
            feedback.c.person,
            consents.c.person,
            conversations.c.owner,
            conversations.c.titled_by,
            settings.c.set_by,
        )
    )
)


def _erase_empty(conn: Connection, older_than: float, limit: int) -> Erased:
    held = select(turns.c.id).where(turns.c.conversation == conversations.c.id)
    # Whoever says something there now has the row; then it is not empty for long.
    empty = (
        select(conversations.c.id, conversations.c.place)
        .where(conversations.c.updated < older_than, ~held.exists())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = conn.execute(empty).all()
    told = erase_conversations(conn, [row.id for row in found])
    left = select(conversations.c.id).where(conversations.c.place == places.c.id)
    for chunk in chunks(sorted({row.place for row in found})):
        idle = (
            select(places.c.id).where(places.c.id.in_(chunk), ~places.c.paused).with_for_update(skip_locked=True)
        )
        ids = list(conn.execute(idle).scalars())
        conn.execute(delete(places).where(places.c.id.in_(ids), ~left.exists()))
    return told


def _forget_events(conn: Connection, older_than: float, limit: int) -> int:
    old = select(events.c.digest).where(events.c.at < older_than).limit(limit)
    return conn.execute(delete(events).where(events.c.digest.in_(old))).rowcount
