"""The field: when an expert was done, and what each phone called its reports

An assignment keeps its expert until they were done, not until the planned end. An expert's
`client_event_id` stands for one report, whatever visit it is of.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assignments", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "field_reports",
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("client_event_id", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("expert_id", "client_event_id"),
    )


def downgrade() -> None:
    op.drop_table("field_reports")
    op.drop_column("assignments", "done_at")
