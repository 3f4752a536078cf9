"""Subjects: events, notifications, escalations and invoices name what they are about

The tickets that they named are their subjects, and an expert is that of the events of their own.
`ticket_id` stays for those who read, and is written by the database itself.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("events", "notifications", "escalations", "invoices")
KNOWN = ("escalations", "invoices")
"""Where a ticket that is named has to be there."""


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("subject_kind", sa.String(), nullable=True))
        op.add_column(table, sa.Column("subject_id", sa.String(), nullable=True))
    for table in TABLES[1:]:
        op.execute(f"update {table} set subject_kind = 'ticket', subject_id = ticket_id")  # noqa: S608
    op.execute(
        "update events set subject_kind = case when ticket_id is null then 'expert' else 'ticket'"
        " end, subject_id = coalesce(ticket_id, aggregate)"
    )
    for table in TABLES:
        op.alter_column(table, "subject_kind", nullable=False)
        op.alter_column(table, "subject_id", nullable=False)
        # Its indexes and constraints go with it.
        op.drop_column(table, "ticket_id")
        op.add_column(table, sa.Column("ticket_id", sa.String(), _of_the_subject(), nullable=True))
    for table in KNOWN:
        op.create_foreign_key(f"{table}_ticket_id_fkey", table, "tickets", ["ticket_id"], ["id"])
    _index_tickets()
    op.create_index(
        "notifications_waiting",
        "notifications",
        ["subject_id", "recipient_id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )


def downgrade() -> None:
    op.drop_index("notifications_waiting", table_name="notifications")
    for table in TABLES:
        # What the database wrote stays.
        op.execute(f"alter table {table} alter column ticket_id drop expression")
        op.drop_column(table, "subject_id")
        op.drop_column(table, "subject_kind")
    for table in TABLES[1:]:
        op.alter_column(table, "ticket_id", nullable=False)
    op.create_index(
        "notifications_waiting",
        "notifications",
        ["ticket_id", "recipient_id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )


def _of_the_subject() -> sa.Computed:
    return sa.Computed(
        "CASE WHEN ((subject_kind)::text = 'ticket'::text) THEN subject_id"
        " ELSE NULL::character varying END",
        persisted=True,
    )


def _index_tickets() -> None:
    op.create_index("events_by_ticket", "events", ["ticket_id", "recorded_at"], unique=False)
    op.create_index("notifications_by_ticket", "notifications", ["ticket_id", "id"], unique=False)
    op.create_index("escalations_by_ticket", "escalations", ["ticket_id"], unique=False)
    op.create_unique_constraint("invoices_ticket_id_round_key", "invoices", ["ticket_id", "round"])
