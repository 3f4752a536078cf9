"""An expert whom the helpdesk sends itself, at a time of its own choosing
(docs/rules/matching.md, By hand).

By hand means: whatever was proposed, and before the matching, which then settles the rest around
it. The rules here are the ticket's; whether the expert is free, the calendar says.
"""

from collections.abc import Iterator
from datetime import datetime

from models.calendar import merged
from models.errors import Conflict, Invalid, NotFound
from models.events.matching import ExpertSent
from models.identity import derived_id
from models.messages.matching import AssignExpert, BookByHand, ExpertAssigned
from models.rules.matching import replacing
from models.rules.matching.assignable import (
    agreed,
    require_gaps,
    require_same_people,
    require_time,
)
from models.rules.matching.proposing import proposals_released
from models.rules.matching.settling import finalised, noted, staffed, unstaffed
from models.rules.transitions import TicketCommand, illegal, require_allowed, status_of
from models.ticket import Ticket
from models.visit import (
    Assignment,
    AssignmentSource,
    MatchState,
    Position,
    Proposal,
    ProposalState,
    Visit,
    VisitGroup,
    VisitState,
)


def wished(ticket: Ticket, wish: AssignExpert, now: datetime) -> BookByHand:
    """What a wish takes of its expert's calendar: for an open place, or in another's.

    Raises:
        as `booking`, or as `replacing.booking`.
    """
    book = replacing.booking_instead if wish.instead_of else booking_by_hand
    return book(ticket, wish, now)


def fulfilled(ticket: Ticket, wish: AssignExpert, booked: BookByHand, now: datetime) -> Ticket:
    """The ticket with an expert whom the calendar took; in another's place, beside that one.

    Raises:
        as `assigned`, or as `replacing.sent`.
    """
    fulfil = replacing.sent if wish.instead_of else assigned
    return fulfil(ticket, wish, booked, now)


def booking_by_hand(ticket: Ticket, wish: AssignExpert, now: datetime) -> BookByHand:
    """What a wish takes of its expert's calendar, if the ticket lets it.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `illegal-transition`, `coverage-undecided`, `position-taken`, `expert-twice`,
            `start-fixed`, `gap-broken`, `same-expert-broken`, `same-expert-crew`.
        Invalid: `position-unknown`, `start-off-grid`, `start-in-the-past`, `start-too-far`,
            `consent-missing`.
    """
    visit, group = _waiting_visit(ticket, wish)
    position = _free_position(visit, wish)
    require_time(ticket, visit, wish, now)
    require_gaps(ticket, group, visit, wish.start)
    require_same_people(ticket, group, visit, wish.expert_id)
    proposal = _own_proposal(ticket, visit, wish)
    return BookByHand(
        ticket_id=ticket.id,
        group_id=group.id,
        round=group.round,
        visit_id=visit.id,
        position=position,
        assignment_id=_next_id(visit, wish),
        expert_id=wish.expert_id,
        proposal_id=proposal.id if proposal else None,
        start=wish.start,
        end=wish.start + visit.duration,
    )


def assigned(ticket: Ticket, wish: AssignExpert, booked: BookByHand, now: datetime) -> Ticket:
    """The ticket with an expert whom the calendar took. The last one of a visit schedules it; what
    is still open of the group is matched around it, in a new round.

    Raises:
        Conflict: `visit-rechained`, and as `booking`: the ticket moved during the booking.
    """
    still = booking_by_hand(ticket, wish, now)
    if still.group_id != booked.group_id:
        raise Conflict("visit-rechained", "The visit was chained to others in that moment.")
    visit = ticket.visit(wish.visit_id)
    assert visit is not None, "it is still bookable"
    ticket = _selected(ticket, booked.proposal_id)
    visit = agreed(ticket, visit, wish.start).but(
        start=wish.start,
        assignments=(*visit.assignments, made(booked)),
    )
    ticket = ticket.with_visit(visit).happened(
        ExpertSent(
            assignment_id=booked.assignment_id,
            visit_id=visit.id,
            group_id=booked.group_id,
            round=booked.round,
            position=wish.position,
            expert_id=wish.expert_id,
            proposal_id=booked.proposal_id,
            source=AssignmentSource.MANUAL,
            start=booked.start.isoformat(),
            end=booked.end.isoformat(),
            customer_consent=wish.customer_consent,
            note_id=wish.note_id,
        ),
        now,
        wish.by,
    )
    if len(visit.crew) == len(visit.positions):
        ticket = staffed(ticket, visit, wish.by, now)
        winners = {a.expert_id for a in visit.crew}
        ticket = proposals_released(ticket, [visit.id], wish.by, now, winners)
    return _settled_around(ticket, booked.group_id, wish, now)


