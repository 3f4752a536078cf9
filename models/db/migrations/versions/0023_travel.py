"""Travel: what map servers said of ways, and days whose route is to be written down anew

The database marks a day itself, in the step that changes what an expert has on it. A mark is a row
of its own, and nobody ever waits for another's. Words that were left with a report know which
report that is.

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
    op.add_column("work_reports", sa.Column("client_event_id", sa.String(), nullable=True))
    op.create_table(
        "route_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
    )
    op.execute(
        """create function mark_day_of_assignment() returns trigger language plpgsql as $$ begin
            insert into route_changes (expert_id, day)
            select distinct e.id, (at at time zone e.tz)::date
            from experts e cross join unnest(array[
                new.start_at, case when tg_op = 'UPDATE' then old.start_at end]) at
            where e.id = new.expert_id and at is not null;
            return null; end $$"""
    )
    op.execute(
        """create function mark_day_of_errand() returns trigger language plpgsql as $$ begin
            insert into route_changes (expert_id, day)
            values (coalesce(new.expert_id, old.expert_id), coalesce(new.day, old.day));
            return null; end $$"""
    )
    op.execute(
        """create trigger route_booked after insert on assignments for each row
        execute function mark_day_of_assignment()"""
    )
    op.execute(
        """create trigger route_changed after update of start_at, end_at, state on assignments
        for each row when ((old.start_at, old.end_at, old.state)
            is distinct from (new.start_at, new.end_at, new.state))
        execute function mark_day_of_assignment()"""
    )
    op.execute(
        """create trigger route_changed after insert or delete on errands for each row
        execute function mark_day_of_errand()"""
    )


def downgrade() -> None:
    op.execute("drop trigger route_changed on errands")
    op.execute("drop trigger route_changed on assignments")
    op.execute("drop trigger route_booked on assignments")
    op.execute("drop function mark_day_of_errand")
    op.execute("drop function mark_day_of_assignment")
    op.drop_table("route_changes")
    op.drop_column("work_reports", "client_event_id")
    op.drop_table("ways")
