"""One expert in the place of another who does not answer or come: the new one is booked and told
first, then the old one is let go (docs/rules/matching.md, Replacement)."""

from collections.abc import Iterable
from datetime import datetime

from models.errors import Conflict, Invalid, NotFound
from models.escalation import EscalationReason
from models.event import Cause
from models.events.matching import ExpertSent
from models.events.visit import AssignmentReleased, VisitChanged
from models.identity import derived_id
from models.messages.matching import AssignExpert, BookByHand
from models.rules.matching.assignable import (
    agreed,
    require_gaps,
    require_same_people,
    require_time,
)
from models.rules.matching.passing_over import is_hindered
from models.rules.matching.rights import AHEAD
from models.rules.transitions import illegal, require_visit
from models.ticket import Ticket
from models.visit import (
    Assignment,
    AssignmentSource,
    AssignmentState,
    ProposalState,
    Visit,
    VisitState,
)

_APPOINTED = (VisitState.SCHEDULED, VisitState.EN_ROUTE)
_AWAITED = (*_APPOINTED, VisitState.ON_SITE)
_WITH_SOMEBODY_MISSING = (*_APPOINTED, VisitState.ON_SITE, VisitState.BLOCKED)
"""Work has not begun: whoever is there waits for who is missing."""


def booking_instead(ticket: Ticket, wish: AssignExpert, now: datetime) -> BookByHand:
    """What a replacement takes of the new expert's calendar, if the ticket lets it.

    Raises:
        NotFound: `visit-unknown`, `assignment-unknown`.
        Conflict: `illegal-transition`, `doubt-gone`, `expert-answered`, `expert-twice`,
            `crew-would-part`; as `require_gaps` and `require_same_people`.
        Invalid: `position-differs`, `start-in-the-past`; as `require_time`.
    """
    visit, old = _standing(ticket, wish)
    if wish.reason is None:
        _require_plain(wish, old, now)
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
        end=wish.start + visit.length,
        source=AssignmentSource.REPLACEMENT,
        instead_of=old.id,
    )


def sent(ticket: Ticket, wish: AssignExpert, booked: BookByHand, now: datetime) -> Ticket:
    """The ticket with the new expert on the visit, beside the old one: they are told first.

    Raises:
        as `booking_instead`: the ticket moved during the booking.
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
    others = [a for a in visit.crew if a.id != old.id]
    visit = agreed(ticket, visit, wish.start).but(
        state=_state_of(others), start=wish.start, assignments=(*visit.assignments, new)
    )
    return ticket.with_visit(visit).happened(
        ExpertSent(
            assignment_id=new.id,
            visit_id=visit.id,
            position=new.position,
            expert_id=new.expert_id,
            source=new.source,
            start=booked.start.isoformat(),
            end=booked.end.isoformat(),
            customer_consent=wish.customer_consent or None,
            note_id=wish.note_id,
        ),
        now,
        wish.by,
    )


def let_go(
    ticket: Ticket, wish: AssignExpert, booked: BookByHand, was: datetime | None, now: datetime
) -> Ticket:
    """The ticket whose expert of before, who was to come at `was`, is free and hears it."""
    visit = require_visit(ticket, wish.visit_id)
    old = next(a for a in visit.assignments if a.id == booked.instead_of)
    visit = visit.but(
        assignments=tuple(
            a.but(state=AssignmentState.RELEASED) if a.id == old.id else a
            for a in visit.assignments
        )
    )
    return _released(ticket.with_visit(visit), old, was, wish.by, now)


def announced(ticket: Ticket, wish: AssignExpert, booked: BookByHand, now: datetime) -> Ticket:
    """The ticket whose customer hears who comes, and when if that has changed."""
    visit = require_visit(ticket, wish.visit_id)
    return ticket.happened(
        VisitChanged(
            visit_id=visit.id,
            start=booked.start.isoformat(),
            end=booked.end.isoformat(),
            expert_ids=[a.expert_id for a in visit.crew],
        ),
        now,
        wish.by,
    )


def _released(
    ticket: Ticket, old: Assignment, start: datetime | None, by: Cause, now: datetime
) -> Ticket:
    """The ticket whose expert of before, who was to come at `start`, is free."""
    released = AssignmentReleased(
        assignment_id=old.id,
        visit_id=old.visit_id,
        expert_id=old.expert_id,
        start=start.isoformat() if start else None,
    )
    hindered = is_hindered(ticket, old)
    for proposal in ticket.matching.proposals:
        of_theirs = (proposal.visit_id, proposal.expert_id) == (old.visit_id, old.expert_id)
        if proposal.id == old.proposal_id or (hindered and of_theirs):
            ticket = ticket.with_proposal(proposal.but(state=ProposalState.WITHDRAWN))
    return ticket.happened(released, now, by)


def _standing(ticket: Ticket, wish: AssignExpert) -> tuple[Visit, Assignment]:
    visit = require_visit(ticket, wish.visit_id)
    old = visit.assignment_of(wish.instead_of or "")
    if visit.state not in _where_replaced(old):
        raise illegal("replace", visit.state, [])
    if old is None:
        raise NotFound("assignment-unknown", "That expert is not on this visit.", field="/replaces")
    _require_cause(wish, old)
    return visit, old


def _where_replaced(old: Assignment | None) -> tuple[VisitState, ...]:
    """The states of a visit in which somebody's place may be taken: of who cannot come, until work
    begins; of who is to come and has not, while others wait for them too."""
    if old is None:
        return _APPOINTED
    if old.barred or old.state is AssignmentState.CANNOT_ARRIVE:
        return _WITH_SOMEBODY_MISSING
    return _AWAITED if old.state in AHEAD else _APPOINTED


def _require_cause(wish: AssignExpert, old: Assignment) -> None:
    """Let nobody's place be taken for what is not so any more."""
    comes = old.barred is None and old.state is not AssignmentState.CANNOT_ARRIVE
    if wish.reason is EscalationReason.CANNOT_ARRIVE and comes:
        raise Conflict("doubt-gone", "The expert comes after all: nobody takes their place.")
    if wish.reason is EscalationReason.NO_ACK and old.state is not AssignmentState.RESERVED:
        raise Conflict("expert-answered", "The expert has answered: nobody takes their place.")


def _require_plain(wish: AssignExpert, old: Assignment, now: datetime) -> None:
    """Take a wish that answers no question at its word: whose place it is, and a time to come."""
    if wish.position != old.position:
        raise Invalid(
            "position-differs",
            "That expert is on another position.",
            field="/position",
            position=old.position,
        )
    if wish.start <= now:
        raise Invalid("start-in-the-past", "A visit starts in the future.", field="/start")


def _state_of(crew: Iterable[Assignment]) -> VisitState:
    """Where a visit stands by those who stay, beside somebody who has not set out yet."""
    states = {a.state for a in crew}
    if states & {AssignmentState.ON_SITE, AssignmentState.WORKING}:
        return VisitState.ON_SITE
    return VisitState.EN_ROUTE if AssignmentState.EN_ROUTE in states else VisitState.SCHEDULED


def _name(visit: Visit, wish: AssignExpert) -> str:
    return derived_id("asg", visit.id, wish.request_id, str(len(visit.assignments)))
