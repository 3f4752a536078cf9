"""Relieved: who comes in another's place is booked before that one is let go

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

HELD = "state <> 'RELEASED'"


def upgrade() -> None:
    op.add_column("assignments", sa.Column("relieved_by", sa.String(), nullable=True))
    _one_a_position(f"{HELD} and relieved_by is null")


def downgrade() -> None:
    _one_a_position(HELD)
    op.drop_column("assignments", "relieved_by")


def _one_a_position(those: str) -> None:
    op.drop_index("one_expert_a_position", table_name="assignments")
    op.create_index(
        "one_expert_a_position",
        "assignments",
        ["visit_id", "position"],
        unique=True,
        postgresql_where=sa.text(those),
    )
