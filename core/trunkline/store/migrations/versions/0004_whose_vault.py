"""Of whom a value of the vault is."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("vault", sa.Column("speaker", sa.String(), server_default="", nullable=False))
