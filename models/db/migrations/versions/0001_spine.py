"""The spine: reference data, tickets, calendars, events, aftercare

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("visit_minutes", sa.Integer(), nullable=False),
        sa.Column("skills", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.Column("aggregate", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("trace_id", sa.String(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("aggregate", "seq"),
    )
    op.create_index("events_by_ticket", "events", ["ticket_id", "recorded_at"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_idempotency_asked_at"), "idempotency", ["asked_at"], unique=False)
    op.create_table(
        "invoice_counters",
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entity"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("author_role", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notes_by_ticket", "notes", ["ticket_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("categories", postgresql.JSONB(), nullable=True),
        sa.Column("included_visits", sa.Integer(), nullable=False),
        sa.Column("urgent_fee", sa.Integer(), nullable=False),
        sa.Column("sla", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "urgency"),
    )
    op.create_table(
        "skills",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False, start=1001), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=True),
        sa.Column("plan_id", sa.String(), nullable=True),
        sa.Column("coverage", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("slots", postgresql.JSONB(), nullable=False),
        sa.Column("attention", postgresql.JSONB(), nullable=False),
        sa.Column("timers", postgresql.JSONB(), nullable=False),
        sa.Column("service", postgresql.JSONB(), nullable=True),
        sa.Column("clocks", postgresql.JSONB(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "tickets_by_customer", "tickets", ["customer_id", "opened_at", "id"], unique=False
    )
    op.create_index("tickets_by_status", "tickets", ["status", "opened_at", "id"], unique=False)
    op.create_table(
        "work_reports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("photos", postgresql.JSONB(), nullable=False),
        sa.Column("signature", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("work_reports_by_visit", "work_reports", ["visit_id"], unique=False)
    op.create_table(
        "zones",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("address_mask", sa.String(), nullable=False),
        sa.Column("call_out_fee", sa.Integer(), nullable=False),
        sa.Column("hourly_rate", sa.Integer(), nullable=False),
        sa.Column("urgent_fee", sa.Integer(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["zone"],
            ["zones.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "decisions",
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", postgresql.JSONB(), nullable=False),
        sa.Column("settlement", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("group_id", "round"),
    )
    op.create_index(op.f("ix_decisions_ticket_id"), "decisions", ["ticket_id"], unique=False)
    op.create_table(
        "escalations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=True),
        sa.Column("known", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "escalations_by_state", "escalations", ["state", "opened_at", "id"], unique=False
    )
    op.create_index("escalations_by_ticket", "escalations", ["ticket_id"], unique=False)
    op.create_table(
        "experts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("expert_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("radius_km", sa.Integer(), nullable=False),
        sa.Column("commission_percent", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["zone"],
            ["zones.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("expert_no"),
    )
    op.create_index("experts_by_zone", "experts", ["zone"], unique=False)
    op.create_table(
        "models",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("designation", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category"],
            ["categories.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_models_category"), "models", ["category"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("recipient_role", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "recipient_id", "template"),
    )
    op.create_index("notifications_by_ticket", "notifications", ["ticket_id", "id"], unique=False)
    op.create_index(
        "notifications_queued",
        "notifications",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.create_table(
        "surveys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id", "round"),
    )
    op.create_table(
        "ticket_private",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("model_text", sa.String(), nullable=True),
        sa.Column("street", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lng", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "visit_groups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("match_state", sa.String(), nullable=False),
        sa.Column("missing", postgresql.JSONB(), nullable=False),
        sa.Column("visit_ids", postgresql.JSONB(), nullable=False),
        sa.Column("dependencies", postgresql.JSONB(), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("visit_groups_by_ticket", "visit_groups", ["ticket_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("positions", postgresql.JSONB(), nullable=False),
        sa.Column("slots", postgresql.JSONB(), nullable=True),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("visits_by_state", "visits", ["state"], unique=False)
    op.create_index("visits_by_ticket", "visits", ["ticket_id", "seq"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("expert_no", sa.BigInteger(), nullable=False),
        sa.Column("proposal_id", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "expert",
            postgresql.INT8RANGE(),
            sa.Computed("int8range(expert_no, expert_no, '[]')", persisted=True),
            nullable=False,
        ),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("expert"), "="),
            (sa.column("blocked"), "&&"),
            where=sa.text("state not in ('RELEASED', 'CANNOT_ARRIVE')"),
            using="gist",
            name="one_place_at_a_time",
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["experts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("assignments_by_expert", "assignments", ["expert_id", "start_at"], unique=False)
    op.create_index("assignments_by_visit", "assignments", ["visit_id"], unique=False)
    op.create_index(
        "one_expert_a_position",
        "assignments",
        ["visit_id", "position"],
        unique=True,
        postgresql_where=sa.text("state not in ('RELEASED', 'CANNOT_ARRIVE')"),
    )
    op.create_table(
        "availability",
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["experts.id"],
        ),
        sa.PrimaryKeyConstraint("expert_id", "weekday", "from_minute"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("notification_id", sa.String(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("fallback_of", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notification_id", "hop"),
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.create_table(
        "expert_skills",
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["experts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["skill"],
            ["skills.code"],
        ),
        sa.PrimaryKeyConstraint("expert_id", "skill"),
    )
    op.create_index("expert_skills_by_skill", "expert_skills", ["skill", "expert_id"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("ticket_id", "round"),
    )
    op.create_index(op.f("ix_invoices_customer_id"), "invoices", ["customer_id"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("windows", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["experts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("proposals_by_expert", "proposals", ["expert_id", "state"], unique=False)
    op.create_index("proposals_by_visit", "proposals", ["visit_id", "seq"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("anchor_day", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("subscriptions_by_customer", "subscriptions", ["customer_id"], unique=False)
    op.create_table(
        "time_off",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["experts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("time_off_by_expert", "time_off", ["expert_id", "start_at"], unique=False)
    op.create_table(
        "earnings",
        sa.Column("assignment_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("gross", sa.Integer(), nullable=False),
        sa.Column("commission", sa.Integer(), nullable=False),
        sa.Column("payout", sa.Integer(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["experts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visits.id"],
        ),
        sa.PrimaryKeyConstraint("assignment_id"),
    )
    op.create_index(op.f("ix_earnings_expert_id"), "earnings", ["expert_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_earnings_expert_id"), table_name="earnings")
    op.drop_table("earnings")
    op.drop_index("time_off_by_expert", table_name="time_off")
    op.drop_table("time_off")
    op.drop_index("subscriptions_by_customer", table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index("proposals_by_visit", table_name="proposals")
    op.drop_index("proposals_by_expert", table_name="proposals")
    op.drop_table("proposals")
    op.drop_index(op.f("ix_invoices_customer_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_index("expert_skills_by_skill", table_name="expert_skills")
    op.drop_table("expert_skills")
    op.drop_index(
        "deliveries_due", table_name="deliveries", postgresql_where=sa.text("state = 'QUEUED'")
    )
    op.drop_table("deliveries")
    op.drop_table("availability")
    op.drop_index(
        "one_expert_a_position",
        table_name="assignments",
        postgresql_where=sa.text("state not in ('RELEASED', 'CANNOT_ARRIVE')"),
    )
    op.drop_index("assignments_by_visit", table_name="assignments")
    op.drop_index("assignments_by_expert", table_name="assignments")
    op.drop_table("assignments")
    op.drop_index("visits_by_ticket", table_name="visits")
    op.drop_index("visits_by_state", table_name="visits")
    op.drop_table("visits")
    op.drop_index("visit_groups_by_ticket", table_name="visit_groups")
    op.drop_table("visit_groups")
    op.drop_table("ticket_private")
    op.drop_table("surveys")
    op.drop_index(
        "notifications_queued",
        table_name="notifications",
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.drop_index("notifications_by_ticket", table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(op.f("ix_models_category"), table_name="models")
    op.drop_table("models")
    op.drop_index("experts_by_zone", table_name="experts")
    op.drop_table("experts")
    op.drop_index("escalations_by_ticket", table_name="escalations")
    op.drop_index("escalations_by_state", table_name="escalations")
    op.drop_table("escalations")
    op.drop_index(op.f("ix_decisions_ticket_id"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_table("customers")
    op.drop_table("zones")
    op.drop_index("work_reports_by_visit", table_name="work_reports")
    op.drop_table("work_reports")
    op.drop_index("tickets_by_status", table_name="tickets")
    op.drop_index("tickets_by_customer", table_name="tickets")
    op.drop_table("tickets")
    op.drop_table("skills")
    op.drop_table("policies")
    op.drop_table("plans")
    op.drop_index("notes_by_ticket", table_name="notes")
    op.drop_table("notes")
    op.drop_table("invoice_counters")
    op.drop_index(op.f("ix_idempotency_asked_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index("events_by_ticket", table_name="events")
    op.drop_table("events")
    op.drop_table("categories")
