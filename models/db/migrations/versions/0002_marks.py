"""Marks: which state of a ticket was written, and whether its history surely has it

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("mark", sa.String(), server_default="", nullable=False))
    op.add_column("tickets", sa.Column("tentative_at", sa.DateTime(timezone=True), nullable=True))
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
    op.drop_column("tickets", "tentative_at")
    op.drop_column("tickets", "mark")
