"""What lies in the envelope beside the letter: visits for the customer's calendar."""

from datetime import datetime, timedelta

from activities.gateways.message import Attachment
from activities.message.invitation import invitation
from activities.message.occasion import Occasion
from models.db.message.due import Planned
from models.visit import VisitState

_ENTERED = ("visit.scheduled", "visit.changed")
_STRUCK_OUT = ("visit.cancelled",)
_ALL_STRUCK_OUT = ("ticket.cancelled",)


def enclosures(occasion: Occasion) -> tuple[Attachment, ...]:
    """A calendar file for each visit that the letter enters, moves or strikes out."""
    template = occasion.due.template
    if template in _ENTERED and occasion.visit:
        return (
            _entry(occasion, occasion.visit, cancelled=False),
            *(
                _at(occasion, visit, visit.start, cancelled=False)
                for visit in occasion.also
                if visit.start
            ),
        )
    if template in _STRUCK_OUT and occasion.visit:
        return (_entry(occasion, occasion.visit, cancelled=True),)
    if template in _ALL_STRUCK_OUT:
        return tuple(
            _entry(occasion, visit, cancelled=True)
            for visit in occasion.due.visits
            if visit.state == VisitState.CANCELLED and visit.start
        )
    return ()


def _entry(occasion: Occasion, visit: Planned, *, cancelled: bool) -> Attachment:
    told = occasion.due.facts.get("start")
    start = datetime.fromisoformat(told) if told else visit.start
    if start is None:
        raise ValueError("a visit without a time is in no calendar")
    return _at(occasion, visit, start, cancelled=cancelled)


def _at(occasion: Occasion, visit: Planned, start: datetime, *, cancelled: bool) -> Attachment:
    place = occasion.due.place
    calendar = invitation(
        uid=visit.id,
        # The ticket's own count of what happened: it grows with every change of every visit.
        sequence=occasion.due.seq,
        start=start,
        end=start + timedelta(minutes=visit.minutes),
        summary=f"Sysops Squad, ticket T-{occasion.due.number}",
        location=f"{place.street}, {place.postcode} {place.city}" if place else "",
        description="",
        cancelled=cancelled,
    )
    method = "CANCEL" if cancelled else "PUBLISH"
    return Attachment(
        f"visit-{visit.seq}.ics", f"text/calendar; charset=UTF-8; method={method}", calendar
    )
