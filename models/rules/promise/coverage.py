"""Whether a plan pays for a ticket. What we cannot know is UNKNOWN, never guessed."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from models.base import Value
from models.promise.sla import Targets
from models.ticket import Coverage, Urgency


class SubscriptionStatus(StrEnum):
    """Where a subscription stands (docs/rules/states.md, Subscription)."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class HeldPlan(Value):
    """A plan that a customer holds. No categories: it covers every one. Price in minor units."""

    plan_id: str
    status: SubscriptionStatus
    categories: tuple[str, ...] | None
    included_visits: int
    price: int
    sla: Mapping[Urgency, Targets] | None = None

    def covers(self, category: str | None) -> bool | None:
        """Whether it covers a category; None if that depends on one that is not known."""
        if self.categories is None:
            return True
        return None if category is None else category in self.categories


class CoverageAnswer(Value):
    """Who pays, and by which plan."""

    coverage: Coverage
    plan_id: str | None = None


def coverage_of(plans: Sequence[HeldPlan], category: str | None) -> CoverageAnswer:
    """The coverage of an appliance by the plans of its owner.

    The best active plan pays: most visits included, then cheapest, then oldest (`plans` come oldest
    first). A subscription whose payment is still under way, or a category that nobody knows yet,
    leaves the answer open.
    """
    active = [p for p in plans if p.status is SubscriptionStatus.ACTIVE]
    covering = [p for p in active if p.covers(category)]
    if covering:
        best = min(covering, key=lambda p: (-p.included_visits, p.price))
        return CoverageAnswer(coverage=Coverage.COVERED, plan_id=best.plan_id)
    unsettled = (SubscriptionStatus.PENDING, SubscriptionStatus.PAST_DUE)
    open_questions = [p for p in plans if p.status in unsettled and p.covers(category) is not False]
    if open_questions or any(p.covers(category) is None for p in active):
        return CoverageAnswer(coverage=Coverage.UNKNOWN)
    return CoverageAnswer(coverage=Coverage.NOT_COVERED)
