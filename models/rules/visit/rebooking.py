"""A visit that its customer wants at other times: one to which somebody cannot come moves whenever
they say so (docs/rules/matching.md, Moving a visit)."""

from datetime import datetime

from models.events.visit import VisitMoveAsked
from models.messages.visit import MoveVisit
from models.rules.matching import moving
from models.rules.matching.slots import acceptable_slots, require_late_enough
from models.rules.transitions import MOVING, TicketCommand, require_allowed, require_visit
from models.rules.visit.absence import matched_anew
from models.rules.visit.missing import is_in_vain, is_nobody_there
from models.ticket import Ticket
from models.visit import Visit


def moved(ticket: Ticket, change: MoveVisit, now: datetime) -> Ticket:
    """The ticket with a visit at other times. Where we cannot come as we said, no moment is too
    late for its customer to name them, whether or not they were asked.

    Raises:
        as `moving.moved`.
    """
    visit = ticket.visit(change.visit_id)
    if visit is None or change.slots is None or change.by.actor.role.is_staff:
        return moving.moved(ticket, change, now)
    if not is_let_down(visit):
        return moving.moved(ticket, change, now)
    require_allowed(ticket, TicketCommand.CHANGE_SLOTS, MOVING)
    slots = acceptable_slots(change.slots, now, visit.duration, ticket.slots_of(visit))
    require_late_enough(slots, visit, now)
    ticket = ticket.with_visit(visit.but(slots=slots, agreed=False)).happened(
        VisitMoveAsked(visit_id=visit.id, slots=len(slots), note_id=change.note_id),
        now,
        change.by,
    )
    return matched_anew(ticket, require_visit(ticket, visit.id), change.by, now, why=None)


def is_let_down(visit: Visit) -> bool:
    """Whether somebody is to come to a settled visit who does not, and nobody is there."""
    return is_in_vain(visit) and not visit.is_fixed and is_nobody_there(visit)
