"""What was accepted, and what was found wrong with it

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accepted",
        sa.Column("ticket_id", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("argument", sa.String(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_accepted_accepted_at", "accepted", ["accepted_at"])
    op.create_index("accepted_by_look", "accepted", ["looked_at"])
    op.create_index("accepted_by_customer", "accepted", ["customer_id", "fingerprint"])
    op.create_index(
        "accepted_not_whole",
        "accepted",
        ["accepted_at"],
        postgresql_where=sa.text("agreed_at is null"),
    )
    # What was accepted before there was a list of it: the rows are all that is known.
    op.execute(
        """insert into accepted (ticket_id, customer_id, fingerprint, accepted_at)
        select id, customer_id, fingerprint, opened_at from tickets"""
    )
    op.create_table(
        "losses",
        sa.Column("ticket_id", sa.String(), primary_key=True),
        sa.Column("fault", sa.String(), primary_key=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("losses_by_time", "losses", ["found_at"])


def downgrade() -> None:
    op.drop_table("losses")
    op.drop_table("accepted")
