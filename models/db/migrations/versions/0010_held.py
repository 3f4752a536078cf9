"""Held: whoever cannot come is held until they are let go; visits that end with work undone

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

HELD = "state <> 'RELEASED'"
ABLE = "state not in ('RELEASED', 'CANNOT_ARRIVE')"


def upgrade() -> None:
    _hold(HELD)
    op.add_column("visits", sa.Column("shortfall", sa.String(), nullable=True))
    op.add_column("visits", sa.Column("follows", sa.String(), nullable=True))
    none = sa.text("'[]'::jsonb")
    needed = sa.Column("parts_needed", postgresql.JSONB(), server_default=none, nullable=False)
    op.add_column("work_reports", needed)


def downgrade() -> None:
    op.drop_column("work_reports", "parts_needed")
    op.drop_column("visits", "follows")
    op.drop_column("visits", "shortfall")
    _hold(ABLE)


def _hold(those: str) -> None:
    """Let the two rules of the calendar hold for those assignments."""
    op.drop_constraint("one_place_at_a_time", "assignments")
    op.drop_index("one_expert_a_position", table_name="assignments")
    op.create_exclude_constraint(
        "one_place_at_a_time",
        "assignments",
        (sa.column("expert"), "="),
        (sa.column("blocked", postgresql.TSTZRANGE()), "&&"),
        where=sa.text(those),
        using="gist",
    )
    op.create_index(
        "one_expert_a_position",
        "assignments",
        ["visit_id", "position"],
        unique=True,
        postgresql_where=sa.text(those),
    )
