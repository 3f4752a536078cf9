"""Where a visit stands, by everything that is known of it in the order in which it occurred
(docs/rules/states.md, Visit). In which order it came does not matter."""

from collections.abc import Sequence
from typing import NamedTuple

from models.field import FactKind, ReportedFact, Shortfall
from models.rules.transitions import REACHED_BY, rank
from models.visit import ENDED, AssignmentState, Visit, VisitState

_S = AssignmentState
_BEGINNINGS = (FactKind.STARTED, FactKind.START_PARTIAL)


class Standing(NamedTuple):
    """How far an expert got, and what keeps them from going on."""

    reached: AssignmentState = _S.RESERVED
    is_hindered: bool = False
    """They said that they cannot come, and nothing since says that they did."""
    is_shut_out: bool = False
    """They are before a closed door."""
    began_short: bool = False
    """They began although somebody was missing."""
    shortfall: Shortfall | None = None
    """Why they ended before the work was done."""

    @property
    def state(self) -> AssignmentState:
        """What their assignment is called."""
        return _S.CANNOT_ARRIVE if self.is_hindered else self.reached


def standing_of(facts: Sequence[ReportedFact]) -> Standing:
    """Where one expert stands by what they reported of one assignment."""
    standing = Standing()
    for fact in sorted(facts, key=lambda f: f.occurred_at):
        standing = _after(standing, fact)
    return standing


def stood(visit: Visit) -> Visit:
    """A visit that has a crew, with its state, its people's and its actual times as they follow
    from what was reported."""
    standings = {a.id: standing_of(visit.facts_of(a)) for a in visit.crew}
    crew = tuple(standings.values())
    visit = visit.but(
        assignments=tuple(
            a.but(state=standings[a.id].state) if a.id in standings else a
            for a in visit.assignments
        ),
        state=visit_state(crew),
        shortfall=next((s.shortfall for s in crew if s.shortfall), None),
    )
    return _timed(visit)


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
    if reached is None:
        return standing
    comes = rank(reached) >= rank(_S.EN_ROUTE)
    inside = rank(reached) >= rank(_S.ON_SITE)
    return standing._replace(
        reached=max(standing.reached, reached, key=rank),
        is_hindered=standing.is_hindered and not comes,
        is_shut_out=_is_shut_out(standing, fact) if inside else standing.is_shut_out,
        began_short=standing.began_short or fact.kind is FactKind.START_PARTIAL,
        shortfall=fact.particulars.shortfall or standing.shortfall,
    )


def _is_shut_out(standing: Standing, fact: ReportedFact) -> bool:
    """Before a closed door, unless they are at work already."""
    return fact.kind is FactKind.CANNOT_ENTER and rank(standing.reached) < rank(_S.WORKING)


def _there(standing: Standing) -> AssignmentState:
    """How far somebody counts: whoever cannot come is not under way."""
    return _S.RESERVED if standing.is_hindered else standing.reached


def _timed(visit: Visit) -> Visit:
    """The visit with the work's actual times: the first start, the last end; work that is over did
    not end before it began, whatever two clocks say."""
    facts = [f for a in visit.crew for f in visit.facts_of(a)]
    start = min((f.occurred_at for f in facts if f.kind in _BEGINNINGS), default=None)
    ends = (visit.done_at(a) for a in visit.crew)
    end = max((at for at in ends if at is not None), default=None)
    if visit.state in ENDED and start is not None and end is not None:
        start = min(start, end)
    return visit.but(actual_start=start, actual_end=end)
