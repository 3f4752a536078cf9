"""Which event it was that cancelled a visit."""

from collections.abc import Iterable

from models.event import Event
from models.events.incident import VisitCalledOff
from models.events.ticket import TicketCancelled


def cancelling_of(timeline: Iterable[Event], visit_id: str) -> Event | None:
    """The last of a ticket's events that cancelled a visit: by itself, or with the ticket."""
    found = None
    for event in timeline:
        called_off = event.type == VisitCalledOff.kind and event.data.get("visit_id") == visit_id
        if called_off or event.type == TicketCancelled.kind:
            found = event
    return found
