"""What an expert sees of their own days."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import Session, col

from models.calendar import Window
from models.db.matching.tables import FREED, AssignmentRow
from models.db.people.reads import PeopleReads
from models.db.people.tables import CustomerRow
from models.db.tables import EventRow
from models.db.ticket.door import waits_until
from models.db.ticket.reads import spot
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.db.visit.tables import VisitRow, WorkReportRow
from models.events.ticket import TicketAdmitted, TicketPoliciesChanged
from models.geography import Spot
from models.people.expert import Expert
from models.rules.matching.rights import Post, withheld
from models.visit import AssignmentState, Position

_NOT_BEGUN = (
    AssignmentState.RESERVED,
    AssignmentState.ACKNOWLEDGED,
    AssignmentState.EN_ROUTE,
    AssignmentState.ON_SITE,
)


class Site(NamedTuple):
    """Where an expert has to go, and what is broken there."""

    description: str
    street: str | None
    postcode: str | None
    city: str | None
    place: Spot | None


class WorkItem(NamedTuple):
    """One assignment, with everything that its expert needs to get there. Once they may not read
    that any more, `withheld` says why, and nothing of the customer is in it; `notes` are what the
    expert wrote. `wait_until` is how long they wait at a closed door, `start_code_needed` that they
    have not begun, and do so with the customer's code only."""

    assignment_id: str
    visit_id: str
    ticket_id: str
    ticket_number: int
    position: int
    state: str
    window: Window
    skill: str | None
    zone: str | None
    category: str | None
    customer_name: str | None
    customer_phone: str | None
    site: Site | None
    notes: tuple[str, ...]
    withheld: str | None
    wait_until: datetime | None
    model_id: str | None
    start_code_needed: bool


class WorkList:
    """The work of one expert."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def items(
        self,
        expert_id: str,
        now: datetime,
        *,
        ticket_id: str | None = None,
        during: Window | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int | None = None,
    ) -> list[WorkItem]:
        """The live assignments of an expert, soonest first, after a position; of one ticket, if it
        is named, and those that begin during a time."""
        expert = PeopleReads(self._session).expert(expert_id)
        if expert is None:
            return []
        query = (
            select(
                *(AssignmentRow, VisitRow, TicketRow, TicketPrivateRow, CustomerRow),
                *(_own_notes(), _with_code()),
            )
            .join(TicketRow, col(TicketRow.id) == col(AssignmentRow.ticket_id))
            .join(VisitRow, col(VisitRow.id) == col(AssignmentRow.visit_id))
            .outerjoin(TicketPrivateRow, col(TicketPrivateRow.ticket_id) == col(TicketRow.id))
            .outerjoin(CustomerRow, col(CustomerRow.id) == col(TicketRow.customer_id))
            .where(
                col(AssignmentRow.expert_id) == expert_id,
                col(AssignmentRow.state).not_in(FREED),
            )
            .order_by(col(AssignmentRow.start_at), col(AssignmentRow.id))
            .limit(limit)
        )
        if ticket_id is not None:
            query = query.where(col(AssignmentRow.ticket_id) == ticket_id)
        if during is not None:
            query = query.where(
                col(AssignmentRow.start_at) >= during.start,
                col(AssignmentRow.start_at) < during.end,
            )
        if after:
            query = query.where(tuple_(col(AssignmentRow.start_at), col(AssignmentRow.id)) > after)
        return [_work(expert, now, *row) for row in self._session.execute(query)]


def _own_notes() -> ScalarSelect[Any]:
    """What the expert of an assignment wrote at the end of its visit."""
    row = WorkReportRow
    return (
        select(func.array_agg(aggregate_order_by(col(row.notes), col(row.written_at))))
        .where(
            col(row.visit_id) == col(AssignmentRow.visit_id),
            col(row.expert_id) == col(AssignmentRow.expert_id),
        )
        .scalar_subquery()
    )


def _with_code() -> ScalarSelect[Any]:
    """Whether an assignment begins with a start code: as its ticket was admitted, or as the policy
    became since then, but for whoever had set out before it did. A ticket that an earlier release
    admitted does not say so, and has none."""
    row = EventRow
    had_set_out = col(row.facts)["as_before"].has_key(col(AssignmentRow.id))
    return (
        select(
            col(row.facts)["start_code"].as_boolean() != func.coalesce(had_set_out, literal(False))
        )
        .where(
            col(row.ticket_id) == col(TicketRow.id),
            col(row.type).in_((TicketAdmitted.kind, TicketPoliciesChanged.kind)),
        )
        .order_by(col(row.seq).desc())
        .limit(1)
        .scalar_subquery()
    )


def _work(
    expert: Expert,
    now: datetime,
    assignment: AssignmentRow,
    visit: VisitRow,
    ticket: TicketRow,
    private: TicketPrivateRow | None,
    customer: CustomerRow | None,
    notes: list[str] | None,
    with_code: bool | None,
) -> WorkItem:
    assert ticket.number is not None, "the database numbers every ticket"
    post = _post(assignment, visit)
    place = spot(ticket.id, private.lat, private.lng, private.precision) if private else None
    done_at = None
    if post.state is AssignmentState.DONE:
        done_at = visit.actual_end or assignment.end_at
    why = withheld(expert, post, ticket.zone, place, done_at, now)
    if why is not None:
        private, customer = None, None
    return WorkItem(
        assignment_id=assignment.id,
        visit_id=assignment.visit_id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        position=assignment.position,
        state=post.state,
        window=Window(start=assignment.start_at, end=assignment.end_at),
        skill=post.position.skill,
        zone=ticket.zone,
        category=ticket.category,
        customer_name=customer.name if customer else None,
        customer_phone=customer.phone if customer else None,
        site=_site(private) if private else None,
        notes=tuple(notes or ()),
        withheld=why,
        wait_until=waits_until(ticket.timers, visit.id),
        model_id=None if why else ticket.model_id,
        start_code_needed=bool(with_code) and post.state in _NOT_BEGUN,
    )


def _post(assignment: AssignmentRow, visit: VisitRow) -> Post:
    needed = (Position.model_validate(p) for p in visit.positions)
    return Post(
        position=next(p for p in needed if p.idx == assignment.position),
        source=assignment.source,
        state=assignment.state,
        end=assignment.end_at,
    )


def _site(private: TicketPrivateRow) -> Site:
    return Site(
        description=private.description,
        street=private.street,
        postcode=private.postcode,
        city=private.city,
        place=spot(private.ticket_id, private.lat, private.lng, private.precision),
    )
