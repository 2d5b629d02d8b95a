"""Signing in: what somebody said before it was known who they are becomes theirs."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, delete, select, update

from ..inbound import Place
from ..messages import Speaker
from .people import identities_of, join, person_of
from .places import ensure_place
from .schema import conversations, identities, places
from .turn_rows import place_from


def take_over(conn: Connection, former: Speaker, speaker: Speaker, now: float) -> tuple[int, ...]:
    """Give `speaker` what `former` said in places of their own; the conversations that change hands.

    A place of one's own is one whose channel is one's id. `former` is nobody afterwards: what is said under that
    name later is somebody else's. Nothing changes hands when `former` is known by another identity too, for then
    it belongs to a person already.
    """
    person = person_of(conn, former)
    if person is not None:
        if len(identities_of(conn, person)) > 1:
            return ()
        join(conn, speaker, former, now)
        conn.execute(
            delete(identities).where(
                identities.c.platform == former.platform,
                identities.c.team == former.team,
                identities.c.user_id == former.user_id,
            )
        )
    return tuple(
        number for row, place in _own_places(conn, former) for number in _move(conn, row, place, speaker, now)
    )


def _own_places(conn: Connection, speaker: Speaker) -> list[tuple[int, Place]]:
    own = (
        select(places)
        .where(
            places.c.platform == speaker.platform,
            places.c.team == speaker.team,
            places.c.channel == speaker.user_id,
            places.c.thread == "",
            places.c.user_id == "",
        )
        .order_by(places.c.id)
        .with_for_update()
    )
    return [(row["id"], place_from(row)) for row in conn.execute(own).mappings().all()]


def _move(conn: Connection, row: int, place: Place, speaker: Speaker, now: float) -> list[int]:
    """The conversations of one place, and which of them is the current one; the emptied place goes."""
    kept = ensure_place(conn, replace(place, team=speaker.team, channel=speaker.user_id), now)
    current = conn.execute(select(places.c.current_conversation).where(places.c.id == row)).scalar_one()
    moved = list(conn.execute(select(conversations.c.id).where(conversations.c.place == row)).scalars())
    conn.execute(update(conversations).where(conversations.c.place == row).values(place=kept.id))
    if current is not None:
        conn.execute(update(places).where(places.c.id == kept.id).values(current_conversation=current))
    conn.execute(delete(places).where(places.c.id == row))
    return moved
