"""Callers: how much each asks, and which connection holds the request that runs under a key

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency", sa.Column("holder", sa.Integer(), nullable=True))
    op.create_table(
        "rates",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller"),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("rates")
    op.drop_column("idempotency", "holder")
