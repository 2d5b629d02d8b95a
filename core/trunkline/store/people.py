"""Who talks: people, the identities by which platforms know them, what they agreed to, and forgetting them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ..messages import Speaker
from . import vault
from .erasing import erase_conversations, erase_turns, plus
from .hot import Hot
from .records import ConsentRecord, Erased
from .schema import consents as consent_rows
from .schema import conversations, feedback, identities, people, places, settings, turns
from .sql import clean, erased, insert_absent, insert_or_update

_IDENTITY = Hot(
    select(identities.c.person, identities.c.name).where(
        identities.c.platform == bindparam("platform"),
        identities.c.team == bindparam("team"),
        identities.c.user_id == bindparam("user_id"),
    )
)
_NEW_PERSON = insert(people)
_RENAME = (
    update(identities)
    .where(
        identities.c.platform == bindparam("on_platform"),
        identities.c.team == bindparam("in_team"),
        identities.c.user_id == bindparam("who"),
    )
    .values(name=bindparam("called"))
)


def person_of(conn: Connection, speaker: Speaker) -> int | None:
    """The person behind a speaker; None when they never said anything."""
    row = _IDENTITY.first(conn, _key(speaker))
    return None if row is None else row[0]


def ensure_person(conn: Connection, speaker: Speaker, now: float) -> int:
    """The person behind a speaker, made known if they are new; keeps the newest name."""
    key = _key(speaker)
    name = clean(speaker.name)
    row = _IDENTITY.first(conn, key)
    if row is None:
        return _new_person(conn, key, name, now)
    person: int = row[0]
    if name and name != row[1]:
        renamed = {"on_platform": key["platform"], "in_team": key["team"], "who": key["user_id"], "called": name}
        conn.execute(_RENAME, renamed)
    return person


def identities_of(conn: Connection, person: int) -> tuple[Speaker, ...]:
    """All identities of a person."""
    rows = conn.execute(
        select(identities)
        .where(identities.c.person == person)
        .order_by(identities.c.platform, identities.c.user_id)
    )
    return tuple(Speaker(row.platform, row.user_id, row.name, row.team) for row in rows)


def join(conn: Connection, a: Speaker, b: Speaker, now: float) -> int:
    """Declare that two speakers are one person; gives that person. Who is joined never comes apart again."""
    kept, given = ensure_person(conn, a, now), ensure_person(conn, b, now)
    if kept == given:
        return kept
    conn.execute(update(identities).where(identities.c.person == given).values(person=kept))
    conn.execute(update(turns).where(turns.c.person == given).values(person=kept))
    conn.execute(update(conversations).where(conversations.c.owner == given).values(owner=kept))
    conn.execute(update(conversations).where(conversations.c.titled_by == given).values(titled_by=kept))
    conn.execute(update(settings).where(settings.c.set_by == given).values(set_by=kept))
    _move_feedback(conn, given, kept)
    _move_consents(conn, given, kept)
    conn.execute(delete(people).where(people.c.id == given))
    return kept


def consent(conn: Connection, speaker: Speaker, kind: str, now: float, version: str = "") -> None:
    """Remember that a person agreed to something, `version` being the text they saw."""
    person = ensure_person(conn, speaker, now)
    values = {"person": person, "kind": kind, "version": version, "given": now}
    conn.execute(insert_or_update(conn, consent_rows, "person", "kind"), values)


def consents(conn: Connection, speaker: Speaker) -> tuple[ConsentRecord, ...]:
    """What a person agreed to and did not withdraw."""
    person = person_of(conn, speaker)
    if person is None:
        return ()
    rows = conn.execute(select(consent_rows).where(consent_rows.c.person == person).order_by(consent_rows.c.kind))
    return tuple(ConsentRecord(row.kind, row.version, row.given) for row in rows)


def withdraw(conn: Connection, speaker: Speaker, kind: str) -> bool:
    """Take a consent back; False when there was none."""
    person = person_of(conn, speaker)
    if person is None:
        return False
    gone = delete(consent_rows).where(consent_rows.c.person == person, consent_rows.c.kind == kind)
    return conn.execute(gone).rowcount > 0


def forget(conn: Connection, who: Speaker | int) -> Erased:
    """Erase a person: all they said, the answers to it, their feedback, settings, consents and identities,
    and what bridges hold of them.

    Conversations that nobody else took part in go as a whole; shared ones lose this person's turns. Files that
    nobody else refers to are let go for the next `MediaStore.collect`. That an event was seen stays known, by a
    digest alone.
    """
    person = person_of(conn, who) if isinstance(who, Speaker) else who
    known = identities_of(conn, person) if person is not None else ()
    vault.forget(conn, (who, *known) if isinstance(who, Speaker) else known)
    if person is None:
        return Erased()
    erased(conn)
    where = _lock_places(conn, person)
    rated = conn.execute(delete(feedback).where(feedback.c.person == person)).rowcount
    told = erase_conversations(conn, _alone_in(conn, person))
    told = plus(told, erase_turns(conn, select(turns.c.id).where(turns.c.person == person)))
    theirs = conversations.c.titled_by == person
    conn.execute(update(conversations).where(theirs).values(title="", title_folded="", named=False))
    conn.execute(delete(settings).where(settings.c.set_by == person))
    _drop_places(conn, where)
    conn.execute(delete(people).where(people.c.id == person))
    return replace(told, feedback=told.feedback + rated)


def _key(speaker: Speaker) -> dict[str, str]:
    return {"platform": speaker.platform, "team": clean(speaker.team), "user_id": clean(speaker.user_id)}


def _new_person(conn: Connection, key: dict[str, str], name: str, now: float) -> int:
    made = conn.execute(_NEW_PERSON, {"created": now}).inserted_primary_key
    assert made is not None
    person: int = made[0]
    if conn.execute(insert_absent(conn, identities), {**key, "person": person, "name": name}).rowcount:
        return person
    # Another process met the same speaker just now: theirs is the person.
    conn.execute(delete(people).where(people.c.id == person))
    known = _IDENTITY.first(conn, key)
    assert known is not None
    theirs: int = known[0]
    return theirs


def _move_feedback(conn: Connection, given: int, kept: int) -> None:
    other = feedback.alias()
    both_rated = select(other.c.id).where(
        other.c.person == kept,
        other.c.turn == feedback.c.turn,
        other.c.of_user == feedback.c.of_user,
        other.c.message == feedback.c.message,
    )
    conn.execute(delete(feedback).where(feedback.c.person == given, both_rated.exists()))
    conn.execute(update(feedback).where(feedback.c.person == given).values(person=kept))


def _move_consents(conn: Connection, given: int, kept: int) -> None:
    for row in conn.execute(select(consent_rows).where(consent_rows.c.person == given)).mappings().all():
        conn.execute(insert_absent(conn, consent_rows), {**row, "person": kept})


def _alone_in(conn: Connection, person: int) -> list[int]:
    """The conversations in which a person said something, or which they began, and nobody else did."""
    other = turns.alias()
    others = select(other.c.id).where(other.c.conversation == conversations.c.id, other.c.person != person)
    spoke = select(turns.c.conversation).where(turns.c.person == person)
    began = select(conversations.c.id).where(conversations.c.owner == person)
    alone = select(conversations.c.id).where(conversations.c.id.in_(spoke.union(began)), ~others.exists())
    return list(conn.execute(alone).scalars())


def _lock_places(conn: Connection, person: int) -> list[int]:
    """The places of the conversations that go: nobody begins another one there until the transaction ends."""
    held = select(conversations.c.place).where(conversations.c.id.in_(_alone_in(conn, person)))
    return list(conn.execute(select(places.c.id).where(places.c.id.in_(held)).with_for_update()).scalars())


def _drop_places(conn: Connection, ids: list[int]) -> None:
    """Erase those of the places that hold no conversation any more: their keys name the person or their chat."""
    kept = select(conversations.c.id).where(conversations.c.place == places.c.id)
    conn.execute(delete(places).where(places.c.id.in_(ids), ~kept.exists()))
