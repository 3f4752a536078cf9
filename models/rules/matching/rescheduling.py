"""What becomes of settled visits when the customer's times change
(docs/rules/matching.md, When something changes)."""

from collections.abc import Collection
from datetime import datetime

from models.calendar import Window
from models.errors import Conflict
from models.event import OURSELVES, Cause
from models.events.matching import GroupReopened, ProposalReactivated
from models.events.ticket import SlotsChanged
from models.events.visit import VisitReleased
from models.messages.ticket import ChangeSlots
from models.rules.matching.dragging import held_back_by, is_appointed, moving_with
from models.rules.matching.passing_over import is_hindered, passed_over
from models.rules.matching.proposing import may_win_again
from models.rules.matching.releasing import told_free, ungranted, without_crew
from models.rules.matching.settling import unsettled
from models.rules.matching.slots import SHORTEST_VISIT, acceptable_slots, require_late_enough
from models.rules.transitions import TicketCommand, require_allowed
from models.ticket import Attention, Ticket
from models.visit import (
    MatchState,
    ProposalState,
    Visit,
    VisitGroup,
    VisitState,
)

_AHEAD = (VisitState.OPEN, VisitState.SCHEDULED)


def with_slots(ticket: Ticket, change: ChangeSlots, now: datetime) -> Ticket:
    """The ticket with the customer's times replaced.

    What still waits is evaluated again with the same proposals. A scheduled visit that still lies
    within a slot stays; any other is released and matched anew.

    Raises:
        Conflict: `illegal-transition`; `reschedule-cutoff` for a visit that is too near, or takes
            one along that is, unless the helpdesk gives a reason.
        Invalid: whatever is wrong with the slots; `slot-too-early` where they leave none to a visit
            that waits for something.
    """
    require_allowed(ticket, TicketCommand.CHANGE_SLOTS)
    shortest = min((v.duration for v in ticket.visits if v.is_live), default=SHORTEST_VISIT)
    slots = acceptable_slots(change.slots, now, shortest, ticket.filing.slots)
    ticket = _at_home(ticket, slots)
    for visit in ticket.visits:
        if visit.state in _AHEAD and visit.slots is None:
            require_late_enough(slots, visit, now)
    ticket = unsettled(ticket).happened(
        SlotsChanged(slots=len(slots), note_id=change.note_id), now, change.by
    )
    misplaced = {v.id for v in ticket.visits if _is_misplaced(v, slots)}
    if not misplaced:
        return ticket
    if not change.by.actor.role.is_staff or change.note_id is None:
        require_time_left(ticket, moving_with(ticket, misplaced, now), now)
    return visits_released(ticket, misplaced, change.by, now)


def _at_home(ticket: Ticket, slots: tuple[Window, ...]) -> Ticket:
    """The ticket whose customer has time then. What they agreed to beside their times of before
    goes with those; whoever names the same times again takes nothing back."""
    if slots == ticket.filing.slots:
        return ticket
    ticket = _with_times(ticket)
    return ticket.but(
        filing=ticket.filing.but(slots=slots),
        visits=tuple(v.but(slots=None, agreed=False) if v.agreed else v for v in ticket.visits),
    )


def asked_for_none(ticket: Ticket) -> Ticket:
    """The ticket whose customer is asked for no times any more, once every visit that is open has
    some."""
    waits = (v for v in ticket.visits if v.state is VisitState.OPEN)
    return _with_times(ticket) if all(ticket.slots_of(v) for v in waits) else ticket


def _with_times(ticket: Ticket) -> Ticket:
    attention = tuple(a for a in ticket.filing.attention if a is not Attention.SLOTS_MISSING)
    return ticket.but(filing=ticket.filing.but(attention=attention))


def require_time_left(ticket: Ticket, moving: Collection[str], now: datetime) -> None:
    """Keep what is too near where it is: the visits that would move, and those they take along, or
    would have to if it had not begun.

    Raises:
        Conflict: `reschedule-cutoff`, of the visit that is nearest.
    """
    begun = held_back_by(ticket, moving)
    along = {*moving, begun.id} if begun else moving
    starts = ((v.start, v.id) for v in ticket.visits if v.id in along and v.start is not None)
    start, visit_id = min(starts)
    if start - now < ticket.policies.reschedule_cutoff:
        raise Conflict(
            "reschedule-cutoff",
            "The visit, or one that would move with it, is too near to be moved; the helpdesk may, "
            "with a reason.",
            visit_id=visit_id,
            start=start.isoformat(),
        )


def visits_released(
    ticket: Ticket,
    visit_ids: Collection[str],
    by: Cause,
    now: datetime,
    why: str | None = None,
) -> Ticket:
    """The ticket with some scheduled visits, and what must move with them, open again: their groups
    in a new round, their proposals back at their old places, but for those of whoever cannot come.
    `why` is a code that their customer reads in words; of those that only move along there is
    none."""
    moving = moving_with(ticket, visit_ids, now)
    for visit in ticket.visits:
        hindered = {a.expert_id for a in visit.crew if is_hindered(ticket, a)}
        if visit.id in moving and hindered:
            ticket = passed_over(ticket, visit, hindered, by, now)
    for visit in ticket.visits:
        if visit.id in moving and not _waits(visit):
            ticket = _opened(ticket, visit, by, now, why if visit.id in visit_ids else None)
    for group in ticket.matching.groups:
        if moving & set(group.visit_ids):
            ticket = _next_round(ticket, group, moving, now)
    return ticket.but(matching=ticket.matching.but(since=now))


def _waits(visit: Visit) -> bool:
    return visit.state is VisitState.OPEN and not visit.crew


def _is_misplaced(visit: Visit, slots: tuple[Window, ...]) -> bool:
    if not is_appointed(visit) or visit.slots is not None:
        return False
    assert visit.start is not None, "a scheduled visit has a start"
    return not any(s.holds(visit.start, visit.start + visit.length) for s in slots)


def _opened(ticket: Ticket, visit: Visit, by: Cause, now: datetime, why: str | None) -> Ticket:
    start, crew = visit.start, visit.crew
    stated = {"reason": why} if why else {}
    ticket = ticket.with_visit(
        without_crew(ungranted(visit)).but(state=VisitState.OPEN, start=None)
    ).happened(
        VisitReleased(visit_id=visit.id, start=start.isoformat() if start else None, **stated),
        now,
        by,
    )
    return told_free(ticket, crew, by, now, start=start.isoformat() if start else None)


def _next_round(ticket: Ticket, group: VisitGroup, moving: set[str], now: datetime) -> Ticket:
    ticket = ticket.with_group(
        group.but(
            round=group.round + 1,
            match_state=MatchState.EMPTY,
            missing=(),
            hold_until=None,
            needs_matching=True,
            undecided=0,
        )
    ).happened(GroupReopened(group_id=group.id, round=group.round + 1), now, OURSELVES)
    for proposal in ticket.matching.proposals:
        if proposal.visit_id in moving and may_win_again(ticket, proposal, now):
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
