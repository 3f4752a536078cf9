"""Rights: an expert whose standing, area or skills changed is marked until their tickets were told

The database sets the mark itself, in the step that changes them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STANDS = "status, zone, radius_km, lat, lng"


def upgrade() -> None:
    op.add_column(
        "experts", sa.Column("rights_changed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "experts_changed",
        "experts",
        ["rights_changed_at"],
        unique=False,
        postgresql_where=sa.text("rights_changed_at is not null"),
    )
    op.create_index(
        "expert_skills_ending",
        "expert_skills",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at is not null"),
    )
    op.execute(
        """create function mark_changed_expert() returns trigger language plpgsql as $$ begin
            new.rights_changed_at := clock_timestamp(); return new; end $$"""
    )
    op.execute(
        """create function mark_expert_of_changed_skill() returns trigger language plpgsql as $$
        begin
            update experts set rights_changed_at = clock_timestamp()
            where id = coalesce(new.expert_id, old.expert_id);
            return null;
        end $$"""
    )
    op.execute(
        f"""create trigger rights_changed before update of {STANDS} on experts for each row
        when (({_of("old")}) is distinct from ({_of("new")}))
        execute function mark_changed_expert()"""
    )
    op.execute(
        """create trigger rights_changed after insert or update or delete on expert_skills
        for each row execute function mark_expert_of_changed_skill()"""
    )


def downgrade() -> None:
    op.execute("drop trigger rights_changed on expert_skills")
    op.execute("drop trigger rights_changed on experts")
    op.execute("drop function mark_expert_of_changed_skill")
    op.execute("drop function mark_changed_expert")
    op.drop_index("expert_skills_ending", table_name="expert_skills")
    op.drop_index("experts_changed", table_name="experts")
    op.drop_column("experts", "rights_changed_at")


def _of(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in STANDS.split(", "))
