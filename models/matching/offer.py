"""Times that the helpdesk, or the house itself, offers a customer."""

from datetime import datetime

from models.base import Value
from models.calendar import Window


class OfferedVisit(Value):
    """When one visit would be."""

    visit_id: str
    window: Window


class OfferedTimes(Value):
    """One choice: a time for every visit of a group that can be staffed then."""

    visits: tuple[OfferedVisit, ...]


class SlotOffer(Value):
    """Choices sent to the customer, good for one answer until `expires_at`."""

    id: str
    options: tuple[OfferedTimes, ...]
    expires_at: datetime
    accepted: int | None = None
