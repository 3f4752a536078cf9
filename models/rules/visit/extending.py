"""A need for more time, granted or not (docs/rules/states.md, More time). Whether there is room,
the calendars say; what follows is the ticket's."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.calendar import GRID, grid_at_or_after
from models.errors import Conflict
from models.event import Cause
from models.events.continuing import (
    AssignmentBroughtForward,
    AssignmentExtended,
    AssignmentShifted,
    ExtensionRefused,
    VisitExtended,
)
from models.events.visit import VisitChanged
from models.field import (
    EXTENSION_STEP,
    FactKind,
    Granted,
    NoRoom,
    ReportedFact,
    ShiftedVisit,
)
from models.messages.matching import ScheduledVisit
from models.messages.visit import ExtendVisit, ReportVisit, VisitExtension
from models.rules.transitions import rank
from models.ticket import Matching, Ticket
from models.visit import AssignmentState, Visit

_MINUTE = timedelta(minutes=1)


def asks_for_time(fact: ReportVisit) -> bool:
    """Whether the calendars have to be asked before a report can be answered."""
    return fact.kind is FactKind.NEED_MORE_TIME


def extension_due(
    ticket: Ticket, before: Ticket, fact: ReportVisit, now: datetime
) -> ExtendVisit | None:
    """What the calendars are asked for a report that `ticket` has and `before` had not; nothing,
    where it changes nothing any more: its expert is done, or was let go."""
    visit, known = ticket.visit(fact.visit_id), _reported(ticket, fact)
    if visit is None or known is None or _reported(before, fact) is not None:
        return None
    if visit.end is None:
        return None
    assignment = next((a for a in visit.crew if a.id == known.assignment_id), None)
    if assignment is None or known.particulars.minutes is None or not visit.is_live:
        return None
    if assignment.state is AssignmentState.CANNOT_ARRIVE or (
        rank(assignment.state) >= rank(AssignmentState.DONE)
    ):
        return None
    return ExtendVisit(
        ticket=concerning(ticket, visit),
        visit_id=visit.id,
        end=granted_until(visit.end, known),
        now=now,
    )


def extended(ticket: Ticket, fact: ReportVisit, found: VisitExtension, now: datetime) -> Ticket:
    """The ticket with more time for a visit, and what follows moved; or with the note that there
    was no room for it."""
    visit, known = ticket.visit(fact.visit_id), _reported(ticket, fact)
    assert visit is not None, "it was just reported"
    assert known is not None, "it was just reported"
    assert visit.start is not None, "a visit that has begun has its time"
    if not found.granted:
        return _refused(ticket, visit, known, found, fact.by, now)
    noted = known.but(granted=_granted(ticket, visit, found))
    visit = visit.but(
        extra=found.end - visit.start - visit.duration,
        facts=tuple(noted if f == known else f for f in visit.facts),
    )
    ticket = ticket.with_visit(visit).happened(
        VisitExtended(
            visit_id=visit.id,
            expert_id=fact.expert_id,
            minutes=known.particulars.minutes or 0,
            end=found.end.isoformat(),
            moved=[m.visit_id for m in found.moved],
        ),
        now,
        fact.by,
    )
    for assignment in visit.crew:
        if assignment.state is not AssignmentState.DONE:
            told = AssignmentExtended(
                assignment_id=assignment.id,
                visit_id=visit.id,
                expert_id=assignment.expert_id,
                end=found.end.isoformat(),
            )
            ticket = ticket.happened(told, now, fact.by)
    ticket = begun_at(ticket, found.moved, AssignmentShifted, fact.by, now)
    group = ticket.group_of(visit.id)
    if group is not None and group.is_live:
        # What still waits to be staffed is to follow the later end.
        ticket = ticket.with_group(group.but(needs_matching=True))
    return ticket


def no_room(ticket: Ticket, fact: ReportVisit) -> Conflict | None:
    """The refusal of a need for more time that could not be granted; it is the same whenever it is
    asked for again."""
    known = _reported(ticket, fact)
    if known is None or known.no_room is None:
        return None
    until, next_at = known.no_room.finish_by, known.no_room.next_at
    room = _room_until(until, ticket, fact.visit_id, known)
    return Conflict(
        "next-visit-affected",
        f"What comes next needs the time: finish by {until:%Y-%m-%d %H:%M} UTC, or leave the rest "
        "to a follow-up.",
        field="/minutes",
        options=[{"finish_by": until.isoformat(), "minutes": room}, {"follow_up": True}],
        next_at=next_at.isoformat() if next_at else None,
    )


def _room_until(end: datetime, ticket: Ticket, visit_id: str, known: ReportedFact) -> int:
    """How many minutes may be asked for, to end then; 0, if that is no more than was planned."""
    visit = ticket.visit(visit_id)
    if visit is None or visit.end is None:
        return 0
    return max(0, (end - _counted_from(visit.end, known)) // GRID * EXTENSION_STEP)


def granted_until(end: datetime, known: ReportedFact) -> datetime:
    """Until when a visit lasts that is to end at `end` and is granted a need for more time."""
    minutes = known.particulars.minutes or 0
    return grid_at_or_after(_counted_from(end, known) + minutes * _MINUTE)


def _counted_from(end: datetime, known: ReportedFact) -> datetime:
    """From when the minutes of a need for more time count: the planned end, or the quarter hour
    after they were asked for, where that end had passed by then."""
    return max(end, grid_at_or_after(known.occurred_at))


def _granted(ticket: Ticket, visit: Visit, found: VisitExtension) -> Granted:
    """What is noted of a grant, so that it can be taken back."""
    assert visit.end is not None, "a visit that has begun has its time"
    stood = {v.id: v.start for v in ticket.visits}
    return Granted(
        before=visit.end,
        end=found.end,
        moved=tuple(
            ShiftedVisit(visit_id=m.visit_id, was=was, start=m.start)
            for m in found.moved
            if (was := stood[m.visit_id]) is not None
        ),
    )


def _refused(
    ticket: Ticket,
    visit: Visit,
    known: ReportedFact,
    found: VisitExtension,
    by: Cause,
    now: datetime,
) -> Ticket:
    assert found.finish_by is not None, "there is always an end that stands"
    noted = known.but(no_room=NoRoom(finish_by=found.finish_by, next_at=found.next_at))
    visit = visit.but(facts=tuple(noted if f == known else f for f in visit.facts))
    return ticket.with_visit(visit).happened(
        ExtensionRefused(
            visit_id=visit.id,
            expert_id=known.expert_id,
            client_event_id=known.client_event_id,
            minutes=known.particulars.minutes or 0,
            end=found.finish_by.isoformat(),
        ),
        now,
        by,
    )


def begun_at(
    ticket: Ticket,
    moved: Iterable[ScheduledVisit],
    news: type[AssignmentShifted] | type[AssignmentBroughtForward],
    by: Cause,
    now: datetime,
) -> Ticket:
    """The ticket whose later visits begin when the calendars have them now; customer and experts
    are told, those by `news`."""
    for new in sorted(moved, key=lambda m: m.start):
        visit = ticket.visit(new.visit_id)
        assert visit is not None, "an extension moves visits of its ticket"
        visit = visit.but(start=new.start)
        start, end = new.start.isoformat(), (new.start + visit.length).isoformat()
        ticket = ticket.with_visit(visit).happened(
            VisitChanged(
                visit_id=visit.id,
                start=start,
                end=end,
                expert_ids=[a.expert_id for a in sorted(visit.crew, key=lambda a: a.position)],
            ),
            now,
            by,
        )
        for assignment in visit.crew:
            told = news(
                assignment_id=assignment.id,
                visit_id=visit.id,
                expert_id=assignment.expert_id,
                start=start,
            )
            ticket = ticket.happened(told, now, by)
    return ticket


def _reported(ticket: Ticket, fact: ReportVisit) -> ReportedFact | None:
    """A report as the ticket has it, where it counts."""
    visit = ticket.visit(fact.visit_id)
    for known in visit.facts if visit else ():
        if (known.expert_id, known.client_event_id) == (fact.expert_id, fact.client_event_id):
            return known
    return None


def concerning(ticket: Ticket, visit: Visit) -> Ticket:
    """The ticket narrowed to what an extension looks at: the visits that hang together, and the
    proposals that were selected for them."""
    group = ticket.group_of(visit.id)
    assert group is not None, "a visit that was booked belongs to a group"
    visits = tuple(v for v in ticket.visits if v.id in group.visit_ids)
    chosen = {a.proposal_id for v in visits for a in v.crew}
    return Ticket(
        id=ticket.id,
        filing=ticket.filing,
        policies=ticket.policies,
        matching=Matching(
            groups=(group,),
            proposals=tuple(p for p in ticket.matching.proposals if p.id in chosen),
        ),
        visits=visits,
    )
