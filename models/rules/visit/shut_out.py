"""An expert is before a closed door: since when, and how long they wait (docs/rules/states.md, A
closed door)."""

from datetime import datetime

from models.rules.visit.standing import standing_of
from models.ticket import Ticket
from models.visit import Assignment, Visit, VisitState


def is_shut_out(visit: Visit) -> bool:
    """Whether a visit cannot begin because nobody opens."""
    return visit.state is VisitState.BLOCKED and bool(at_the_door(visit))


def at_the_door(visit: Visit) -> tuple[Assignment, ...]:
    """Those of the crew who stand before a closed door."""
    return tuple(a for a in visit.crew if standing_of(visit.facts_of(a)).is_shut_out)


def shut_out_since(visit: Visit) -> datetime | None:
    """Since when we know that the door is closed which is closed still. The customer hears of it
    then and not before, whenever the expert said so to their phone."""
    if not is_shut_out(visit):
        return None
    return min(_since(visit, assignment) for assignment in at_the_door(visit))


def waits_until(ticket: Ticket, visit: Visit) -> datetime | None:
    """Until when the expert waits: as somebody said, or as long as the policy says; None where no
    door is closed."""
    since = shut_out_since(visit)
    if since is None:
        return None
    is_said = visit.wait_until is not None and visit.wait_until > since
    return visit.wait_until if is_said else since + ticket.policies.door_wait


def is_waited_for(ticket: Ticket, visit: Visit) -> bool:
    """Whether an expert before a closed door was not told yet that they may leave."""
    until = waits_until(ticket, visit)
    return until is not None and visit.may_leave != until


def with_leave_kept(ticket: Ticket) -> Ticket:
    """The ticket before its policies become others: an expert who was told that they may leave has
    waited long enough."""
    for visit in ticket.visits:
        until = waits_until(ticket, visit)
        if until is not None and visit.may_leave == until:
            ticket = ticket.with_visit(visit.but(wait_until=until))
    return ticket


def _since(visit: Visit, assignment: Assignment) -> datetime:
    """When we had the report with which the door was closed that is closed still."""
    facts = sorted(visit.facts_of(assignment), key=lambda f: f.order)
    first = len(facts) - 1
    while first and standing_of(facts[:first]).is_shut_out:
        first -= 1
    return facts[first].received_at or facts[first].occurred_at
