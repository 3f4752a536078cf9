"""Follow-up: when a visit can begin at the earliest, and until when few are told of it

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("not_before", "first_until"):
        column = sa.Column(name, sa.DateTime(timezone=True), nullable=True)
        op.add_column("visits", column)


def downgrade() -> None:
    for name in ("first_until", "not_before"):
        op.drop_column("visits", name)
