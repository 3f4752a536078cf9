"""What a ticket is admitted with, from what reference data and its customer's file know."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from models.base import Value
from models.messages.ticket import Admission, OpenTicket
from models.promise.sla import BusinessHours
from models.rules.promise.coverage import CoverageAnswer, HeldPlan, coverage_of
from models.rules.promise.policies import policies_of
from models.rules.promise.sla import service_level
from models.ticket import Attention, Coverage
from models.visit import Position


class Found(Value):
    """What reference data and the customer's file know. No zone: there is no such customer, and no
    address of the ticket's own; `known` says whether anybody could tell what the customer pays.
    `heard_at` is when the plans were heard, UTC, where that was before; `asked`, whether somebody
    was asked for them."""

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


FLAGGED = ("auto_offer_slots", "start_code")
"""The policies that a flag of the same name turns on, too (docs/flags.md)."""


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
    policies = policies_of(opened.urgency, found.policies).but(**dict.fromkeys(flagged, True))
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
        coverage_as_of=found.heard_at if answer.coverage is Coverage.COVERED else None,
        service=service_level(opened.urgency, policies, plan, found.hours),
    )
