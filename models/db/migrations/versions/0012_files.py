"""Files: what reports name, whether it is here; and notes for others, which become articles

Reports of before named what stayed in the app: nobody waits for those files.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work_reports", sa.Column("kb_note", sa.String(), nullable=True))
    op.create_table(
        "visit_files",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("visit_files_by_visit", "visit_files", ["visit_id", "named_at"])
    op.create_index("visit_files_by_ticket", "visit_files", ["ticket_id"])
    op.create_index("visit_files_by_time", "visit_files", ["named_at", "id"])
    op.create_index(
        "visit_files_pending",
        "visit_files",
        ["named_at"],
        postgresql_where=sa.text("stored_at is null"),
    )
    op.create_table(
        "named_files",
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("client_event_id", sa.String(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("file_id", "report_id"),
    )
    op.create_index("ix_named_files_report_id", "named_files", ["report_id"])
    op.create_index("named_files_by_sender", "named_files", ["expert_id", "client_event_id"])
    op.create_table(
        "articles",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("articles_by_time", "articles", ["created_at", "id"])
    op.create_index("articles_by_ticket", "articles", ["ticket_id"])
    op.create_index("articles_by_model", "articles", ["model_id"])
    op.create_index("articles_by_author", "articles", ["author_id"])


def downgrade() -> None:
    op.drop_table("articles")
    op.drop_table("named_files")
    op.drop_table("visit_files")
    op.drop_column("work_reports", "kb_note")
