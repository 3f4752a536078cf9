"""Places say what their point stands for: the address, or where its postcode or city is

A point in the middle of a zone was put there by ourselves, where nobody knew a better one.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("customers", "ticket_private", "assignments")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("precision", sa.String(), server_default="exact", nullable=False)
        )
    op.execute(
        "update customers c set precision = 'city' from zones z"
        " where z.code = c.zone and z.lat = c.lat and z.lng = c.lng"
    )
    for table in TABLES[1:]:
        op.execute(
            f"update {table} p set precision = 'city'"  # noqa: S608, our own words
            " from tickets t join zones z on z.code = t.zone"
            " where t.id = p.ticket_id and z.lat = p.lat and z.lng = p.lng"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "precision")
