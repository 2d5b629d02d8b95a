"""The tables. `migrations/` makes them; a test holds the two together on both engines.

What must hold, and where the schema holds it:

* an event is taken once: `events.digest` is the primary key;
* a conversation has at most one turn that runs or is being delivered: `uq_turns_active`;
* a turn is open exactly while `finished` is NULL: `ix_turns_open` finds waiting and running turns;
* what belongs to a conversation or a turn goes with it: foreign keys cascade.

Times are seconds since the epoch. JSON is text that `sql.dumps` made: neither engine looks into it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def _key() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _reference(name: str, target: str, *, primary_key: bool = False, index: bool = False) -> Column[int]:
    return Column(
        name, Id, ForeignKey(target, ondelete="CASCADE"), primary_key=primary_key, index=index, nullable=False
    )


def _loose_reference(name: str, target: str) -> Column[int]:
    return Column(name, Id, ForeignKey(target, ondelete="SET NULL"), index=True)


meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))

# Ids that leave the process (in links, nonces, the widget) are never given out twice: AUTOINCREMENT.
people = Table("people", metadata, _key(), Column("created", Double, nullable=False), sqlite_autoincrement=True)

identities = Table(
    "identities",
    metadata,
    Column("platform", String, primary_key=True),
    Column("team", String, primary_key=True),
    Column("user_id", String, primary_key=True),
    _reference("person", "people.id", index=True),
    Column("name", String, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    _reference("person", "people.id", primary_key=True),
    Column("kind", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("given", Double, nullable=False),
)

places = Table(
    "places",
    metadata,
    _key(),
    Column("platform", String, nullable=False),
    Column("app", String, nullable=False),
    Column("team", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("user_id", String, nullable=False),
    # No foreign key: the two tables would need each other to exist first. NULL: none yet.
    Column("current_conversation", Id),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("created", Double, nullable=False),
    # When this app was chosen over the others of the same channel, thread and user; NULL: it never was.
    Column("chosen", Double),
    UniqueConstraint("platform", "channel", "thread", "user_id", "app", "team"),
)

conversations = Table(
    "conversations",
    metadata,
    _key(),
    _reference("place", "places.id"),
    _loose_reference("owner", "people.id"),
    Column("title", String, nullable=False),
    Column("title_folded", String, nullable=False),
    # Whose words the title is made of: forgetting that person clears it.
    _loose_reference("titled_by", "people.id"),
    # The title was given by hand; otherwise it comes from the first message and goes with it.
    Column("named", Boolean, nullable=False, server_default=false()),
    # The greeting is in the history.
    Column("started", Boolean, nullable=False, server_default=false()),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Index("ix_conversations_place", "place", "updated"),
    Index("ix_conversations_updated", "updated"),
    sqlite_autoincrement=True,
)

turns = Table(
    "turns",
    metadata,
    _key(),
    _reference("conversation", "conversations.id"),
    _reference("person", "people.id"),
    Column("speaker", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("message_id", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("handed_back", Integer, nullable=False),
    Column("owner", String),
    Column("lease_until", Double),
    Column("reply", Text),
    # What an answered turn becomes when its delivery is done: delivered, failed or stopped.
    Column("outcome", String),
    Column("error", Text, nullable=False),
    # The turn that this one answered anew. No foreign key: it may be erased first.
    Column("supersedes", Id),
    Column("at", Double, nullable=False),
    Column("received", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Index("ix_turns_conversation", "conversation", "id"),
    Index("ix_turns_person", "person", "received"),
    Index("ix_turns_received", "received"),
    Index(
        "ix_turns_open",
        "conversation",
        "id",
        sqlite_where=text("finished IS NULL"),
        postgresql_where=text("finished IS NULL"),
    ),
    Index(
        "uq_turns_active",
        "conversation",
        unique=True,
        sqlite_where=text("status IN ('running', 'answered')"),
        postgresql_where=text("status IN ('running', 'answered')"),
    ),
    sqlite_autoincrement=True,
)

# Outlives its turn: what was seen stays seen. A digest, because keys name people and channels.
events = Table(
    "events",
    metadata,
    Column("digest", String, primary_key=True),
    _loose_reference("turn", "turns.id"),
    Column("message_id", String, nullable=False, index=True),
    Column("at", Double, nullable=False, index=True),
)

messages = Table(
    "messages",
    metadata,
    _key(),
    _reference("conversation", "conversations.id"),
    # NULL: the app's greeting, which stays while turns go.
    Column("turn", Id, ForeignKey("turns.id", ondelete="CASCADE"), index=True),
    Column("role", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    # The turn whose answer took this message's place. No foreign key: that turn may be erased first.
    Column("replaced_by", Id),
    Column("created", Double, nullable=False),
    Index("ix_messages_conversation", "conversation", "active", "id"),
)

posts = Table(
    "posts",
    metadata,
    _key(),
    _reference("turn", "turns.id"),
    Column("target_key", String, nullable=False),
    Column("part", String, nullable=False),
    Column("nonce", String, nullable=False),
    # NULL: intended, and perhaps created.
    Column("post_id", String, index=True),
    Column("created", Double, nullable=False),
    UniqueConstraint("turn", "target_key", "part"),
)

feedback = Table(
    "feedback",
    metadata,
    _key(),
    _reference("turn", "turns.id"),
    Column("of_user", Boolean, nullable=False),
    Column("message", Integer, nullable=False),
    _reference("person", "people.id", index=True),
    Column("value", String, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Double, nullable=False),
    UniqueConstraint("turn", "of_user", "message", "person"),
)

settings = Table(
    "settings",
    metadata,
    _reference("conversation", "conversations.id", primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    _loose_reference("set_by", "people.id"),
)

media = Table(
    "media",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mime", String, nullable=False),
    Column("created", Double, nullable=False),
    Column("last_used", Double, nullable=False, index=True),
)

# Which turn needs which bytes; turn 0 is the conversation's greeting. No foreign key to `media`: a turn is stored
# whether or not we hold its files.
media_refs = Table(
    "media_refs",
    metadata,
    _reference("conversation", "conversations.id", primary_key=True),
    Column("turn", Id, primary_key=True, index=True),
    Column("sha256", String, primary_key=True, index=True),
)

# What a bridge keeps for itself, tokens among it; `until` 0 never ends. `speaker` is whose it is, "" nobody's:
# forgetting them erases it. It is no person, as they need not be known for something of theirs to be held.
vault = Table(
    "vault",
    metadata,
    Column("bridge", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("until", Double, nullable=False, index=True),
    Column("speaker", String, nullable=False, server_default=""),
)
