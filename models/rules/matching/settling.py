"""What an evaluation changes on a ticket (docs/rules/matching.md, When it is evaluated)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from models.errors import NotFound
from models.event import OURSELVES, Cause
from models.events.matching import (
    BookingUndone,
    GroupFinalised,
    GroupMatchStateChanged,
    GroupReEvaluated,
    ProposalIneligible,
    ProposalSelected,
)
from models.events.visit import VisitScheduled
from models.messages.matching import GroupStanding, ReEvaluate, Settlement, StaffedPosition
from models.rules.matching.proposing import proposals_released
from models.rules.transitions import TicketCommand, illegal, require_allowed
from models.ticket import Ticket
from models.visit import (
    Assignment,
    AssignmentState,
    MatchState,
    ProposalState,
    Visit,
    VisitGroup,
    VisitState,
)


def unstaffed(ticket: Ticket, group: VisitGroup) -> Settlement:
    """How far a group is for which no proposal counts: nowhere, unless a hand began to staff one of
    its visits, of which the rest is missing then."""
    waiting = [v for v in ticket.visits if v.id in group.visit_ids and v.state is VisitState.OPEN]
    if not any(v.crew for v in waiting):
        return Settlement(match_state=MatchState.EMPTY)
    free = ((v, p) for v in waiting for p in v.positions if p.idx not in v.taken)
    missing = tuple(v.name_of(p) for v, p in free)
    return Settlement(match_state=MatchState.PARTIAL, missing=missing)


def is_held(ticket: Ticket, group: VisitGroup, now: datetime) -> bool:
    """Whether a full group may not be booked yet: nobody pays, or its hold still runs."""
    if not ticket.promise.coverage.allows_finalising:
        return True
    if not ticket.policies.match_hold:
        return False
    return group.hold_until is None or now < group.hold_until


def settled(ticket: Ticket, group_id: str, settlement: Settlement, now: datetime) -> Ticket:
    """The ticket after a group was evaluated, with its visits scheduled if it was booked."""
    group = next(g for g in ticket.matching.groups if g.id == group_id)
    if settlement.astray:
        return ticket.with_group(group.but(needs_matching=True))
    if is_void(ticket, group.id, settlement):
        ticket = undone(ticket, map(_assigned, settlement.crew), now)
        return ticket.with_group(group.but(round=group.round + 1, needs_matching=True))
    ticket = _without_ineligible(ticket, settlement.ineligible, now)
    if settlement.match_state is MatchState.FINALISED:
        return _finalised(ticket, group, settlement, now)
    if settlement.match_state is MatchState.FULL_HELD and group.hold_until is None:
        group = group.but(hold_until=now + ticket.policies.match_hold)
    if settlement.match_state is MatchState.UNDECIDED:
        group = group.but(undecided=group.undecided + 1)
    return noted(ticket, group, settlement, now)


def noted(ticket: Ticket, group: VisitGroup, found: Settlement, now: datetime) -> Ticket:
    """The ticket with how far a group is that is not booked, told where that is news."""
    changed = (group.match_state, group.missing) != (found.match_state, found.missing)
    ticket = ticket.with_group(group.but(match_state=found.match_state, missing=found.missing))
    if not changed:
        return ticket
    return ticket.happened(
        GroupMatchStateChanged(
            group_id=group.id, match_state=found.match_state, missing=list(found.missing)
        ),
        now,
        OURSELVES,
    )


def is_void(ticket: Ticket, group_id: str, settlement: Settlement) -> bool:
    """Whether a settlement books a visit or an offer that the group does not have, or no more, or
    was undone: it was made from what never was."""
    group = next(g for g in ticket.matching.groups if g.id == group_id)
    offers = {(p.id, p.visit_id, p.expert_id) for p in ticket.active_proposals(group)}
    settled_visits = {s.visit_id for s in settlement.starts}
    waiting = {
        v.id for v in ticket.visits if v.id in group.visit_ids and v.state is VisitState.OPEN
    }
    chosen = {(m.proposal_id, m.visit_id, m.expert_id) for m in settlement.crew}
    return settlement.undone or not (chosen <= offers and settled_visits <= waiting)


def group_reconsidered(ticket: Ticket, ask: ReEvaluate, now: datetime) -> Ticket:
    """The ticket with a live group marked for evaluation, because somebody wants to know.

    Raises:
        NotFound: `group-unknown`.
        Conflict: `illegal-transition` on a group that is settled or given up.
    """
    require_allowed(ticket, TicketCommand.RE_EVALUATE)
    group = next((g for g in ticket.matching.groups if g.id == ask.group_id), None)
    if group is None:
        raise NotFound("group-unknown", "This ticket has no such group.")
    if not group.is_live:
        raise illegal(TicketCommand.RE_EVALUATE, group.match_state, [])
    return ticket.with_group(group.but(needs_matching=True)).happened(
        GroupReEvaluated(group_id=group.id), now, ask.by
    )


def standing_of(ticket: Ticket, group_id: str) -> GroupStanding:
    """How far a group is."""
    group = next(g for g in ticket.matching.groups if g.id == group_id)
    return GroupStanding(
        group_id=group.id, round=group.round, match_state=group.match_state, missing=group.missing
    )


def finalised(ticket: Ticket, group: VisitGroup, by: Cause, now: datetime, **facts: Any) -> Ticket:
    """The ticket with nothing left to be staffed in a group."""
    ticket = ticket.with_group(
        group.but(
            match_state=MatchState.FINALISED, missing=(), hold_until=None, needs_matching=False
        )
    ).happened(GroupFinalised(group_id=group.id, round=group.round, **facts), now, by)
    if not any(g.is_live for g in ticket.matching.groups):
        ticket = ticket.but(matching=ticket.matching.but(since=None))
    return ticket


def undone(ticket: Ticket, bookings: Iterable[Assignment], now: datetime) -> Ticket:
    """The ticket with bookings that came too late set free again in the calendar."""
    for booked in bookings:
        visit = ticket.visit(booked.visit_id)
        if visit is None:
            # Of what never was; the ticket is written down whole, which frees it.
            continue
        freed = booked.but(state=AssignmentState.RELEASED)
        visit = visit.but(assignments=(*visit.assignments, freed))
        ticket = ticket.with_visit(visit).happened(
            BookingUndone(visit_id=visit.id, assignment_id=freed.id, expert_id=freed.expert_id),
            now,
            OURSELVES,
        )
    return ticket


def _without_ineligible(ticket: Ticket, ineligible: tuple[str, ...], now: datetime) -> Ticket:
    for proposal in ticket.matching.proposals:
        if proposal.id in ineligible and proposal.state is ProposalState.ACTIVE:
            ticket = ticket.with_proposal(proposal.but(state=ProposalState.INELIGIBLE)).happened(
                ProposalIneligible(
                    proposal_id=proposal.id,
                    visit_id=proposal.visit_id,
                    expert_id=proposal.expert_id,
                ),
                now,
                OURSELVES,
            )
    return ticket


def _finalised(ticket: Ticket, group: VisitGroup, settlement: Settlement, now: datetime) -> Ticket:
    ticket = finalised(ticket, group, OURSELVES, now)
    ticket = _scheduled(ticket, settlement, now)
    ticket = _selected(ticket, settlement, now)
    settled_now = {s.visit_id for s in settlement.starts}
    winners = {a.expert_id for v in ticket.visits if v.id in settled_now for a in v.crew}
    return proposals_released(ticket, group.visit_ids, OURSELVES, now, winners)


def _scheduled(ticket: Ticket, settlement: Settlement, now: datetime) -> Ticket:
    """One event a visit, in the order of their times."""
    in_order = sorted(settlement.starts, key=lambda s: s.start)
    for scheduled in in_order:
        visit = ticket.visit(scheduled.visit_id)
        assert visit is not None, "a settlement names visits of its ticket"
        chosen = (_assigned(m) for m in settlement.crew if m.visit_id == visit.id)
        visit = visit.but(start=scheduled.start, assignments=(*visit.assignments, *chosen))
        ticket = staffed(ticket, visit, OURSELVES, now, settlement.booked_at)
    return ticket


def staffed(
    ticket: Ticket, visit: Visit, by: Cause, now: datetime, booked_at: datetime | None = None
) -> Ticket:
    """The ticket with a visit scheduled that has a start and somebody for every position."""
    assert visit.start is not None, "a visit is scheduled at a time"
    start, end = visit.start, visit.start + visit.length
    booked = tuple(a.but(booked_at=booked_at or now) if a.is_live else a for a in visit.assignments)
    visit = visit.but(state=VisitState.SCHEDULED, assignments=booked)
    return ticket.with_visit(visit).happened(
        VisitScheduled(
            visit_id=visit.id,
            start=start.isoformat(),
            end=end.isoformat(),
            expert_ids=[a.expert_id for a in sorted(visit.crew, key=lambda a: a.position)],
        ),
        now,
        by,
    )


def _selected(ticket: Ticket, settlement: Settlement, now: datetime) -> Ticket:
    """One event a position, in the order of their times."""
    starts = {s.visit_id: s.start for s in settlement.starts}
    for member in sorted(settlement.crew, key=lambda m: starts[m.visit_id]):
        proposal = next(p for p in ticket.matching.proposals if p.id == member.proposal_id)
        ticket = ticket.with_proposal(proposal.but(state=ProposalState.SELECTED)).happened(
            ProposalSelected(
                proposal_id=proposal.id,
                visit_id=member.visit_id,
                expert_id=member.expert_id,
                position=member.position,
                start=starts[member.visit_id].isoformat(),
            ),
            now,
            OURSELVES,
        )
    return ticket


def _assigned(member: StaffedPosition) -> Assignment:
    return Assignment(
        id=member.assignment_id,
        visit_id=member.visit_id,
        position=member.position,
        expert_id=member.expert_id,
        proposal_id=member.proposal_id,
    )


def unsettled(ticket: Ticket) -> Ticket:
    """The ticket with every group that still waits marked for another evaluation."""
    return ticket.but(
        matching=ticket.matching.but(
            groups=tuple(
                g.but(needs_matching=True) if g.is_live and not g.needs_matching else g
                for g in ticket.matching.groups
            )
        )
    )
