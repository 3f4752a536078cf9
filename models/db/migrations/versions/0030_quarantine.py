"""Quarantine: what was accepted and cannot be carried out, kept for a person

Revision ID: 0030
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("intake", sa.Column("quarantined", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("intake", "quarantined")
