"""When what comes after a visit could be, with the same people, if that ends at another time
(docs/rules/states.md, More time). Times are UTC, on the grid."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from models.calendar import Window, merged, packed
from models.geography import Spot
from models.identity import derived_id
from models.matching.problem import Candidate, HeldSkill, MatchingProblem
from models.people.diary import Diary
from models.rules.matching.dragging import rules_of
from models.rules.matching.evaluation import evaluate
from models.ticket import Ticket
from models.visit import Assignment, Position, Proposal, Visit, VisitState

BUDGET = 10_000
"""Steps of search, at each end that is tried, after which there is taken to be no room."""


class Calendars(NamedTuple):
    """Where the visits are, the calendars of everybody on them by their ids, and the time of
    asking: nothing is moved to before that."""

    place: Spot
    diaries: Mapping[str, Diary]
    now: datetime


def shifted(
    ticket: Ticket,
    visit: Visit,
    end: datetime,
    within: Mapping[str, Window],
    calendars: Calendars,
) -> dict[str, datetime] | None:
    """The visits that begin at another time, and when, if `visit` ends at `end`; None if they
    cannot.

    Those of `within` may stay, or move within those bounds: the same people, in the customer's
    slots, in the windows of the proposals that were selected and where their calendars allow it.
    What else there is stands. Of all such starts it is the least, as the rule of matching orders
    them (K1, K2).
    """
    found = evaluate(_problem(ticket, visit, end, within, calendars)).solution
    if found is None:
        return None
    stands = {v.id: v.start for v in ticket.visits}
    return {v: start for v, start in found.starts.items() if start != stands[v]}


def standing(visit: Visit) -> Window:
    """When it is to be."""
    assert visit.start is not None, "what is scheduled has its time"
    return Window(start=visit.start, end=visit.start + visit.length)


def _problem(
    ticket: Ticket,
    visit: Visit,
    end: datetime,
    within: Mapping[str, Window],
    calendars: Calendars,
) -> MatchingProblem:
    moving = [v for v in ticket.visits if v.id in within]
    rest = [v for v in ticket.visits if v.id not in within]
    people = {a.expert_id for v in moving for a in v.crew}
    return MatchingProblem(
        visits=tuple(_open(v) for v in moving),
        dependencies=tuple(d.but(same_expert=False) for d in rules_of(ticket)),
        ended={v.id: at for v in rest if (at := v.actual_end or v.end) is not None}
        | {visit.id: end},
        begins={v.id: v.start for v in rest if v.start is not None and v.is_live},
        slots={v.id: _slots(ticket, v) for v in moving},
        proposals=tuple(_proposals(ticket, moving, within)),
        candidates=tuple(
            Candidate(
                expert_id=who,
                skills=tuple(_seat(v, a) for v in moving for a in v.crew if a.expert_id == who),
                busy=merged(calendars.diaries[who].busy(calendars.place, {visit.id, *within})),
            )
            for who in sorted(people)
        ),
        earliest=min(min(standing(v).start, within[v.id].start) for v in moving),
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
    return merged((*ticket.slots_of(visit), standing(visit)))


def _proposals(
    ticket: Ticket, moving: Collection[Visit], within: Mapping[str, Window]
) -> list[Proposal]:
    """What each of the people offers: to come when they are to come, or, by the proposal that was
    selected, within the bounds. Whom a hand sent has proposed nothing: their calendar decides."""
    offered = {p.id: p for p in ticket.matching.proposals}
    made: list[Proposal] = []
    for visit in moving:
        bounds = within[visit.id]
        for assignment in visit.crew:
            chosen = offered.get(assignment.proposal_id or "")
            own = tuple(_cut(merged(chosen.windows), bounds)) if chosen else (bounds,)
            for windows in ((standing(visit),), own):
                if windows:
                    made.append(_offer(visit, assignment, windows, len(made) + 1))
    return made


def _cut(windows: Collection[Window], bounds: Window) -> Iterator[Window]:
    """What of the windows lies within the bounds."""
    for window in windows:
        if window.overlaps(bounds.start, bounds.end):
            yield Window(start=max(window.start, bounds.start), end=min(window.end, bounds.end))


def _offer(visit: Visit, assignment: Assignment, windows: tuple[Window, ...], seq: int) -> Proposal:
    return Proposal(
        id=derived_id("prp", visit.id, str(seq)),
        visit_id=visit.id,
        expert_id=assignment.expert_id,
        times=packed(windows),
        seq=seq,
    )
