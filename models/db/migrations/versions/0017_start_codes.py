"""Start codes: how often a wrong one was given

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_code_attempts",
        sa.Column("visit_id", sa.String(), primary_key=True),
        sa.Column("expert_id", sa.String(), primary_key=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("start_code_attempts")
