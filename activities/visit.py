"""Visits that take longer than was planned: the calendars decide."""

from collections.abc import Mapping
from datetime import datetime

from temporalio import activity

from activities.matching import from_fresh_looks
from models.calendar import Window
from models.db.engine import Database, Session
from models.db.matching.extending import Extending, Stay, extend, stays
from models.db.people.calendar import CalendarRepository
from models.db.ticket.reads import TicketReads
from models.messages.matching import ScheduledVisit
from models.messages.visit import ExtendVisit, GiveTimeBack, TimeBack, VisitExtension
from models.rules.visit.overrun import concerned, latest_end, moving, needed_from, room_for
from models.rules.visit.returning import way_back
from models.rules.visit.shifting import Calendars
from models.ticket import Ticket
from models.visit import AssignmentState, Visit
from temporal.failpoints import Failpoint, reached


class VisitActivities:
    """What becomes of visits in the calendars of those who make them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    def extend_visit(self, ask: ExtendVisit) -> VisitExtension:
        """Let a visit last longer, and move what follows it, if every calendar has room.

        Again after success: the calendars have the end that was asked for, and say when what
        follows is now.
        """
        return from_fresh_looks(lambda: _extended(self._database, ask))

    @activity.defn
    def give_time_back(self, ask: GiveTimeBack) -> TimeBack:
        """Let a visit end earlier again, and what moved for it begin earlier, as far as every
        calendar allows.

        Again after success: the calendars have another end than the ticket, and say when what
        follows is now.
        """
        return from_fresh_looks(lambda: _given_back(self._database, ask))


def _extended(database: Database, ask: ExtendVisit) -> VisitExtension:
    ticket = ask.ticket
    visit = ticket.visit(ask.visit_id)
    assert visit is not None, "a ticket asks for its own visits"
    with database.reading() as session:
        booked = stays(session, [a.id for v in ticket.visits for a in v.crew])
        if _has_end(visit, booked, ask.end):
            return _granted(ask, _moved_in(ticket, visit, booked))
        calendars = _calendars(session, ticket, visit, ask.now)
    starts = room_for(ticket, visit, ask.end, calendars)
    if starts is None:
        return VisitExtension(
            end=ask.end,
            granted=False,
            finish_by=latest_end(ticket, visit, ask.end, calendars),
            next_at=needed_from(ticket, visit, ask.end, calendars),
        )
    reached(Failpoint.BEFORE_EXTEND, ticket.id)
    extend(database, _change(ticket, visit, ask.end, starts, calendars), calendars.diaries)
    reached(Failpoint.AFTER_EXTEND, ticket.id)
    return _granted(ask, starts)


def _given_back(database: Database, ask: GiveTimeBack) -> TimeBack:
    ticket = ask.ticket
    visit = ticket.visit(ask.visit_id)
    assert visit is not None, "a ticket asks for its own visits"
    assert visit.end is not None, "what was granted time has its own"
    with database.reading() as session:
        booked = stays(session, [a.id for v in ticket.visits for a in v.crew])
        end = booked[visit.crew[0].id].end
        if end != visit.end:
            return TimeBack(end=end, moved=_scheduled(_moved_in(ticket, visit, booked)))
        calendars = _calendars(session, ticket, visit, ask.now)
    end, starts = way_back(ticket, visit, ask.end, ask.moved, calendars)
    if end < visit.end:
        reached(Failpoint.BEFORE_RETURN, ticket.id)
        extend(database, _change(ticket, visit, end, starts, calendars), calendars.diaries)
        reached(Failpoint.AFTER_RETURN, ticket.id)
    return TimeBack(end=end, moved=_scheduled(starts))


def _calendars(session: Session, ticket: Ticket, visit: Visit, now: datetime) -> Calendars:
    place = TicketReads(session).place(ticket.id)
    assert place is not None, "a visit that was booked has a place"
    who = sorted(concerned(ticket, visit))
    since = min(now, visit.start or now)
    diaries = CalendarRepository(session).diaries_among(who, since, place)
    return Calendars(place, {d.expert.id: d for d in diaries}, now)


def _has_end(visit: Visit, booked: Mapping[str, Window], end: datetime) -> bool:
    """Whether whoever is there has the end that is asked for already."""
    ends = [booked[a.id].end for a in visit.crew if a.state is not AssignmentState.DONE]
    return bool(ends) and all(at == end for at in ends)


def _moved_in(ticket: Ticket, visit: Visit, booked: Mapping[str, Window]) -> dict[str, datetime]:
    """The visits after it that the calendars have at other times than the ticket."""
    later = [v for v in ticket.visits if v.id in moving(ticket, visit)]
    found = {v.id: booked[a.id].start for v in later for a in v.crew}
    return {v.id: found[v.id] for v in later if found[v.id] != v.start}


def _granted(ask: ExtendVisit, starts: Mapping[str, datetime]) -> VisitExtension:
    return VisitExtension(end=ask.end, granted=True, moved=_scheduled(starts))


def _scheduled(starts: Mapping[str, datetime]) -> tuple[ScheduledVisit, ...]:
    return tuple(ScheduledVisit(visit_id=visit_id, start=at) for visit_id, at in starts.items())


def _change(
    ticket: Ticket,
    visit: Visit,
    end: datetime,
    starts: Mapping[str, datetime],
    calendars: Calendars,
) -> Extending:
    group = ticket.group_of(visit.id)
    assert group is not None, "a visit that has begun was booked"
    assert visit.start is not None, "a visit that has begun was booked"
    moved = [(v, starts[v.id]) for v in ticket.visits if v.id in starts]
    return Extending(
        ticket_id=ticket.id,
        group_id=group.id,
        round=group.round,
        place=calendars.place,
        grown=_stays(visit, visit.start, end),
        moved=[stay for v, at in moved for stay in _stays(v, at, at + v.length)],
    )


def _stays(visit: Visit, start: datetime, end: datetime) -> list[Stay]:
    return [
        Stay(assignment_id=a.id, expert_id=a.expert_id, start=start, end=end) for a in visit.crew
    ]
