"""Which app was chosen where people talk, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("places", sa.Column("chosen", sa.Double(), nullable=True))
