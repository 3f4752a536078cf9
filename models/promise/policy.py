"""Durations the company decides, with their defaults (docs/rules/timers.md, Policies)."""

from datetime import timedelta

from pydantic import Field

from models.base import Value
from models.promise.sla import SlaAsks

SHORTEST = timedelta(seconds=1)
MAY_BE_NONE = frozenset(
    {"match_hold", "min_lead", "reschedule_cutoff", "correction_window", "first_refusal"}
)
"""Nobody is held, needs a lead, is cut off, takes anything back, or is told first; of the others
none would mean never, or at once."""


def least_of(name: str) -> timedelta:
    """The shortest that the policy of a name can last."""
    return timedelta(0) if name in MAY_BE_NONE else SHORTEST


class Policies(Value):
    """What governs one ticket: durations, ISO 8601 on the wire; whether the customer is offered
    times without anybody at the helpdesk being asked; when somebody is asked about a clock of the
    service level; and what a visit costs them that nobody opened for, minor units of the zone's
    currency."""

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
    replacement_min_lead: timedelta = timedelta(minutes=30)
    door_wait: timedelta = timedelta(minutes=15)
    overrun_after: timedelta = timedelta(minutes=60)
    first_refusal: timedelta = timedelta(minutes=15)
    payment_wait: timedelta = timedelta(days=7)
    correction_window: timedelta = timedelta(minutes=10)
    report_lead: timedelta = timedelta(hours=12)
    early_completion: timedelta = timedelta(hours=4)
    longest_work: timedelta = timedelta(hours=12)
    sla_schedule: timedelta = timedelta(hours=8)
    sla_onsite: timedelta = timedelta(hours=18)
    sla_resolve: timedelta = timedelta(hours=45)
    auto_offer_slots: bool = False
    evidence_grace: timedelta = timedelta(days=1)
    sla_asks: SlaAsks = SlaAsks.BREACH
    no_show_fee: int = Field(default=0, ge=0)
    start_code: bool = False


class PolicyRule(Value):
    """What was said of one policy, as it is written down: for an urgency, and of that perhaps for
    the tickets of one zone, of one plan that pays, or both."""

    name: str
    value: str
    zone: str | None = None
    plan: str | None = None


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
