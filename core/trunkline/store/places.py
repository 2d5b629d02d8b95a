"""Where people talk, and the conversations of each place.

Everything is asked by place: who may act in a place reaches its conversations and no others.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, tuple_, update

from ..inbound import Place
from ..messages import Message
from .erasing import erase_conversations
from .hot import Hot
from .records import ConversationRecord, Erased, PlaceRecord
from .schema import conversations as conversation_rows
from .schema import messages, places
from .sql import LARGEST_ID, clean, contains, folded, insert_absent

TITLE_LENGTH = 60
"""Characters of a title that is made of a message."""

_FIND_PLACE = select(places.c.id, places.c.current_conversation, places.c.paused).where(
    places.c.platform == bindparam("platform"),
    places.c.channel == bindparam("channel"),
    places.c.thread == bindparam("thread"),
    places.c.user_id == bindparam("user_id"),
    places.c.app == bindparam("app"),
    places.c.team == bindparam("team"),
)
_CHOSEN = (
    select(places.c.app)
    .where(
        places.c.platform == bindparam("platform"),
        places.c.channel == bindparam("channel"),
        places.c.thread == bindparam("thread"),
        places.c.user_id == bindparam("user_id"),
        places.c.team == bindparam("team"),
        places.c.chosen.is_not(None),
    )
    .order_by(places.c.chosen.desc(), places.c.id.desc())
    .limit(1)
)
_PLACE = Hot(_FIND_PLACE)
_PLACE_LOCKED = Hot(_FIND_PLACE.with_for_update(key_share=True))
_NEW_CONVERSATION = insert(conversation_rows)
_MAKE_CURRENT = (
    update(places).where(places.c.id == bindparam("which")).values(current_conversation=bindparam("conversation"))
)
_COLUMNS = (
    conversation_rows.c.id,
    conversation_rows.c.title,
    conversation_rows.c.created,
    conversation_rows.c.updated,
    conversation_rows.c.started,
    func.coalesce(conversation_rows.c.owner, 0).label("owner"),
)
_CONVERSATION = select(*_COLUMNS).where(
    conversation_rows.c.id == bindparam("conversation"), conversation_rows.c.place == bindparam("place")
)
_RECENT = tuple_(conversation_rows.c.updated, conversation_rows.c.id)


def place_of(conn: Connection, place: Place) -> PlaceRecord | None:
    """What is known of a place; None when nothing was ever said there."""
    return _found(conn, place, lock=False)


def ensure_place(conn: Connection, place: Place, now: float) -> PlaceRecord:
    """The place, made known if it is new; the transaction keeps others from changing what is current there."""
    found = _found(conn, place, lock=True)
    if found is None:
        conn.execute(insert_absent(conn, places), {**place_key(place), "paused": False, "created": now})
        found = _found(conn, place, lock=True)
        assert found is not None
    return found


def pause(conn: Connection, place: Place, on: bool, now: float) -> None:
    """Keep quiet in this place (`on`), or talk again."""
    known = ensure_place(conn, place, now)
    conn.execute(update(places).where(places.c.id == known.id).values(paused=on))


def choose_app(conn: Connection, place: Place, now: float) -> None:
    """Talk to `place.app` there from now on."""
    known = ensure_place(conn, place, now)
    conn.execute(update(places).where(places.c.id == known.id).values(chosen=now))


def app_of(conn: Connection, place: Place) -> str:
    """The app that was chosen there last, whatever `place.app` says; "" where none was."""
    chosen: str | None = conn.execute(_CHOSEN, place_key(place)).scalar()
    return chosen or ""


def conversations(
    conn: Connection, place: Place, limit: int = 50, before: tuple[float, int] = (0.0, 0), query: str = ""
) -> list[ConversationRecord]:
    """The conversations of a place, the last used first.

    With `before`, the last use and the id of a conversation, those that come after it in that order.
    With `query` only those whose title or messages hold it, whatever the case.
    """
    known = place_of(conn, place)
    if known is None:
        return []
    statement = (
        select(*_COLUMNS)
        .where(conversation_rows.c.place == known.id)
        .order_by(conversation_rows.c.updated.desc(), conversation_rows.c.id.desc())
        .limit(limit)
    )
    updated, number = before
    if updated:
        statement = statement.where(tuple_(updated, min(number, LARGEST_ID)) > _RECENT)
    if query.strip():
        pattern = contains(query.strip())
        said = select(messages.c.id).where(
            messages.c.conversation == conversation_rows.c.id,
            messages.c.active,
            messages.c.folded.like(pattern, escape="\\"),
        )
        statement = statement.where(
            or_(conversation_rows.c.title_folded.like(pattern, escape="\\"), said.exists())
        )
    return [ConversationRecord(**row) for row in conn.execute(statement).mappings()]


def conversation(conn: Connection, place: Place, number: int) -> ConversationRecord | None:
    """A conversation of this place; None when it belongs elsewhere or is gone."""
    known = place_of(conn, place)
    return None if known is None else _conversation(conn, known.id, number)


def new_conversation(
    conn: Connection, place: Place, now: float, *, owner: int | None = None, title: str = ""
) -> ConversationRecord:
    """Begin a conversation, which becomes the place's current one."""
    known = ensure_place(conn, place, now)
    begun = begin_conversation(conn, known.id, now, owner=owner, title=title)
    fresh = _conversation(conn, known.id, begun)
    assert fresh is not None
    return fresh


