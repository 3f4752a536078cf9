"""One expert in the place of another who does not answer or come: the new one is booked and told
first, then the old one is let go (docs/rules/matching.md, Replacement)."""

from datetime import datetime

from models.errors import Conflict, NotFound
from models.event import Cause
from models.events.matching import ExpertSent
from models.events.visit import AssignmentReleased, VisitChanged
from models.identity import derived_id
from models.messages.matching import AssignExpert, BookByHand
from models.rules.matching.assignable import require_gaps, require_same_people, require_time
from models.rules.transitions import illegal
from models.ticket import Ticket
from models.visit import (
    Assignment,
    AssignmentSource,
    AssignmentState,
    ProposalState,
    Visit,
    VisitState,
)


def booking_instead(ticket: Ticket, wish: AssignExpert, now: datetime) -> BookByHand:
    """What a replacement takes of the new expert's calendar, if the ticket lets it.

    Raises:
        NotFound: `visit-unknown`, `assignment-unknown`.
        Conflict: `illegal-transition`, `expert-twice`, `crew-would-part`; as `require_gaps` and
            `require_same_people`.
        Invalid: as `require_time`.
    """
    visit, old = _standing(ticket, wish)
    if visit.assignment_of(wish.expert_id) is not None:
        raise Conflict("expert-twice", "The expert is on this visit already.", field="/expert_id")
    if wish.start != visit.start:
        if len(visit.crew) > 1:
            raise Conflict(
                "crew-would-part",
                "The others of the crew come at the time that stands.",
                field="/start",
            )
        require_time(ticket, visit.but(start=None), wish, now)
    group = ticket.group_of(visit.id)
    assert group is not None, "a scheduled visit belongs to a group"
    require_gaps(ticket, group, visit, wish.start)
    require_same_people(ticket, group, visit, wish.expert_id)
    return BookByHand(
        ticket_id=ticket.id,
        group_id=group.id,
        round=group.round,
        visit_id=visit.id,
        position=next(p for p in visit.positions if p.idx == old.position),
        assignment_id=_name(visit, wish),
        expert_id=wish.expert_id,
        proposal_id=None,
        start=wish.start,
        end=wish.start + visit.duration,
        source=AssignmentSource.REPLACEMENT,
        instead_of=old.id,
    )


def replaced(ticket: Ticket, wish: AssignExpert, booked: BookByHand, now: datetime) -> Ticket:
    """The ticket with the new expert on the visit and the old one let go.

    Raises:
        as `booking`: the ticket moved during the booking.
    """
    booking_instead(ticket, wish, now)
    visit, old = _standing(ticket, wish)
    new = Assignment(
        id=booked.assignment_id,
        visit_id=visit.id,
        position=old.position,
        expert_id=wish.expert_id,
        source=AssignmentSource.REPLACEMENT,
        booked_at=now,
    )
    was = visit.start
    left = tuple(
        a.but(state=AssignmentState.RELEASED) if a.id == old.id else a for a in visit.assignments
    )
    visit = visit.but(state=VisitState.SCHEDULED, start=wish.start, assignments=(*left, new))
    ticket = ticket.with_visit(visit).happened(
        ExpertSent(
            assignment_id=new.id,
            visit_id=visit.id,
            position=new.position,
            expert_id=new.expert_id,
            source=new.source,
            start=booked.start.isoformat(),
            end=booked.end.isoformat(),
            note_id=wish.note_id,
        ),
        now,
        wish.by,
    )
    return _let_go(ticket, old, was, wish.by, now).happened(
        VisitChanged(visit_id=visit.id, start=booked.start.isoformat(), end=booked.end.isoformat()),
        now,
        wish.by,
    )


def _let_go(
    ticket: Ticket, old: Assignment, start: datetime | None, by: Cause, now: datetime
) -> Ticket:
    """The ticket whose expert of before, who was to come at `start`, is free."""
    released = AssignmentReleased(
        assignment_id=old.id,
        visit_id=old.visit_id,
        expert_id=old.expert_id,
        start=start.isoformat() if start else None,
    )
    for proposal in ticket.matching.proposals:
        if proposal.id == old.proposal_id:
            ticket = ticket.with_proposal(proposal.but(state=ProposalState.WITHDRAWN))
    return ticket.happened(released, now, by)


def _standing(ticket: Ticket, wish: AssignExpert) -> tuple[Visit, Assignment]:
    visit = ticket.visit(wish.visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if visit.state not in (VisitState.SCHEDULED, VisitState.EN_ROUTE):
        raise illegal("replace", visit.state, [])
    old = visit.assignment_of(wish.instead_of or "")
    if old is None:
        raise NotFound("assignment-unknown", "That expert is not on this visit.")
    return visit, old


def _name(visit: Visit, wish: AssignExpert) -> str:
    return derived_id("asg", visit.id, wish.request_id, str(len(visit.assignments)))