def made(booked: BookByHand) -> Assignment:
    """The assignment that a booking by hand makes."""
    return Assignment(
        id=booked.assignment_id,
        visit_id=booked.visit_id,
        position=booked.position.idx,
        expert_id=booked.expert_id,
        proposal_id=booked.proposal_id,
        source=booked.source,
    )


def answer(ticket: Ticket, wish: AssignExpert) -> ExpertAssigned | None:
    """How the ticket stands after a wish; None if it was not fulfilled, or not any more."""
    visit, group = ticket.visit(wish.visit_id), ticket.group_of(wish.visit_id)
    if visit is None or group is None:
        return None
    names = set(_ids(visit, wish))
    fulfilled = next((a for a in visit.crew if a.id in names), None)
    if fulfilled is None:
        return None
    return ExpertAssigned(
        assignment_id=fulfilled.id,
        visit_id=visit.id,
        visit_state=visit.state,
        group_id=group.id,
        match_state=group.match_state,
        status=status_of(ticket),
        seq=ticket.seq,
    )


def _ids(visit: Visit, wish: AssignExpert) -> Iterator[str]:
    """The names of what a request may have booked; another one each time it was undone."""
    for attempt in range(len(visit.assignments) + 1):
        yield derived_id("asg", visit.id, wish.request_id, str(attempt))


def _next_id(visit: Visit, wish: AssignExpert) -> str:
    known = {a.id for a in visit.assignments}
    return next(name for name in _ids(visit, wish) if name not in known)


def _waiting_visit(ticket: Ticket, wish: AssignExpert) -> tuple[Visit, VisitGroup]:
    require_allowed(ticket, TicketCommand.ASSIGN_EXPERT)
    visit, group = ticket.visit(wish.visit_id), ticket.group_of(wish.visit_id)
    if visit is None or group is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if visit.state is not VisitState.OPEN or not group.is_live:
        raise illegal(TicketCommand.ASSIGN_EXPERT, visit.state, [])
    if not ticket.promise.coverage.allows_finalising:
        raise Conflict(
            "coverage-undecided",
            "Nobody is booked before it is settled who pays.",
            coverage=ticket.promise.coverage,
        )
    return visit, group


def _free_position(visit: Visit, wish: AssignExpert) -> Position:
    position = next((p for p in visit.positions if p.idx == wish.position), None)
    if position is None:
        raise Invalid(
            "position-unknown",
            "The visit has no such position; they are counted from 0.",
            field="/position",
            positions=[p.idx for p in visit.positions],
        )
    if visit.assignment_of(wish.expert_id) is not None:
        raise Conflict(
            "expert-twice", "The expert is on another position of this visit.", field="/expert_id"
        )
    if any(a.position == position.idx for a in visit.crew):
        raise Conflict("position-taken", "Somebody holds this position.", field="/position")
    return position


def _own_proposal(ticket: Ticket, visit: Visit, wish: AssignExpert) -> Proposal | None:
    """The expert's proposal that the wish fulfils: one that offers the time, before any other."""
    end = wish.start + visit.duration
    own = [
        p
        for p in ticket.matching.proposals
        if (p.visit_id, p.expert_id) == (visit.id, wish.expert_id)
        and p.state is ProposalState.ACTIVE
    ]
    offered = (p for p in own if any(w.holds(wish.start, end) for w in merged(p.windows)))
    return next(offered, own[0] if own else None)


def _selected(ticket: Ticket, proposal_id: str | None) -> Ticket:
    proposal = next((p for p in ticket.matching.proposals if p.id == proposal_id), None)
    if proposal is None or proposal.state is not ProposalState.ACTIVE:
        return ticket
    return ticket.with_proposal(proposal.but(state=ProposalState.SELECTED))


def _settled_around(ticket: Ticket, group_id: str, wish: AssignExpert, now: datetime) -> Ticket:
    """The ticket with the rest of a group to be matched, or with the group finalised.

    The new round parts what stands from what is booked next: a round is booked whole or not at all.
    """
    group = next(g for g in ticket.matching.groups if g.id == group_id)
    if any(v.state is VisitState.OPEN for v in ticket.visits if v.id in group.visit_ids):
        group = group.but(round=group.round + 1, needs_matching=True)
        if group.match_state is MatchState.EMPTY:
            return noted(ticket, group, unstaffed(ticket, group), now)
        return ticket.with_group(group)
    return finalised(ticket, group, wish.by, now, source=AssignmentSource.MANUAL)
