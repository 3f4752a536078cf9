"""What a page behind a link may show of a ticket: times and states, nobody's name and no street."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window
from models.db.catalogue.tables import ZoneRow
from models.db.matching.tables import LIVE, AssignmentRow
from models.db.people.tables import CustomerRow
from models.db.ticket.door import said_to_come, waits_until
from models.db.ticket.tables import TicketRow
from models.db.visit.tables import VisitRow
from models.language import FALLBACK
from models.recorded import Recorded
from models.ticket import TicketStatus
from models.visit import AssignmentState, VisitState

_THERE = {AssignmentState.ON_SITE, AssignmentState.WORKING, AssignmentState.DONE}


class LinkedVisit(Value):
    """A visit; without `slots` of its own, those of its ticket count. `crew` is how far those are
    who are booked for it; `not_before` when what it waits for is there. Of a closed door
    `wait_until` is how long somebody waits before it, and `coming_since` when its customer said
    that they are coming."""

    id: str
    seq: int
    state: Recorded[VisitState]
    minutes: int
    start_at: datetime | None
    end_at: datetime | None
    slots: tuple[Window, ...] | None
    not_before: datetime | None = None
    crew: tuple[AssignmentState, ...] = ()
    wait_until: datetime | None = None
    coming_since: datetime | None = None

    @property
    def is_let_down(self) -> bool:
        """Whether somebody is to come who cannot, and nobody is there."""
        return AssignmentState.CANNOT_ARRIVE in self.crew and not set(self.crew) & _THERE


class LinkedTicket(Value):
    """A ticket; `tz` and `city` are where its visits are, `locale` is what its customer reads."""

    id: str
    number: int
    status: Recorded[TicketStatus]
    customer_id: str
    slots: tuple[Window, ...]
    tz: str
    city: str
    locale: str
    visits: tuple[LinkedVisit, ...]

    @property
    def here(self) -> ZoneInfo:
        """The zone of the place."""
        return ZoneInfo(self.tz)

    def visit(self, visit_id: str) -> LinkedVisit | None:
        """The visit of that id."""
        return next((v for v in self.visits if v.id == visit_id), None)

    def slots_of(self, visit: LinkedVisit) -> tuple[Window, ...]:
        """When its customer is there."""
        return self.slots if visit.slots is None else visit.slots


def linked_ticket(session: Session, ticket_id: str) -> LinkedTicket | None:
    """A ticket as a page behind a link shows it."""
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        return None
    zone = session.get(ZoneRow, ticket.zone) if ticket.zone else None
    customer = session.get(CustomerRow, ticket.customer_id)
    visits = session.scalars(
        select(VisitRow).where(col(VisitRow.ticket_id) == ticket_id).order_by(col(VisitRow.seq))
    ).all()
    crews: dict[str, list[str]] = defaultdict(list)
    for visit_id, state in session.execute(
        select(col(AssignmentRow.visit_id), col(AssignmentRow.state)).where(
            col(AssignmentRow.visit_id).in_([visit.id for visit in visits]), text(LIVE)
        )
    ):
        crews[visit_id].append(state)
    is_shut = any(visit.state == VisitState.BLOCKED for visit in visits)
    coming = said_to_come(session, ticket_id) if is_shut else {}
    return LinkedTicket.model_validate(
        {
            **ticket.model_dump(),
            "tz": zone.tz if zone else "UTC",
            "city": zone.city if zone else "UTC",
            "locale": customer.locale if customer else FALLBACK,
            "visits": [
                {
                    **v.model_dump(),
                    "crew": crews[v.id],
                    "wait_until": waits_until(ticket.timers, v.id),
                    "coming_since": coming.get(v.id),
                }
                for v in visits
            ],
        }
    )
