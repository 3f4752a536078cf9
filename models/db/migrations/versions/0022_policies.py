"""Policies: those of a zone, a plan or both, and which running tickets have heard of a change

The database marks a ticket itself whose zone or plan became another.

Revision ID: 0022
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

RUNNING = "status not in ('CLOSED', 'CANCELLED')"


def upgrade() -> None:
    op.create_table(
        "particular_policies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False, server_default=""),
        sa.Column("plan", sa.String(), nullable=False, server_default=""),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "urgency", "zone", "plan"),
    )
    op.create_table(
        "policy_changes",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("urgency", sa.String(), nullable=True),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index(
        "policy_changes_untold",
        "policy_changes",
        ["version"],
        unique=False,
        postgresql_where=sa.text("told_at is null"),
    )
    op.add_column(
        "tickets",
        sa.Column("policies_version", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index(
        "tickets_by_policies",
        "tickets",
        ["policies_version", "id"],
        unique=False,
        postgresql_where=sa.text(RUNNING),
    )
    op.execute(
        """create function mark_ticket_under_other_policies() returns trigger language plpgsql as $$
        begin new.policies_version := -1; return new; end $$"""
    )
    op.execute(
        """create trigger under_other_policies before update of zone, plan_id on tickets
        for each row when (old.seq > 0
            and (old.zone, old.plan_id) is distinct from (new.zone, new.plan_id))
        execute function mark_ticket_under_other_policies()"""
    )


def downgrade() -> None:
    op.execute("drop trigger under_other_policies on tickets")
    op.execute("drop function mark_ticket_under_other_policies")
    op.drop_index("tickets_by_policies", table_name="tickets")
    op.drop_column("tickets", "policies_version")
    op.drop_index("policy_changes_untold", table_name="policy_changes")
    op.drop_table("policy_changes")
    op.drop_table("particular_policies")
