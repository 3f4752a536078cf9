"""Ways: what map servers said of how long they take

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ways",
        sa.Column("from_lat", sa.Integer(), primary_key=True),
        sa.Column("from_lng", sa.Integer(), primary_key=True),
        sa.Column("to_lat", sa.Integer(), primary_key=True),
        sa.Column("to_lng", sa.Integer(), primary_key=True),
        sa.Column("server", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ways_back", "ways", ["to_lat", "to_lng"])
    op.create_index("ways_by_age", "ways", ["answered_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_table("ways")
