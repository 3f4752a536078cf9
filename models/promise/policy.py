"""Durations the company decides, with their defaults (docs/rules/timers.md, Policies)."""

from datetime import timedelta

from models.base import Value


class Policies(Value):
    """What governs one ticket: durations, ISO 8601 on the wire, and whether the customer is offered
    times without anybody at the helpdesk being asked."""

    pending_timeout: timedelta = timedelta(hours=24)
    match_hold: timedelta = timedelta(0)
    min_lead: timedelta = timedelta(minutes=60)
    reschedule_cutoff: timedelta = timedelta(hours=2)
    accept_link_ttl: timedelta = timedelta(hours=24)
    auto_close_after: timedelta = timedelta(days=30)
    survey_ttl: timedelta = timedelta(days=14)
    escalation_step: timedelta = timedelta(hours=4)
    ack_timeout: timedelta = timedelta(hours=2)
    late_start_after: timedelta = timedelta(minutes=15)
    payment_wait: timedelta = timedelta(days=7)
    sla_schedule: timedelta = timedelta(hours=8)
    sla_onsite: timedelta = timedelta(hours=18)
    sla_resolve: timedelta = timedelta(hours=45)
    auto_offer_slots: bool = False


NORMAL = Policies()
URGENT = Policies(
    pending_timeout=timedelta(hours=2),
    min_lead=timedelta(0),
    escalation_step=timedelta(minutes=30),
    ack_timeout=timedelta(minutes=15),
    sla_schedule=timedelta(hours=2),
    sla_onsite=timedelta(hours=8),
    sla_resolve=timedelta(hours=24),
)
