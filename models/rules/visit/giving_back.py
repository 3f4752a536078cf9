"""A need for more time that was granted and taken back: its time goes back
(docs/rules/states.md, More time). How far, the calendars say; what follows is the ticket's."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

from models.event import OURSELVES
from models.events.continuing import (
    AssignmentBroughtForward,
    AssignmentShortened,
    TimeGivenBack,
)
from models.field import Granted, ReportedFact, ShiftedVisit
from models.messages.visit import GiveTimeBack, TimeBack
from models.rules.visit.extending import begun_at, concerning, granted_until
from models.ticket import Ticket
from models.visit import AssignmentState, Visit, VisitState

_MINUTE = timedelta(minutes=1)


def return_due(ticket: Ticket, now: datetime) -> GiveTimeBack | None:
    """What the calendars are asked for the first need for more time that was taken back and whose
    time was not. A visit that is over needs none back: whoever was there is free."""
    for visit in ticket.visits:
        if not visit.is_live or not visit.crew or visit.start is None:
            continue
        taken_back = next((f for f in visit.grants if f.withdrawn), None)
        if taken_back is not None:
            return GiveTimeBack(
                ticket=concerning(ticket, visit),
                visit_id=visit.id,
                client_event_id=taken_back.client_event_id,
                end=_ends_without(visit, taken_back)[0],
                moved=_shifts(visit),
                now=now,
            )
    return None


def given_back(ticket: Ticket, asked: GiveTimeBack, found: TimeBack, now: datetime) -> Ticket:
    """The ticket whose visit ends when the calendars have it now, and what moved for it begins when
    they have that; whoever was told of more time or of a later hour is told."""
    visit = ticket.visit(asked.visit_id)
    assert visit is not None, "a ticket asks for its own visits"
    assert visit.start is not None, "what was granted time has its own"
    assert visit.end is not None, "what was granted time has its own"
    taken_back = next(f for f in visit.grants if f.client_event_id == asked.client_event_id)
    moved = {m.visit_id: m.start for m in found.moved}
    facts = TimeGivenBack(
        visit_id=visit.id,
        expert_id=taken_back.expert_id,
        client_event_id=taken_back.client_event_id,
        minutes=(visit.end - found.end) // _MINUTE,
        end=found.end.isoformat(),
        moved=list(moved),
        stayed=_stayed(ticket, taken_back, moved),
    )
    ends_earlier = found.end < visit.end
    visit = _regranted(visit, taken_back, moved).but(extra=found.end - visit.start - visit.duration)
    ticket = ticket.with_visit(visit).happened(facts, now, OURSELVES)
    for assignment in visit.crew:
        if ends_earlier and assignment.state is not AssignmentState.DONE:
            told = AssignmentShortened(
                assignment_id=assignment.id,
                visit_id=visit.id,
                expert_id=assignment.expert_id,
                end=found.end.isoformat(),
            )
            ticket = ticket.happened(told, now, OURSELVES)
    ticket = begun_at(ticket, found.moved, AssignmentBroughtForward, OURSELVES, now)
    group = ticket.group_of(visit.id)
    if group is not None and group.is_live:
        # What still waits to be staffed may follow the earlier end.
        ticket = ticket.with_group(group.but(needs_matching=True))
    return ticket


def _ends_without(
    visit: Visit, taken_back: ReportedFact
) -> tuple[datetime, dict[str, tuple[datetime, datetime]]]:
    """When a visit ends if one grant is left out, and from when to when each of the others lets it
    last then, by the report's id: as if that one had not been asked for."""
    assert visit.end is not None, "a visit that was granted time has its own"
    end = visit.end - sum((_given(f) for f in visit.grants), timedelta(0))
    lasts: dict[str, tuple[datetime, datetime]] = {}
    for fact in visit.grants:
        if fact != taken_back:
            before, end = end, granted_until(end, fact)
            lasts[fact.client_event_id] = before, end
    return min(end, visit.end), lasts


def _given(fact: ReportedFact) -> timedelta:
    return fact.granted.end - fact.granted.before if fact.granted else timedelta(0)


def _shifts(visit: Visit) -> tuple[ShiftedVisit, ...]:
    """What moved for all the grants of a visit: from where at first, to where at last."""
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for shift in chain.from_iterable(_moved_for(f) for f in visit.grants):
        first.setdefault(shift.visit_id, shift.was)
        last[shift.visit_id] = shift.start
    return tuple(ShiftedVisit(visit_id=v, was=first[v], start=start) for v, start in last.items())


def _moved_for(fact: ReportedFact) -> Iterable[ShiftedVisit]:
    return fact.granted.moved if fact.granted else ()


def _regranted(visit: Visit, taken_back: ReportedFact, moved: dict[str, datetime]) -> Visit:
    """The visit with a grant that is over, and the others noted as they are without it: the first
    of them has what is still later than it was."""
    _, lasts = _ends_without(visit, taken_back)
    later = tuple(
        s.but(start=start)
        for s in _shifts(visit)
        if (start := moved.get(s.visit_id, s.start)) > s.was
    )
    facts: list[ReportedFact] = []
    for fact in visit.facts:
        if fact == taken_back:
            assert fact.granted is not None, "it is one of the grants"
            fact = fact.but(granted=fact.granted.but(is_over=True))
        elif fact in visit.grants:
            before, end = lasts[fact.client_event_id]
            fact = fact.but(granted=Granted(before=before, end=end, moved=later))
            later = ()
        facts.append(fact)
    return visit.but(facts=tuple(facts))


def _stayed(ticket: Ticket, taken_back: ReportedFact, moved: dict[str, datetime]) -> list[str]:
    """What moved for a grant, and begins as late as before."""
    visits = {v.id: v for v in ticket.visits if v.state is not VisitState.CANCELLED}
    return [
        s.visit_id
        for s in _moved_for(taken_back)
        if s.visit_id not in moved
        and (visit := visits.get(s.visit_id)) is not None
        and visit.start is not None
        and visit.start > s.was
    ]
