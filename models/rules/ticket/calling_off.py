"""One visit is called off, and its ticket goes on (docs/rules/states.md, Visit)."""

from collections.abc import Collection
from datetime import datetime

from models.errors import Conflict
from models.escalation import EscalationReason
from models.event import Cause
from models.events.incident import VisitCalledOff
from models.messages.ticket import CancelTicket
from models.messages.visit import CancelVisit, CloseAsItIs
from models.rules.matching.dragging import is_appointed
from models.rules.matching.proposing import proposals_released
from models.rules.matching.releasing import told_free, without_crew
from models.rules.matching.rescheduling import visits_released
from models.rules.matching.settling import finalised
from models.rules.ticket.closing import cancelled
from models.rules.transitions import illegal, require_visit
from models.rules.visit import concluding, door
from models.rules.visit.follow_up import coming_after
from models.rules.visit.missing import absent
from models.rules.visit.presence import is_all_that_is_left
from models.rules.visit.settled import completed_if_done
from models.ticket import Ticket
from models.visit import MatchState, Visit, VisitState

_MAY_BE = (
    VisitState.OPEN,
    VisitState.SCHEDULED,
    VisitState.EN_ROUTE,
    VisitState.ON_SITE,
    VisitState.BLOCKED,
)


def called_off(ticket: Ticket, ask: CancelVisit, now: datetime) -> Ticket:
    """The ticket without a visit: its experts are free, what had to follow it follows nothing any
    more and is matched anew. A ticket that has no other visit left is cancelled with it.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `illegal-transition` once work has begun; `doubt-gone` where the question that it
            answers has answered itself.
    """
    visit = require_visit(ticket, ask.visit_id)
    if visit.state not in _MAY_BE:
        raise illegal("cancel_visit", visit.state, [])
    if ask.reason is EscalationReason.CANNOT_ARRIVE and not absent(visit):
        raise Conflict("doubt-gone", "Who was in doubt comes after all.")
    if ask.reason is EscalationReason.CANNOT_ENTER:
        ticket = door.missed(ticket, visit, ask.by, now)
        visit = require_visit(ticket, visit.id)
    if is_all_that_is_left(ticket, visit):
        return cancelled(ticket, CancelTicket(by=ask.by, note_id=ask.note_id), now)
    ticket = _struck_out(ticket, visit, ask, now)
    ticket = proposals_released(ticket, [visit.id], ask.by, now)
    followers = _followers(ticket, visit)
    ticket = _out_of_its_group(ticket, visit, ask.by, now)
    if followers:
        ticket = visits_released(ticket, followers, ask.by, now)
    return completed_if_done(ticket, now)


def closed_as_it_is(ticket: Ticket, close: CloseAsItIs, now: datetime) -> Ticket:
    """The ticket with a visit that nothing follows. Whether what was to come after it still makes
    sense, a person says: it waits for nothing any more, or is called off, with what was to come
    after that. What has begun goes on. The same request again changes nothing.

    Raises:
        NotFound, Conflict: as `concluding.closed_as_it_is`.
    """
    rest = coming_after(ticket, close.visit_id) if close.without_rest else ()
    ticket = concluding.closed_as_it_is(ticket, close, now)
    for visit_id in rest:
        ticket = called_off(ticket, CancelVisit(visit_id=visit_id, by=close.by), now)
    return ticket


def _struck_out(ticket: Ticket, visit: Visit, ask: CancelVisit, now: datetime) -> Ticket:
    start = visit.start.isoformat() if visit.start else None
    struck_out = without_crew(visit).but(state=VisitState.CANCELLED)
    ticket = ticket.with_visit(struck_out).happened(
        VisitCalledOff(visit_id=visit.id, start=start, note_id=ask.note_id), now, ask.by
    )
    return told_free(ticket, visit.crew, ask.by, now, start=start)


def _followers(ticket: Ticket, visit: Visit) -> Collection[str]:
    """What has its time, has not begun, and had to follow a visit."""
    after = {
        rule.successor
        for group in ticket.matching.groups
        for rule in group.dependencies
        if rule.predecessor == visit.id
    }
    return [v.id for v in ticket.visits if v.id in after and is_appointed(v)]


def _out_of_its_group(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket in which nothing hangs together with a visit any more."""
    group = ticket.group_of(visit.id)
    if group is None:
        return ticket
    rules = tuple(d for d in group.dependencies if visit.id not in (d.predecessor, d.successor))
    group = group.but(dependencies=rules)
    states = {v.state for v in ticket.visits if v.id in group.visit_ids}
    if group.is_live and states != {VisitState.CANCELLED} and VisitState.OPEN not in states:
        return finalised(ticket, group, by, now)
    if states == {VisitState.CANCELLED}:
        group = group.but(match_state=MatchState.CANCELLED, needs_matching=False)
    elif group.is_live:
        group = group.but(needs_matching=True)
    ticket = ticket.with_group(group)
    if not any(g.is_live for g in ticket.matching.groups):
        return ticket.but(matching=ticket.matching.but(since=None))
    return ticket
