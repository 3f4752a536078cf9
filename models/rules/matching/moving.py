"""A visit that its customer, or the helpdesk for them, wants at another time
(docs/rules/matching.md, Moving a visit)."""

from collections.abc import Iterator
from datetime import datetime

from models.calendar import Window, grid_starts
from models.errors import Invalid, NotFound
from models.events.visit import VisitMoveAsked
from models.messages.visit import MoveVisit
from models.rules.matching.dragging import is_appointed, moving_with
from models.rules.matching.rescheduling import asked_for_none, require_time_left, visits_released
from models.rules.matching.slots import acceptable_slots, require_late_enough
from models.rules.transitions import MOVING, TicketCommand, illegal, require_allowed
from models.ticket import Ticket
from models.visit import Visit, VisitState

UNTIL_WORK = (VisitState.EN_ROUTE, VisitState.ON_SITE, VisitState.BLOCKED)
"""Nobody has begun, and somebody is under way: only the helpdesk still moves it."""


def moved(ticket: Ticket, change: MoveVisit, now: datetime) -> Ticket:
    """The ticket with a visit at other times, to be matched anew with everybody's proposals at
    their old places; without times, at another of those that stand. One that waits takes new times
    and stays where it is.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `illegal-transition`, once work has begun, or for a customer once somebody is
            under way; `reschedule-cutoff` for a customer whose visit, or one that moves along, is
            too near.
        Invalid: `reason-missing` of the helpdesk; `slots-missing` where no other time stands;
            whatever is wrong with the slots.
    """
    visit = ticket.visit(change.visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "The ticket has no such visit.")
    require_allowed(ticket, TicketCommand.CHANGE_SLOTS, MOVING)
    is_staff = change.by.actor.role.is_staff
    waits = visit.state is VisitState.OPEN and not is_appointed(visit)
    movable = is_appointed(visit) or (waits and change.slots is not None)
    if not movable and not (is_staff and visit.state in UNTIL_WORK):
        raise illegal(MOVING, visit.state, [])
    if is_staff and change.note_id is None:
        raise Invalid("reason-missing", "Say why the visit is moved.", field="/reason")
    ticket = asked_for_none(ticket.with_visit(_elsewhere(ticket, visit, change, now)))
    if not is_staff and not waits:
        require_time_left(ticket, moving_with(ticket, {visit.id}, now), now)
    ticket = ticket.happened(
        VisitMoveAsked(
            visit_id=visit.id,
            slots=None if change.slots is None else len(change.slots),
            note_id=change.note_id,
        ),
        now,
        change.by,
    )
    if not waits:
        return visits_released(ticket, [visit.id], change.by, now)
    group = ticket.group_of(visit.id)
    assert group is not None, "an open visit belongs to a group"
    return ticket.with_group(group.but(needs_matching=True))


def _elsewhere(ticket: Ticket, visit: Visit, change: MoveVisit, now: datetime) -> Visit:
    """The visit with the times that were named, or else with those that stand but the one that it
    had: who asks for that would get the same hour again."""
    standing = ticket.slots_of(visit)
    if change.slots is not None:
        slots = acceptable_slots(change.slots, now, visit.duration, standing)
        require_late_enough(slots, visit, now)
        return visit.but(slots=slots, agreed=False)
    assert visit.start is not None, "only what has its time is moved without another"
    end = visit.start + visit.length
    left = tuple(w for slot in standing for w in _beside(slot, visit.start, end))
    if not any(next(grid_starts(w, visit.duration, now), None) for w in left):
        raise Invalid(
            "slots-missing", "No other of the times that stand holds the visit.", field="/slots"
        )
    return visit.but(slots=left, agreed=visit.agreed or visit.slots is None)


def _beside(slot: Window, start: datetime, end: datetime) -> Iterator[Window]:
    """What is left of a slot without `[start, end)`."""
    if not slot.overlaps(start, end):
        yield slot
        return
    if slot.start < start:
        yield Window(start=slot.start, end=start)
    if end < slot.end:
        yield Window(start=end, end=slot.end)
