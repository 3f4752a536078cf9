"""What an expert sees of the market and of their own days."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, text, tuple_
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window
from models.db.matching.tables import FREED, AssignmentRow
from models.db.people.reads import great_circle
from models.db.people.tables import CustomerRow
from models.db.ticket.reads import spot
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.db.visit.tables import GroupRow, VisitRow
from models.geography import Spot
from models.people.expert import Expert
from models.ticket import TicketStatus, Urgency
from models.visit import AssignmentState, MatchState, Position, VisitState


class OpenVisit(Value):
    """A visit that still needs somebody. `times` are the customer's, or the one that a hand fixed;
    none, and any may do."""

    id: str
    ticket_number: int
    city: str | None
    zone: str | None
    category: str | None
    urgency: Urgency
    minutes: int
    positions: tuple[Position, ...]
    times: tuple[Window, ...]
    place: Spot | None
    match_state: MatchState
    opened_at: datetime


class Site(NamedTuple):
    """Where an expert has to go, and what is broken there."""

    description: str
    street: str | None
    postcode: str | None
    city: str | None
    place: Spot | None


class WorkItem(NamedTuple):
    """One assignment, with everything that its expert needs to get there."""

    assignment_id: str
    visit_id: str
    ticket_id: str
    ticket_number: int
    position: int
    state: AssignmentState
    window: Window
    category: str | None
    customer_name: str | None
    customer_phone: str | None
    site: Site | None


class MarketReads:
    """The open list and the work list of one expert."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open_visits(
        self,
        expert: Expert,
        now: datetime,
        *,
        after: tuple[datetime, str] | None = None,
        only: str | None = None,
        limit: int = 100,
    ) -> list[OpenVisit]:
        """The visits whose ticket is being matched, with a position of the expert's skills, in the
        expert's zone or radius: oldest ticket first, after a position, or only the one named."""
        query = (
            select(VisitRow, TicketRow, TicketPrivateRow, col(GroupRow.match_state))
            .join(TicketRow, col(TicketRow.id) == col(VisitRow.ticket_id))
            .join(TicketPrivateRow, col(TicketPrivateRow.ticket_id) == col(TicketRow.id))
            .join(GroupRow, col(GroupRow.id) == col(VisitRow.group_id))
            .where(
                col(VisitRow.state) == VisitState.OPEN,
                col(TicketRow.status) == TicketStatus.MATCHING,
                _NEEDS_EXPERT.bindparams(me=expert.id, now=now),
                or_(
                    col(TicketRow.zone) == expert.zone,
                    km_from(expert.home) <= expert.radius_km,
                ),
            )
            .order_by(col(TicketRow.opened_at), col(VisitRow.id))
            .limit(limit)
        )
        if only:
            query = query.where(col(VisitRow.id) == only)
        if after:
            query = query.where(tuple_(col(TicketRow.opened_at), col(VisitRow.id)) > after)
        return [_open(*row) for row in self._session.execute(query)]

    def work(self, expert_id: str) -> list[WorkItem]:
        """The live assignments of an expert, soonest first."""
        rows = self._session.execute(
            select(AssignmentRow, TicketRow, TicketPrivateRow, CustomerRow)
            .join(TicketRow, col(TicketRow.id) == col(AssignmentRow.ticket_id))
            .join(VisitRow, col(VisitRow.id) == col(AssignmentRow.visit_id))
            .outerjoin(TicketPrivateRow, col(TicketPrivateRow.ticket_id) == col(TicketRow.id))
            .outerjoin(CustomerRow, col(CustomerRow.id) == col(TicketRow.customer_id))
            .where(
                col(AssignmentRow.expert_id) == expert_id,
                col(AssignmentRow.state).not_in(FREED),
            )
            .order_by(col(AssignmentRow.start_at), col(AssignmentRow.id))
        )
        return [_work(*row) for row in rows]


def km_from(place: Spot) -> ColumnElement[float]:
    """The great-circle distance of a ticket's place from a point, in kilometres."""
    return great_circle(col(TicketPrivateRow.lat), col(TicketPrivateRow.lng), place.lat, place.lng)


_NEEDS_EXPERT = text(
    """exists (
        select 1
        from jsonb_array_elements(visits.positions) as needed
        join expert_skills as held
          on held.skill = needed ->> 'skill' and held.level >= (needed ->> 'min_level')::int
        where held.expert_id = :me and (held.expires_at is null or held.expires_at > :now)
    )"""
)


def _open(
    visit: VisitRow, ticket: TicketRow, private: TicketPrivateRow, match_state: str
) -> OpenVisit:
    fixed = [{"start": visit.start_at, "end": visit.end_at}] if visit.start_at else None
    return OpenVisit.model_validate(
        {
            **ticket.model_dump(include={"zone", "category", "urgency", "opened_at"}),
            **visit.model_dump(include={"id", "minutes", "positions"}),
            "ticket_number": ticket.number,
            "city": private.city,
            "times": fixed or visit.slots or ticket.slots,
            "place": spot(private.lat, private.lng),
            "match_state": match_state,
        }
    )


def _work(
    assignment: AssignmentRow,
    ticket: TicketRow,
    private: TicketPrivateRow | None,
    customer: CustomerRow | None,
) -> WorkItem:
    assert ticket.number is not None, "the database numbers every ticket"
    return WorkItem(
        assignment_id=assignment.id,
        visit_id=assignment.visit_id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        position=assignment.position,
        state=AssignmentState(assignment.state),
        window=Window(start=assignment.start_at, end=assignment.end_at),
        category=ticket.category,
        customer_name=customer.name if customer else None,
        customer_phone=customer.phone if customer else None,
        site=_site(private) if private else None,
    )


def _site(private: TicketPrivateRow) -> Site:
    return Site(
        description=private.description,
        street=private.street,
        postcode=private.postcode,
        city=private.city,
        place=spot(private.lat, private.lng),
    )
