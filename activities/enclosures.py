"""What lies in the envelope beside the letter: visits for the customer's calendar."""

from datetime import datetime, timedelta

from activities.gateways.message import Attachment
from activities.invitation import invitation
from activities.occasion import Occasion
from models.db.engine import Session
from models.db.repositories.views import TicketViews
from models.db.tables.ticket import VisitRow
from models.visit import VisitState

_ENTERED = ("visit.scheduled", "visit.changed")
_STRUCK_OUT = ("visit.cancelled",)
_ALL_STRUCK_OUT = ("ticket.cancelled",)


def enclosures(session: Session, occasion: Occasion) -> tuple[Attachment, ...]:
    """A calendar file for each visit that the letter enters, moves or strikes out."""
    template = occasion.notification.template
    if template in _ENTERED and occasion.visit:
        return (
            _entry(session, occasion, occasion.visit, cancelled=False),
            *(
                _at(session, occasion, visit, visit.start_at, cancelled=False)
                for visit in occasion.also
                if visit.start_at
            ),
        )
    if template in _STRUCK_OUT and occasion.visit:
        return (_entry(session, occasion, occasion.visit, cancelled=True),)
    if template in _ALL_STRUCK_OUT:
        return tuple(
            _entry(session, occasion, visit, cancelled=True)
            for visit in TicketViews(session).visits(occasion.ticket.id)
            if visit.state == VisitState.CANCELLED and visit.start_at
        )
    return ()


def _entry(session: Session, occasion: Occasion, visit: VisitRow, *, cancelled: bool) -> Attachment:
    told = occasion.notification.facts.get("start")
    start = datetime.fromisoformat(told) if told else visit.start_at
    if start is None:
        raise ValueError("a visit without a time is in no calendar")
    return _at(session, occasion, visit, start, cancelled=cancelled)


def _at(
    session: Session, occasion: Occasion, visit: VisitRow, start: datetime, *, cancelled: bool
) -> Attachment:
    private = TicketViews(session).private(occasion.ticket.id)
    calendar = invitation(
        uid=visit.id,
        # The ticket's own count of what happened: it grows with every change of every visit.
        sequence=occasion.event.seq,
        start=start,
        end=start + timedelta(minutes=visit.minutes),
        summary=f"Sysops Squad, ticket T-{occasion.ticket.number}",
        location=f"{private.street}, {private.postcode} {private.city}" if private else "",
        description="",
        cancelled=cancelled,
    )
    method = "CANCEL" if cancelled else "PUBLISH"
    return Attachment(
        f"visit-{visit.seq}.ics", f"text/calendar; charset=UTF-8; method={method}", calendar
    )
