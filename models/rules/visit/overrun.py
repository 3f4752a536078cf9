"""Whether there is room for more time on a visit, and what else moves for it
(docs/rules/states.md, More time). Times are UTC, lengths multiples of the grid."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from models.calendar import GRID, Window, cut, grid_at_or_after, merged, packed
from models.geography import Spot
from models.identity import derived_id
from models.matching.problem import Candidate, HeldSkill, MatchingProblem
from models.people.diary import Diary
from models.rules.matching.dragging import rules_of
from models.rules.matching.evaluation import evaluate
from models.rules.matching.slots import HORIZON
from models.ticket import Ticket
from models.visit import (
    Assignment,
    AssignmentState,
    Position,
    Proposal,
    Visit,
    VisitState,
)

BUDGET = 10_000
"""Steps of search, at each end that is tried, after which there is taken to be no room."""


class Calendars(NamedTuple):
    """Where the visits are, the calendars of everybody on them by their ids, and the time of
    asking: nothing is moved to before that."""

    place: Spot
    diaries: Mapping[str, Diary]
    now: datetime


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
    found = evaluate(_problem(ticket, visit, end, calendars)).solution
    if found is None:
        return None
    return {v: start for v, start in found.starts.items() if start != _start(ticket, v)}


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


def _problem(ticket: Ticket, visit: Visit, end: datetime, calendars: Calendars) -> MatchingProblem:
    """What comes after a visit, to be settled anew with the same people, and no earlier."""
    ids = moving(ticket, visit)
    later = [v for v in ticket.visits if v.id in ids]
    standing = [v for v in ticket.visits if v.id not in ids]
    people = {a.expert_id for v in later for a in v.crew}
    return MatchingProblem(
        visits=tuple(_open(v) for v in later),
        dependencies=tuple(d.but(same_expert=False) for d in rules_of(ticket)),
        ended={v.id: at for v in standing if (at := v.actual_end or v.end) is not None}
        | {visit.id: end},
        begins={v.id: v.start for v in standing if v.start is not None and v.is_live},
        slots={v.id: _slots(ticket, v) for v in later},
        proposals=tuple(_proposals(ticket, later, calendars.now)),
        candidates=tuple(
            Candidate(
                expert_id=who,
                skills=tuple(_seat(v, a) for v in later for a in v.crew if a.expert_id == who),
                busy=merged(calendars.diaries[who].busy(calendars.place, {visit.id, *ids})),
            )
            for who in sorted(people)
        ),
        earliest=min(v.start for v in later if v.start is not None),
        budget=BUDGET,
    )


def _open(visit: Visit) -> Visit:
    """A visit as if nobody had been chosen for it, but for that each of its people fits one
    position."""
    positions = tuple(Position(idx=a.position, skill=_seat(visit, a).code) for a in visit.crew)
    return visit.but(
        state=VisitState.OPEN,
        start=None,
        duration=visit.length,
        assignments=(),
        positions=positions,
    )


def _seat(visit: Visit, assignment: Assignment) -> HeldSkill:
    return HeldSkill(code=f"seat-{visit.seq}-{assignment.position}")


def _slots(ticket: Ticket, visit: Visit) -> tuple[Window, ...]:
    """The customer's times; where it stands a visit may stay."""
    return merged((*ticket.slots_of(visit), _stands(visit)))


def _proposals(ticket: Ticket, later: Collection[Visit], now: datetime) -> list[Proposal]:
    """What each of the people offers: to come when they are to come, or, by the proposal that was
    selected, later. Whom a hand sent has proposed nothing: their calendar decides."""
    offered = {p.id: p for p in ticket.matching.proposals}
    made: list[Proposal] = []
    for visit in later:
        stands = _stands(visit)
        after = max(stands.start + GRID, grid_at_or_after(now))
        for assignment in visit.crew:
            chosen = offered.get(assignment.proposal_id or "")
            own = merged(chosen.windows) if chosen else (Window(start=after, end=after + HORIZON),)
            for windows in ((stands,), cut(own, after)):
                if windows:
                    made.append(_offer(visit, assignment, windows, len(made) + 1))
    return made


def _offer(visit: Visit, assignment: Assignment, windows: tuple[Window, ...], seq: int) -> Proposal:
    return Proposal(
        id=derived_id("prp", visit.id, str(seq)),
        visit_id=visit.id,
        expert_id=assignment.expert_id,
        times=packed(windows),
        seq=seq,
    )


def _stands(visit: Visit) -> Window:
    assert visit.start is not None, "what is scheduled has its time"
    return Window(start=visit.start, end=visit.start + visit.length)


def _start(ticket: Ticket, visit_id: str) -> datetime | None:
    visit = ticket.visit(visit_id)
    return visit.start if visit else None
