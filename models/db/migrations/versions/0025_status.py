"""Status: what processes see of parts, who waits for it, and whose tickets are not settled

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "standings",
        sa.Column("part", sa.String(), primary_key=True),
        sa.Column("process", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", _INSTANT),
        sa.Column("as_of", _INSTANT),
        sa.Column("seen_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "outages",
        sa.Column("part", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("as_of", _INSTANT),
        sa.Column("ended_at", _INSTANT),
    )
    op.create_table(
        "status_subscriptions",
        sa.Column("customer_id", sa.String(), primary_key=True),
        sa.Column("asked_at", _INSTANT),
        sa.Column("told_at", _INSTANT),
    )
    op.create_index(
        "status_subscriptions_asked",
        "status_subscriptions",
        ["asked_at"],
        postgresql_where=sa.text("asked_at is not null"),
    )
    op.create_index(
        "tickets_waiting",
        "tickets",
        ["customer_id"],
        postgresql_where=sa.text("status in ('REVIEW', 'MATCHING')"),
    )


def downgrade() -> None:
    op.drop_index("tickets_waiting", "tickets")
    for table in ("status_subscriptions", "outages", "standings"):
        op.drop_table(table)
