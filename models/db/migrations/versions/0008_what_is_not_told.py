"""What is not told: news that was overtaken says why, and who answered STOP is written down

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PEOPLE = ("customers", "experts")


def upgrade() -> None:
    op.add_column("notifications", sa.Column("suppressed", sa.String(), nullable=True))
    for people in PEOPLE:
        none = sa.text("'{}'::jsonb")
        column = sa.Column("opted_out", postgresql.JSONB(), server_default=none, nullable=False)
        op.add_column(people, column)


def downgrade() -> None:
    for people in PEOPLE:
        op.drop_column(people, "opted_out")
    op.drop_column("notifications", "suppressed")
