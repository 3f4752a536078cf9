"""What a ticket is admitted with, from what reference data and its customer's file know."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from models.base import Value
from models.messages.ticket import Admission, OpenTicket
from models.promise.policy import Policies, PolicyRule
from models.promise.sla import BusinessHours
from models.rules.promise.coverage import CoverageAnswer, HeldPlan, coverage_of
from models.rules.promise.policies import policies_of
from models.rules.promise.sla import service_level
from models.ticket import Attention, Coverage, Urgency
from models.visit import Position


class Found(Value):
    """What reference data and the customer's file know. No zone: there is no such customer, and no
    address of the ticket's own; `known` says whether anybody could tell what the customer pays.
    `heard_at` is when the plans were heard, UTC, where that was before; `asked`, whether somebody
    was asked for them. `policies` were changed for everybody of the urgency, `particular` ones for
    the zone or some plan; what changed after `policies_version`, the ticket hears of."""

    zone: str | None
    hours: BusinessHours | None
    model: str | None
    category: str | None
    minutes: int
    skills: tuple[dict[str, Any], ...]
    plans: tuple[HeldPlan, ...]
    policies: dict[str, str]
    known: bool = True
    heard_at: datetime | None = None
    asked: bool = False
    particular: tuple[PolicyRule, ...] = ()
    policies_version: int = 0

    @property
    def rules(self) -> tuple[PolicyRule, ...]:
        """All that was said of policies."""
        general = (PolicyRule(name=name, value=value) for name, value in self.policies.items())
        return (*general, *self.particular)


def governing(
    urgency: Urgency,
    rules: Iterable[PolicyRule],
    zone: str | None,
    plan: str | None,
    flagged: Collection[str],
) -> Policies:
    """The policies of a ticket; those that are `flagged` are on, whatever they say."""
    return policies_of(urgency, rules, zone, plan).but(**dict.fromkeys(flagged, True))


def admission_of(opened: OpenTicket, found: Found, flagged: Collection[str] = ()) -> Admission:
    """What a ticket is admitted with. Of a customer whom nobody knows, nobody knows the plans. The
    policies that are `flagged` are on, whatever they say."""
    unknown = CoverageAnswer(coverage=Coverage.UNKNOWN)
    is_known = found.known and found.zone is not None
    answer = coverage_of(found.plans, found.category) if is_known else unknown
    if found.heard_at is not None and answer.coverage is not Coverage.COVERED:
        # Whoever paid since has not been heard of.
        answer = unknown
    plan = next((p for p in found.plans if p.plan_id == answer.plan_id), None)
    policies = governing(opened.urgency, found.rules, found.zone, answer.plan_id, flagged)
    attention = {
        Attention.CUSTOMER_UNKNOWN: found.zone is None,
        Attention.MODEL_UNRESOLVED: found.model is None,
        Attention.SLOTS_MISSING: not opened.slots,
    }
    return Admission(
        zone=found.zone,
        category=found.category,
        plan_id=answer.plan_id,
        coverage=answer.coverage,
        duration=timedelta(minutes=found.minutes),
        positions=tuple(
            Position(idx=index, skill=required["skill"], min_level=required["min_level"])
            for index, required in enumerate(found.skills)
        ),
        attention=tuple(a for a, present in attention.items() if present),
        policies=policies,
        policies_version=found.policies_version,
        coverage_as_of=found.heard_at if answer.coverage is Coverage.COVERED else None,
        service=service_level(opened.urgency, policies, plan, found.hours),
    )
