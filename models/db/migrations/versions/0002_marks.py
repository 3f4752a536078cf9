"""Marks: which state of a ticket was written, whether its history surely has it, what it began with

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("mark", sa.String(), server_default="", nullable=False))
    op.add_column("tickets", sa.Column("tentative_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("found", postgresql.JSONB(), nullable=True))
    op.create_table(
        "chores",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        "tickets_tentative",
        "tickets",
        ["tentative_at"],
        postgresql_where=sa.text("tentative_at is not null"),
    )
    op.create_index(
        "events_by_time", "events", ["recorded_at"], postgresql_using="brin", unique=False
    )


def downgrade() -> None:
    op.drop_index("events_by_time", table_name="events")
    op.drop_index("tickets_tentative", table_name="tickets")
    op.drop_table("chores")
    op.drop_column("tickets", "found")
    op.drop_column("tickets", "tentative_at")
    op.drop_column("tickets", "mark")
