"""Where a visit stands, by everything that is known of it in the order in which it occurred
(docs/rules/states.md, Visit). In which order it came does not matter."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from models.field import BEGINNINGS, ENDINGS, FactKind, ReportedFact, Shortfall
from models.rules.transitions import REACHED_BY, accepts_reports, rank
from models.visit import ENDED, AssignmentState, Visit, VisitState

_S = AssignmentState


class Standing(NamedTuple):
    """How far an expert got, when, and what keeps them from going on: all that follows from what
    they reported. Times are UTC."""

    reached: AssignmentState = _S.RESERVED
    is_hindered: bool = False
    """They said that they cannot come, and nothing since says that they did."""
    is_shut_out: bool = False
    """They are before a closed door."""
    began_short: bool = False
    """They began although somebody was missing."""
    arrived_at: datetime | None = None
    began_at: datetime | None = None
    ending: ReportedFact | None = None
    """The report that ended their work: after it they have no more to do there."""

    @property
    def shortfall(self) -> Shortfall | None:
        """Why they ended before the work was done."""
        return self.ending.particulars.shortfall if self.ending else None

    @property
    def state(self) -> AssignmentState:
        """What their assignment is called."""
        return _S.CANNOT_ARRIVE if self.is_hindered else self.reached


def standing_of(facts: Sequence[ReportedFact]) -> Standing:
    """Where one expert stands by what they reported of one assignment; what they did after they had
    ended their work counts for nothing."""
    standing = Standing()
    for fact in sorted(facts, key=lambda f: f.order):
        standing = _after(standing, fact)
    return standing


def stood(visit: Visit) -> Visit:
    """A visit that has a crew, with its state, its people's, its actual times and its work report
    as they follow from what was reported. One that is open, or given up, is so whatever was."""
    standings = {a.id: standing_of(visit.facts_of(a)) for a in visit.crew}
    crew = tuple(standings.values())
    return visit.but(
        assignments=tuple(
            a.but(state=standings[a.id].state) if a.id in standings else a
            for a in visit.assignments
        ),
        state=visit_state(crew) if accepts_reports(visit) else visit.state,
        shortfall=next((s.shortfall for s in crew if s.shortfall), None),
        report_id=_work_report(crew),
        **_times(crew),
    )


def visit_state(crew: Sequence[Standing]) -> VisitState:
    """Where a joint visit stands: under way at the first, at work when all are on site or somebody
    began without the others, done when all are done. Whoever cannot come to work that has begun is
    not waited for."""
    if any(s.shortfall for s in crew):
        return VisitState.INCOMPLETE
    began_short = any(s.began_short for s in crew)
    awaited = [s for s in crew if not (began_short and s.is_hindered)]
    least, most = min(rank(_there(s)) for s in awaited), max(rank(_there(s)) for s in crew)
    if least >= rank(_S.DONE):
        return VisitState.COMPLETED
    if most >= rank(_S.WORKING) and (began_short or least >= rank(_S.ON_SITE)):
        return VisitState.IN_PROGRESS
    if any(s.is_shut_out for s in crew):
        return VisitState.BLOCKED
    if most >= rank(_S.ON_SITE):
        return VisitState.ON_SITE
    if any(s.is_hindered and s.reached is _S.EN_ROUTE for s in crew):
        return VisitState.BLOCKED
    return VisitState.EN_ROUTE if most >= rank(_S.EN_ROUTE) else VisitState.SCHEDULED


def _after(standing: Standing, fact: ReportedFact) -> Standing:
    """Where an expert stands after one more thing that occurred."""
    if fact.kind is FactKind.CANNOT_ARRIVE:
        return standing._replace(is_hindered=rank(standing.reached) < rank(_S.ON_SITE))
    reached = REACHED_BY.get(fact.kind)
    if reached is None or (standing.ending is not None and fact.is_after(standing.ending)):
        return standing
    comes = rank(reached) >= rank(_S.EN_ROUTE)
    inside = rank(reached) >= rank(_S.ON_SITE)
    return standing._replace(
        reached=max(standing.reached, reached, key=rank),
        is_hindered=standing.is_hindered and not comes,
        is_shut_out=_is_shut_out(standing, fact) if inside else standing.is_shut_out,
        began_short=standing.began_short or fact.kind is FactKind.START_PARTIAL,
        arrived_at=standing.arrived_at or (fact.occurred_at if inside else None),
        began_at=standing.began_at or (fact.occurred_at if fact.kind in BEGINNINGS else None),
        ending=standing.ending or (fact if fact.kind in ENDINGS else None),
    )


def _is_shut_out(standing: Standing, fact: ReportedFact) -> bool:
    """Before a closed door, unless they are at work already."""
    return fact.kind is FactKind.CANNOT_ENTER and rank(standing.reached) < rank(_S.WORKING)


def _there(standing: Standing) -> AssignmentState:
    """How far somebody counts: whoever cannot come is not under way."""
    return _S.RESERVED if standing.is_hindered else standing.reached


def _times(crew: Sequence[Standing]) -> dict[str, datetime | None]:
    """The work's actual times: the first start, the last end; work that is over did not end before
    it began, whatever two clocks say."""
    start = min((s.began_at for s in crew if s.began_at), default=None)
    end = max((s.ending.occurred_at for s in crew if s.ending), default=None)
    is_over = visit_state(crew) in ENDED
    if is_over and start is not None and end is not None:
        start = min(start, end)
    return {"actual_start": start, "actual_end": end}


def _work_report(crew: Sequence[Standing]) -> str | None:
    """The words of the last of those who said some when they were done."""
    ends = (s.ending for s in crew if s.ending and s.ending.report_id)
    last = max(ends, key=lambda f: f.order, default=None)
    return last.report_id if last else None
