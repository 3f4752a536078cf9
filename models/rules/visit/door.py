"""What follows when nobody opens: the customer is called, the expert waits, and at last leaves
(docs/rules/states.md, A closed door)."""

from datetime import datetime, timedelta

from models.actor import Role
from models.errors import Conflict
from models.escalation import Doubt, EscalationReason
from models.event import OURSELVES, Cause
from models.events.incident import (
    CustomerComing,
    CustomerMissed,
    DoorKnocked,
    DoorWaitExtended,
    DoorWaitOver,
)
from models.messages.visit import CustomerComing as Coming
from models.messages.visit import WaitAtDoor
from models.rules.escalation.doubts import require_doubt, with_patience
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import require_visit
from models.rules.visit.shut_out import (
    at_the_door,
    is_shut_out,
    is_waited_for,
    shut_out_since,
    waits_until,
)
from models.ticket import Ticket
from models.visit import Visit

WHY = "cannot_enter"
"""Why a visit is open again, for whoever tells its customer."""


def knocked(ticket: Ticket, before: Visit, now: datetime) -> Ticket:
    """The ticket whose customer is called by every way there is, if a door has just turned out to
    be closed: `before` is the visit without that report."""
    visit = require_visit(ticket, before.id)
    until = waits_until(ticket, visit)
    if until is None or is_shut_out(before):
        return ticket
    known = DoorKnocked(visit_id=visit.id, expires_at=until.isoformat())
    return ticket.happened(known, now, OURSELVES)


def waited(ticket: Ticket, wait: WaitAtDoor, now: datetime) -> Ticket:
    """The ticket whose expert is asked to wait at the door; nobody else is asked meanwhile.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone` where the door is open, or the visit given up.
    """
    visit = require_visit(ticket, wait.visit_id)
    require_doubt(ticket, visit.id, EscalationReason.CANNOT_ENTER, now)
    length = ticket.policies.door_wait
    if wait.minutes is not None:
        length = timedelta(minutes=wait.minutes)
    until = max(now, shut_out_since(visit) or now) + length
    ticket = _waiting(ticket, visit, until)
    for assignment in at_the_door(visit):
        extended = DoorWaitExtended(
            visit_id=visit.id, expert_id=assignment.expert_id, expires_at=until.isoformat()
        )
        ticket = ticket.happened(extended, now, wait.by)
    return ticket


def customer_coming(ticket: Ticket, coming: Coming, now: datetime) -> Ticket:
    """The ticket whose expert hears that the customer comes to the door, and waits for them. Said
    again by the customer, it changes nothing: nobody is kept waiting for ever.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `door-open`: nobody waits at the door any more.
    """
    visit = require_visit(ticket, coming.visit_id)
    since = shut_out_since(visit)
    if since is None:
        raise Conflict("door-open", "Nobody waits before your door any more.")
    # That somebody else had the expert wait says nothing of the customer: this is news then.
    is_said = visit.coming_said is not None and visit.coming_said >= since
    if is_said and coming.by.actor.role is Role.CUSTOMER:
        return ticket
    until = max(now + ticket.policies.door_wait, waits_until(ticket, visit) or now)
    ticket = _waiting(ticket, visit.but(coming_said=now), until)
    for assignment in at_the_door(visit):
        known = CustomerComing(
            visit_id=visit.id, expert_id=assignment.expert_id, expires_at=until.isoformat()
        )
        ticket = ticket.happened(known, now, coming.by)
    return ticket


def waits_over(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    """The ticket whose experts hear that they may leave, where they have waited for long enough at
    `due`; once for each wait."""
    for visit in ticket.visits:
        until = waits_until(ticket, visit)
        if until is None or until > due or not is_waited_for(ticket, visit):
            continue
        ticket = ticket.with_visit(visit.but(may_leave=until))
        for assignment in at_the_door(visit):
            over = DoorWaitOver(visit_id=visit.id, expert_id=assignment.expert_id)
            ticket = ticket.happened(over, now, OURSELVES)
    return ticket


def rescheduled(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket whose customer was not there, and whose visit is matched anew with everybody's
    proposals.

    Raises:
        Conflict: `doubt-gone` where the door was opened.
    """
    ticket = missed(ticket, visit, by, now)
    return visits_released(ticket, [visit.id], by, now, why=WHY)


def missed(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket with one more visit for which its customer was not there.

    Raises:
        Conflict: `doubt-gone` where the door was opened.
    """
    if not is_shut_out(visit):
        raise Conflict("doubt-gone", "The door was opened, or nobody is before it any more.")
    start = visit.start.isoformat() if visit.start else None
    ticket = ticket.with_visit(visit.but(no_shows=visit.no_shows + 1))
    return ticket.happened(CustomerMissed(visit_id=visit.id, start=start), now, by)


def _waiting(ticket: Ticket, visit: Visit, until: datetime) -> Ticket:
    """The ticket in which nobody is asked about a door before its expert has waited until then."""
    ticket = ticket.with_visit(visit.but(wait_until=until))
    doubt = Doubt(visit.id, EscalationReason.CANNOT_ENTER, visit.seq)
    return with_patience(ticket, doubt, until)
