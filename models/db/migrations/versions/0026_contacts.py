"""Contacts: how whoever filed in brief is reached; and what was last heard of who has paid

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket_private", sa.Column("contact", JSONB(none_as_null=True), nullable=True))
    op.create_index(
        "tickets_unsettled",
        "tickets",
        ["opened_at"],
        postgresql_where=sa.text("coverage = 'UNKNOWN'"),
    )
    op.create_table(
        "paid_customers",
        sa.Column("customer_id", sa.String(), primary_key=True),
        sa.Column("plans", JSONB(none_as_null=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("paid_customers")
    op.drop_index("tickets_unsettled", "tickets")
    op.drop_column("ticket_private", "contact")
