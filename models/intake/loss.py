"""What may be wrong with a ticket that was accepted."""

from datetime import datetime
from enum import StrEnum

from models.base import Value


class Fault(StrEnum):
    """How what was accepted, the workflows and the rows differ. `unexpected`: nobody is known to
    have asked for it; `doubled`: and it says what another ticket of its customer says."""

    LOST = "lost"
    UNWRITTEN = "unwritten"
    ALTERED = "altered"
    DOUBLED = "doubled"
    UNEXPECTED = "unexpected"


OF_THE_ACCEPTED = (Fault.LOST, Fault.UNWRITTEN, Fault.ALTERED)
"""What is found by looking at a ticket that was accepted."""


class Accepted(Value):
    """A ticket that was accepted, and its row where there is one. `argument` starts it, where it is
    still known."""

    ticket_id: str
    customer_id: str
    fingerprint: str
    accepted_at: datetime
    argument: str | None = None
    mark: str | None = None
    is_stored: bool = False


class Loss(Value):
    """Something that was found with a ticket; `over_at`, since when it is not so any more."""

    ticket_id: str
    fault: Fault
    detail: str
    found_at: datetime
    seen_at: datetime
    over_at: datetime | None = None
