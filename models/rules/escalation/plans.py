"""The plans of a customer as whoever settles who pays is shown them."""

from datetime import date, datetime

from models.base import Value
from models.rules.promise.coverage import SubscriptionStatus


class Plan(Value):
    """A plan that the customer holds. No categories: it covers every one, if it `is_ours`; what one
    covers that is not, nobody knows. `paid_until` is the last day, in UTC, that another system said
    is paid for."""

    name: str
    status: SubscriptionStatus
    categories: tuple[str, ...] | None
    paid_until: date | None = None
    is_ours: bool = True


class Plans(Value):
    """The plans of a customer, by our own subscriptions; or as another system, which keeps the
    accounts, said at `heard_at`, UTC. None `held`: it never said anything."""

    held: tuple[Plan, ...] | None
    heard_at: datetime | None = None
