"""Preferences: what people do not want to hear of, and when they are to be left alone

Of a notification that waits for the end of quiet hours, `quiet_until` says so.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PEOPLE = ("customers", "experts")


def upgrade() -> None:
    for people in PEOPLE:
        none = sa.text("'[]'::jsonb")
        declined = sa.Column("declined", postgresql.JSONB(), server_default=none, nullable=False)
        op.add_column(people, declined)
        op.add_column(people, sa.Column("quiet_hours", postgresql.JSONB(), nullable=True))
    op.add_column(
        "notifications", sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("notifications", "quiet_until")
    for people in PEOPLE:
        op.drop_column(people, "quiet_hours")
        op.drop_column(people, "declined")
