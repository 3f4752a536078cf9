"""What waits to be told: who looks for it reads that, and nothing that was told long ago

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("deliveries_due", table_name="deliveries")
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["channel", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.create_index(
        "notifications_waiting",
        "notifications",
        ["ticket_id", "recipient_id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.create_index(
        "notifications_given_up",
        "notifications",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'UNDELIVERABLE'"),
    )


def downgrade() -> None:
    op.drop_index("notifications_given_up", table_name="notifications")
    op.drop_index("notifications_waiting", table_name="notifications")
    op.drop_index("deliveries_due", table_name="deliveries")
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
