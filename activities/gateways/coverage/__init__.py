"""Who has paid: whoever keeps the accounts, and what may go wrong.

CoverageUnavailable    no answer in time, or none that can be used; it is not known who paid
"""

from datetime import datetime
from typing import Protocol

from models.rules.promise.paid import PaidPlan


class CoverageUnavailable(Exception):
    """There is no answer, or it cannot be used. `reason` names why, and no customer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CoverageGateway(Protocol):
    """Whoever keeps the accounts."""

    def plans_of(self, customer_id: str) -> tuple[PaidPlan, ...]:
        """The plans that a customer holds; none, of one who is not known there.

        Raises:
            CoverageUnavailable: there is no answer, or it cannot be used.
        """

    @property
    def is_down(self) -> bool:
        """Whether they have not answered for a while."""

    @property
    def heard_at(self) -> datetime | None:
        """When they last answered, as far as this process knows; UTC."""

    def look_again(self) -> None:
        """While they count as down, ask what they did not answer, as seldom as that is good for."""

    def close(self) -> None:
        """Let its connections go."""
