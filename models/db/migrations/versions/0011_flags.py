"""Flags: what is switched while the house runs, for whom, and why

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flags",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rollout", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "flag_notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("flag_notes")
    op.drop_table("flags")
