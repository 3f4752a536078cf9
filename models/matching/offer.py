"""Times that the helpdesk, or the house itself, offers a customer."""

from datetime import datetime

from models.base import Value
from models.calendar import Window


class OfferedVisit(Value):
    """When one visit would be."""

    visit_id: str
    window: Window


class StandIn(Value):
    """Who would come then, and in whose place: not for the customer to read."""

    expert_id: str
    position: int
    instead_of: str


class OfferedTimes(Value):
    """One choice: a time for every visit of a group that can be staffed then; or for one visit, at
    which a `stand_in` could come to it."""

    visits: tuple[OfferedVisit, ...]
    stand_in: StandIn | None = None


class SlotOffer(Value):
    """Choices sent to the customer, good for one answer until `expires_at`. `gone` are those that
    turned out not to be possible any more; `declined`: the answer was none of them."""

    id: str
    options: tuple[OfferedTimes, ...]
    expires_at: datetime
    accepted: int | None = None
    gone: tuple[int, ...] = ()
    declined: bool = False

    @property
    def is_of_stand_ins(self) -> bool:
        """Whether it offers times at which somebody else could come to a visit that is settled."""
        return any(option.stand_in for option in self.options)
