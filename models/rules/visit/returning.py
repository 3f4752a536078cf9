"""How far a visit ends earlier again, when a need for more time was taken back, and what moves back
(docs/rules/states.md, More time). Times are UTC."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from models.calendar import GRID, Window, grid_at_or_after
from models.field import ShiftedVisit
from models.rules.matching.dragging import rules_of
from models.rules.visit.shifting import Calendars, shifted, standing
from models.ticket import Ticket
from models.visit import Visit, VisitState


def way_back(
    ticket: Ticket,
    visit: Visit,
    asked: datetime,
    moved: Iterable[ShiftedVisit],
    calendars: Calendars,
) -> tuple[datetime, dict[str, datetime]]:
    """Until when a visit lasts that is to end at `asked` again, and the visits that begin earlier.

    What moved goes back as far as it was, with the same people, where slots, selected windows,
    gaps and calendars still allow it and nobody is sent sooner than `replacement_min_lead`; what
    cannot stays. The visit ends as early as the gaps to all of that let it.
    """
    assert visit.end is not None, "a visit that has begun has its time"
    within = _bounds(ticket, moved, calendars.now)
    end = asked
    while end < visit.end:
        if _stands(ticket, visit, end, within):
            found = shifted(ticket, visit, end, within, calendars) if within else {}
            if found is not None:
                return end, found
        end += GRID
    return visit.end, {}


def _bounds(ticket: Ticket, moved: Iterable[ShiftedVisit], now: datetime) -> Mapping[str, Window]:
    """From when to when each may be that has not begun and stands where it was moved to; who was
    told of the later time has to hear of the other one before they set out."""
    soonest = grid_at_or_after(now + ticket.policies.replacement_min_lead)
    visits = {v.id: v for v in ticket.visits if v.state is VisitState.SCHEDULED}
    found: dict[str, Window] = {}
    for shift in moved:
        visit = visits.get(shift.visit_id)
        if visit is None or visit.start != shift.start or soonest >= shift.start:
            continue
        first = max(shift.was, soonest)
        found[visit.id] = Window(start=first, end=standing(visit).end)
    return found


def _stands(ticket: Ticket, visit: Visit, end: datetime, moving: Collection[str]) -> bool:
    """Whether nothing that stays is further from `end` than it may be."""
    starts = {v.id: v.start for v in ticket.visits if v.state is not VisitState.CANCELLED}
    return all(
        start - end <= rule.max_gap
        for rule in rules_of(ticket)
        if rule.predecessor == visit.id
        and rule.successor not in moving
        and rule.max_gap is not None
        and (start := starts.get(rule.successor)) is not None
    )
