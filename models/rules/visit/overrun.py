"""Whether there is room for more time on a visit, and what else moves for it
(docs/rules/states.md, More time). Times are UTC, lengths multiples of the grid."""

from collections.abc import Collection
from datetime import datetime

from models.calendar import GRID, Window, grid_at_or_after
from models.rules.matching.dragging import rules_of
from models.rules.matching.slots import HORIZON
from models.rules.visit.shifting import Calendars, shifted, standing
from models.ticket import Ticket
from models.visit import AssignmentState, Visit, VisitState


def room_for(
    ticket: Ticket, visit: Visit, end: datetime, calendars: Calendars
) -> dict[str, datetime] | None:
    """The visits that begin later, and when, if a visit ends at `end`; None if it cannot.

    Everybody on it has to be free until then, the way to what follows included. What comes after
    it keeps its gaps, or moves: the same people, not earlier than it stands, in the customer's
    slots, in the windows of the proposals that were selected and where their calendars allow it;
    of all such starts the least, as the rule of matching orders them (K1, K2).
    """
    later = moving(ticket, visit)
    if _busy_from(visit, end, calendars, later) is not None:
        return None
    if not _breaking(ticket, visit, end):
        return {}
    if any(v.id not in later for v in _breaking(ticket, visit, end)):
        return None
    within = {v.id: _later(v, calendars.now) for v in ticket.visits if v.id in later}
    return shifted(ticket, visit, end, within, calendars)


def latest_end(ticket: Ticket, visit: Visit, asked: datetime, calendars: Calendars) -> datetime:
    """The latest end before the one that was asked for, for which there is room; the planned one,
    if there is none that still lies ahead."""
    assert visit.end is not None, "a visit that has begun has its time"
    end = asked - GRID
    while end > max(visit.end, calendars.now):
        if room_for(ticket, visit, end, calendars) is not None:
            return end
        end -= GRID
    return visit.end


def needed_from(
    ticket: Ticket, visit: Visit, end: datetime, calendars: Calendars
) -> datetime | None:
    """From when what is next needs somebody, if that is before `end`: whoever is elsewhere, the way
    included, or a visit that cannot wait so long."""
    found = [v.start for v in _breaking(ticket, visit, end) if v.start is not None]
    busy = _busy_from(visit, end, calendars, moving(ticket, visit))
    return min([*found, busy] if busy else found, default=None)


def moving(ticket: Ticket, visit: Visit) -> set[str]:
    """What comes after a visit, directly or not, and has not begun: it can be moved."""
    found = {visit.id}
    while True:
        more = {d.successor for d in rules_of(ticket) if d.predecessor in found}
        more = {v.id for v in ticket.visits if v.id in more and v.state is VisitState.SCHEDULED}
        if more <= found:
            return found - {visit.id}
        found |= more


def concerned(ticket: Ticket, visit: Visit) -> set[str]:
    """The experts whose calendars have to be looked at."""
    later = moving(ticket, visit)
    return {a.expert_id for v in ticket.visits if v.id in {visit.id, *later} for a in v.crew}


def _busy_from(
    visit: Visit, end: datetime, calendars: Calendars, later: Collection[str]
) -> datetime | None:
    """From when somebody who is still there has to be elsewhere before `end`."""
    assert visit.end is not None, "a visit that has begun has its time"
    kept = (
        clash.window.start
        for a in visit.crew
        if a.state is not AssignmentState.DONE
        for clash in calendars.diaries[a.expert_id].kept(calendars.place, {visit.id, *later})
        if clash.window.overlaps(visit.end, end)
    )
    return min(kept, default=None)


def _breaking(ticket: Ticket, visit: Visit, end: datetime) -> list[Visit]:
    """The visits right after it whose gap would be too short."""
    rules = {d.successor: d.min_gap for d in rules_of(ticket) if d.predecessor == visit.id}
    return [
        v
        for v in ticket.visits
        if v.id in rules and v.is_live and v.start is not None and v.start - end < rules[v.id]
    ]


def _later(visit: Visit, now: datetime) -> Window:
    """When else than where it stands it may be: later, and not before now."""
    after = max(standing(visit).start + GRID, grid_at_or_after(now))
    return Window(start=after, end=after + HORIZON)
