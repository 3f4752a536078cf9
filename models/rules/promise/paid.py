"""What whoever keeps the accounts says of a customer, and what that is worth later
(docs/rules/money.md, Who pays)."""

from collections.abc import Mapping
from datetime import date, datetime

from models.base import Value
from models.identity import Code
from models.rules.promise.coverage import HeldPlan, SubscriptionStatus


class PaidPlan(Value):
    """A plan that a customer holds; `paid_until` is the last day, in UTC, that is paid for."""

    plan_id: Code
    status: SubscriptionStatus
    paid_until: date | None = None


class Said(Value):
    """What whoever keeps the accounts says of a customer, as of a moment, UTC. No `plans` at all:
    they said nothing."""

    plans: tuple[PaidPlan, ...] | None
    at: datetime


class Heard(Value):
    """The plans of a customer as they were heard, UTC. `fresh`: just now, from who keeps them."""

    plans: tuple[PaidPlan, ...]
    at: datetime
    fresh: bool


def held_by(heard: Heard, known: Mapping[str, HeldPlan], now: datetime) -> tuple[HeldPlan, ...]:
    """The plans that a customer holds. Of what was heard before, only what is paid for today
    counts; a plan that we do not know leaves open what it covers."""
    counted = heard.plans if heard.fresh else [p for p in heard.plans if is_paid(p, now)]
    return tuple(_held(plan, known) for plan in counted)


def is_paid(plan: PaidPlan, now: datetime) -> bool:
    """Whether a plan is paid for today."""
    is_active = plan.status is SubscriptionStatus.ACTIVE
    return is_active and plan.paid_until is not None and now.date() <= plan.paid_until


def _held(plan: PaidPlan, known: Mapping[str, HeldPlan]) -> HeldPlan:
    if plan.plan_id in known:
        return known[plan.plan_id].but(status=plan.status)
    return HeldPlan(
        plan_id=plan.plan_id,
        status=SubscriptionStatus.PENDING,
        categories=None,
        included_visits=0,
        price=0,
    )