def begin_conversation(
    conn: Connection, place: int, now: float, *, owner: int | None = None, title: str = ""
) -> int:
    """`new_conversation` for a place that is known by its id; gives the conversation's id."""
    title = clean(title).strip()
    result = conn.execute(
        _NEW_CONVERSATION,
        {
            "place": place,
            "owner": owner,
            "title": title,
            "title_folded": folded(title),
            "titled_by": owner if title else None,
            "named": bool(title),
            "started": False,
            "created": now,
            "updated": now,
        },
    )
    assert result.inserted_primary_key is not None
    begun: int = result.inserted_primary_key[0]
    conn.execute(_MAKE_CURRENT, {"which": place, "conversation": begun})
    return begun


def switch(conn: Connection, place: Place, conversation: int) -> ConversationRecord | None:
    """Make a conversation of this place its current one; None when it has no such conversation."""
    known = place_of(conn, place)
    found = None if known is None else _conversation(conn, known.id, conversation)
    if known is not None and found is not None:
        conn.execute(_MAKE_CURRENT, {"which": known.id, "conversation": found.id})
    return found


def rename(
    conn: Connection, place: Place, number: int, title: str, *, person: int | None = None
) -> ConversationRecord | None:
    """Give a conversation of this place a title; "" lets the next first message give it one.

    `person` is whose words the title is (by default who began the conversation). None when there is no such one.
    """
    found = conversation(conn, place, number)
    if found is None:
        return None
    set_title(conn, number, title, person=person or found.owner or None, named=bool(title.strip()))
    return conversation(conn, place, number)


def set_title(conn: Connection, conversation: int, title: str, *, person: int | None, named: bool) -> None:
    title = clean(title).strip()
    conn.execute(
        update(conversation_rows)
        .where(conversation_rows.c.id == conversation)
        .values(title=title, title_folded=folded(title), titled_by=person, named=named)
    )


def delete(conn: Connection, place: Place, number: int) -> Erased | None:
    """Erase a conversation of this place with all that was said in it; None when it has no such conversation."""
    return None if conversation(conn, place, number) is None else erase_conversations(conn, [number])


def title_from_first_message(message: Message, length: int = TITLE_LENGTH) -> str:
    """A title made of what was said: its first line, cut between words."""
    lines = [line.strip() for line in message.text.splitlines() if line.strip()]
    named = lines or [media.name for media in message.media if media.name]
    if not named:
        return ""
    title = " ".join(clean(named[0]).split())
    if len(title) <= length:
        return title
    cut = title[: length - 1]
    return cut[: cut.rfind(" ") if " " in cut else None].rstrip() + "…"


def place_key(place: Place) -> dict[str, Any]:
    """The columns that name a place."""
    return {
        "platform": place.platform,
        "app": place.app,
        "team": clean(place.team),
        "channel": clean(place.channel),
        "thread": clean(place.thread),
        "user_id": clean(place.user),
    }


def _found(conn: Connection, place: Place, *, lock: bool) -> PlaceRecord | None:
    row = (_PLACE_LOCKED if lock else _PLACE).first(conn, place_key(place))
    if row is None:
        return None
    number, conversation, paused = row
    return PlaceRecord(number, place, conversation or 0, bool(paused))


def _conversation(conn: Connection, place: int, number: int) -> ConversationRecord | None:
    if not 0 < number <= LARGEST_ID:
        return None
    row = conn.execute(_CONVERSATION, {"conversation": number, "place": place}).mappings().first()
    return None if row is None else ConversationRecord(**row)
