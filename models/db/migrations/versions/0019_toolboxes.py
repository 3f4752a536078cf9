"""Toolboxes: the tools that experts have

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "expert_tools",
        sa.Column("expert_id", sa.String(), sa.ForeignKey("experts.id"), primary_key=True),
        sa.Column("tool", sa.String(), primary_key=True),
    )
    op.create_index("expert_tools_by_tool", "expert_tools", ["tool", "expert_id"])


def downgrade() -> None:
    op.drop_table("expert_tools")
