"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("last_used", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_media"),
    )
    op.create_index("ix_media_last_used", "media", ["last_used"])
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "people",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "places",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("current_conversation", _ID, nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.UniqueConstraint("platform", "channel", "thread", "user_id", "app", "team", name="uq_places_platform"),
    )
    op.create_table(
        "consents",
        sa.Column("person", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("given", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_consents_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "kind", name="pk_consents"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("place", _ID, nullable=False),
        sa.Column("owner", _ID, nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_folded", sa.String(), nullable=False),
        sa.Column("titled_by", _ID, nullable=True),
        sa.Column("named", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("started", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name="fk_conversations_owner", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["place"], ["places.id"], name="fk_conversations_place", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["titled_by"], ["people.id"], name="fk_conversations_titled_by", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversations_owner", "conversations", ["owner"])
    op.create_index("ix_conversations_place", "conversations", ["place", "updated"])
    op.create_index("ix_conversations_titled_by", "conversations", ["titled_by"])
    op.create_index("ix_conversations_updated", "conversations", ["updated"])
    op.create_table(
        "identities",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_identities_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("platform", "team", "user_id", name="pk_identities"),
    )
    op.create_index("ix_identities_person", "identities", ["person"])
    op.create_table(
        "media_refs",
        sa.Column("conversation", _ID, nullable=False),
        sa.Column("turn", _ID, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="fk_media_refs_conversation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation", "turn", "sha256", name="pk_media_refs"),
    )
    op.create_index("ix_media_refs_sha256", "media_refs", ["sha256"])
    op.create_index("ix_media_refs_turn", "media_refs", ["turn"])
    op.create_table(
        "settings",
        sa.Column("conversation", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("set_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="fk_settings_conversation", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name="fk_settings_set_by", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("conversation", "name", name="pk_settings"),
    )
    op.create_index("ix_settings_set_by", "settings", ["set_by"])
    op.create_table(
        "turns",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("conversation", _ID, nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handed_back", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("supersedes", _ID, nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("finished", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="fk_turns_conversation", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_turns_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_conversation", "turns", ["conversation", "id"])
    op.create_index(
        "ix_turns_open",
        "turns",
        ["conversation", "id"],
        sqlite_where=sa.text("finished IS NULL"),
        postgresql_where=sa.text("finished IS NULL"),
    )
    op.create_index("ix_turns_person", "turns", ["person", "received"])
    op.create_index("ix_turns_received", "turns", ["received"])
    op.create_index(
        "uq_turns_active",
        "turns",
        ["conversation"],
        unique=True,
        sqlite_where=sa.text("status IN ('running', 'answered')"),
        postgresql_where=sa.text("status IN ('running', 'answered')"),
    )
    op.create_table(
        "events",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("turn", _ID, nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="fk_events_turn", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("digest", name="pk_events"),
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_message_id", "events", ["message_id"])
    op.create_index("ix_events_turn", "events", ["turn"])
    op.create_table(
        "feedback",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("turn", _ID, nullable=False),
        sa.Column("of_user", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Integer(), nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_feedback_person", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="fk_feedback_turn", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("turn", "of_user", "message", "person", name="uq_feedback_turn"),
    )
    op.create_index("ix_feedback_person", "feedback", ["person"])
    op.create_table(
        "messages",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("conversation", _ID, nullable=False),
        sa.Column("turn", _ID, nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", _ID, nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="fk_messages_conversation", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="fk_messages_turn", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation", "active", "id"])
    op.create_index("ix_messages_turn", "messages", ["turn"])
    op.create_table(
        "posts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("turn", _ID, nullable=False),
        sa.Column("target_key", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="fk_posts_turn", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("turn", "target_key", "part", name="uq_posts_turn"),
    )
    op.create_index("ix_posts_post_id", "posts", ["post_id"])
