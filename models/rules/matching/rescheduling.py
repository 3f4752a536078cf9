"""What becomes of settled visits when the customer's times change
(docs/rules/matching.md, When something changes)."""

from collections.abc import Collection
from datetime import datetime

from models.calendar import Window, grid_starts
from models.errors import Conflict
from models.event import OURSELVES, Cause
from models.events.matching import GroupReopened, ProposalReactivated
from models.events.ticket import SlotsChanged
from models.events.visit import AssignmentReleased, VisitReleased
from models.messages.ticket import ChangeSlots
from models.rules.matching.settling import unsettled
from models.rules.matching.slots import SHORTEST_VISIT, acceptable_slots
from models.rules.transitions import TicketCommand, require_allowed
from models.ticket import Attention, Ticket
from models.visit import (
    AssignmentState,
    Dependency,
    MatchState,
    Proposal,
    ProposalState,
    Visit,
    VisitGroup,
    VisitState,
)


def with_slots(ticket: Ticket, change: ChangeSlots, now: datetime) -> Ticket:
    """The ticket with the customer's times replaced.

    What still waits is evaluated again with the same proposals. A scheduled visit that still lies
    within a slot stays; any other is released and matched anew.

    Raises:
        Conflict: `illegal-transition`; `reschedule-cutoff` for a visit that is too near, unless
            the helpdesk gives a reason.
        Invalid: whatever is wrong with the slots.
    """
    require_allowed(ticket, TicketCommand.CHANGE_SLOTS)
    shortest = min((v.duration for v in ticket.visits if v.is_live), default=SHORTEST_VISIT)
    slots = acceptable_slots(change.slots, now, shortest)
    ticket = unsettled(
        ticket.but(
            filing=ticket.filing.but(
                slots=slots,
                attention=tuple(
                    a for a in ticket.filing.attention if a is not Attention.SLOTS_MISSING
                ),
            ),
        )
    ).happened(SlotsChanged(slots=len(slots), note_id=change.note_id), now, change.by)
    misplaced = [v for v in ticket.visits if _is_misplaced(v, slots)]
    may_be_near = change.by.actor.role.is_staff and change.note_id is not None
    for visit in misplaced:
        assert visit.start is not None, "a scheduled visit has a start"
        if visit.start - now < ticket.policies.reschedule_cutoff and not may_be_near:
            raise Conflict(
                "reschedule-cutoff",
                "The visit is too near to be moved; the helpdesk may, with a reason.",
                visit_id=visit.id,
                start=visit.start.isoformat(),
            )
    return (
        visits_released(ticket, [v.id for v in misplaced], change.by, now) if misplaced else ticket
    )


def visits_released(ticket: Ticket, visit_ids: Collection[str], by: Cause, now: datetime) -> Ticket:
    """The ticket with some scheduled visits, and what must move with them, open again: their groups
    in a new round, their proposals back at their old places."""
    moving = _moving_with(ticket, set(visit_ids))
    for visit in ticket.visits:
        if visit.id in moving:
            ticket = _opened(ticket, visit, by, now)
    for group in ticket.matching.groups:
        if moving & set(group.visit_ids):
            ticket = _next_round(ticket, group, moving, now)
    return ticket.but(matching=ticket.matching.but(since=now))


def _is_misplaced(visit: Visit, slots: tuple[Window, ...]) -> bool:
    if not _is_appointed(visit) or visit.slots is not None:
        return False
    assert visit.start is not None, "a scheduled visit has a start"
    return not any(s.holds(visit.start, visit.start + visit.duration) for s in slots)


def _is_appointed(visit: Visit) -> bool:
    return visit.state is VisitState.SCHEDULED or visit.is_fixed


def _moving_with(ticket: Ticket, moving: set[str]) -> set[str]:
    """A moved visit takes its not-started successors along, and a predecessor when no slot is left
    within the gap behind it."""
    rules = [d for g in ticket.matching.groups for d in g.dependencies]
    while True:
        more = {d.successor for d in rules if d.predecessor in moving}
        more |= {d.predecessor for d in rules if d.successor in moving and _breaks(ticket, d)}
        more = {v.id for v in ticket.visits if v.id in more and _is_appointed(v)}
        if more <= moving:
            return moving
        moving = moving | more


def _breaks(ticket: Ticket, rule: Dependency) -> bool:
    before, after = ticket.visit(rule.predecessor), ticket.visit(rule.successor)
    if before is None or after is None or before.end is None:
        return False
    first = before.end + rule.min_gap
    starts = (
        s for slot in ticket.slots_of(after) for s in grid_starts(slot, after.duration, first)
    )
    return not any(rule.max_gap is None or s - before.end <= rule.max_gap for s in starts)


def _opened(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    start, crew = visit.start, visit.crew
    ticket = ticket.with_visit(
        visit.but(
            state=VisitState.OPEN,
            start=None,
            assignments=tuple(
                a.but(state=AssignmentState.RELEASED) if a.is_live else a for a in visit.assignments
            ),
        )
    ).happened(
        VisitReleased(visit_id=visit.id, start=start.isoformat() if start else None), now, by
    )
    for freed in crew:
        ticket = ticket.happened(
            AssignmentReleased(
                assignment_id=freed.id,
                visit_id=visit.id,
                expert_id=freed.expert_id,
                start=start.isoformat() if start else None,
            ),
            now,
            by,
        )
    return ticket


def _next_round(ticket: Ticket, group: VisitGroup, moving: set[str], now: datetime) -> Ticket:
    ticket = ticket.with_group(
        group.but(
            round=group.round + 1,
            match_state=MatchState.EMPTY,
            missing=(),
            hold_until=None,
            needs_matching=True,
        )
    ).happened(GroupReopened(group_id=group.id, round=group.round + 1), now, OURSELVES)
    for proposal in ticket.matching.proposals:
        if proposal.visit_id in moving and _may_win_again(ticket, proposal, now):
            ticket = ticket.with_proposal(proposal.but(state=ProposalState.ACTIVE)).happened(
                ProposalReactivated(
                    proposal_id=proposal.id,
                    visit_id=proposal.visit_id,
                    expert_id=proposal.expert_id,
                    priority_seq=proposal.seq,
                ),
                now,
                OURSELVES,
            )
    return ticket


def _may_win_again(ticket: Ticket, proposal: Proposal, now: datetime) -> bool:
    visit = ticket.visit(proposal.visit_id)
    if visit is None or proposal.state not in (ProposalState.RELEASED, ProposalState.SELECTED):
        return False
    return any(next(grid_starts(w, visit.duration, now), None) for w in proposal.windows)
