"""Turns by what is known of them on their platform: a message, a post, a time."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, func, select

from ..inbound import Place
from ..messages import Json, Speaker
from .people import person_of
from .schema import conversations, events, places, posts, turns
from .sql import clean
from .turn_rows import PLACE_COLUMNS, place_from

_LONGEST_CHAIN = 50
"""Answers in each other's place that are followed to the one that counts."""
_OF_TEAM = (places.c.platform == bindparam("platform"), places.c.team == bindparam("team"))
_THERE = (*_OF_TEAM, places.c.channel == bindparam("channel"))
_PLACED = select(turns.c.id, turns.c.status, turns.c.conversation).join(
    conversations, conversations.c.id == turns.c.conversation
)
_BY_POST = (
    _PLACED.join(places, places.c.id == conversations.c.place)
    .join(posts, posts.c.turn == turns.c.id)
    .where(posts.c.post_id == bindparam("named"), *_THERE)
    .order_by(turns.c.id.desc())
    .limit(1)
)
_BY_MESSAGE = (
    _PLACED.join(places, places.c.id == conversations.c.place)
    .join(events, events.c.turn == turns.c.id)
    .where(events.c.message_id == bindparam("named"), *_THERE)
    .order_by(turns.c.id.desc())
    .limit(1)
)
_IN_ITS_PLACE = (
    select(turns.c.id, turns.c.status, turns.c.conversation)
    .where(turns.c.conversation == bindparam("conversation"), turns.c.supersedes == bindparam("earlier"))
    .order_by(turns.c.id.desc())
    .limit(1)
)
_LATELY = (
    select(func.max(turns.c.id).label("id"))
    .join(conversations, conversations.c.id == turns.c.conversation)
    .join(places, places.c.id == conversations.c.place)
    .where(places.c.platform == bindparam("platform"), turns.c.received >= bindparam("since"))
    .group_by(places.c.id)
    .subquery()
)
_NEWEST_OF_PLACES = (
    select(turns.c.target, turns.c.message_id, *PLACE_COLUMNS)
    .join(_LATELY, _LATELY.c.id == turns.c.id)
    .join(conversations, conversations.c.id == turns.c.conversation)
    .join(places, places.c.id == conversations.c.place)
    .order_by(turns.c.id)
)

_SPOKEN = (
    select(func.max(turns.c.id).label("newest"), *PLACE_COLUMNS)
    .join(conversations, conversations.c.id == turns.c.conversation)
    .join(places, places.c.id == conversations.c.place)
    .where(
        turns.c.person == bindparam("person"),
        turns.c.conversation == places.c.current_conversation,
        turns.c.status.not_in(("superseded", "undone")),
        *_OF_TEAM,
    )
    .group_by(places.c.id, *PLACE_COLUMNS)
    .order_by(func.max(turns.c.id).desc())
    .limit(bindparam("limit"))
)
_SPOKEN_IN = _SPOKEN.where(places.c.channel == bindparam("channel"))


def turn_of(conn: Connection, place: Place, message_id: str) -> int:
    """The turn that a message or post of the place's channel belongs to, whatever the app; 0 for none.

    Where it was answered anew, the turn that stands in its place now.
    """
    if not message_id:
        return 0
    there = {"platform": place.platform, "team": clean(place.team), "channel": clean(place.channel)}
    named = {**there, "named": clean(message_id)}
    found = conn.execute(_BY_POST, named).first() or conn.execute(_BY_MESSAGE, named).first()
    for _ in range(_LONGEST_CHAIN):
        if found is None or found.status != "superseded":
            break
        earlier = {"conversation": found.conversation, "earlier": found.id}
        found = conn.execute(_IN_ITS_PLACE, earlier).first()
    return found.id if found is not None and found.status not in {"superseded", "undone"} else 0


def heard_since(conn: Connection, platform: str, since: float) -> list[tuple[Place, Mapping[str, Json], str]]:
    """For each place with turns received since then its newest one's target and message, the oldest first."""
    rows = conn.execute(_NEWEST_OF_PLACES, {"platform": platform, "since": since}).mappings()
    return [(place_from(row), json.loads(row["target"]), row["message_id"]) for row in rows]


def spoken_in(conn: Connection, place: Place, speaker: Speaker, limit: int) -> tuple[Place, ...]:
    """The places of the place's channel in whose current conversation they said something, the newest first.

    Where the place names no channel: those of all channels of its team.
    """
    person = person_of(conn, speaker)
    if person is None:
        return ()
    there = {"platform": place.platform, "team": clean(place.team), "channel": clean(place.channel)}
    statement = _SPOKEN_IN if place.channel else _SPOKEN
    rows = conn.execute(statement, {**there, "person": person, "limit": limit}).mappings()
    return tuple(place_from(row) for row in rows)
