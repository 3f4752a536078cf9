"""Which settled visits move when some of them must (docs/rules/matching.md, When something
changes)."""

from collections.abc import Collection
from datetime import datetime

from models.calendar import grid_starts, packed
from models.identity import derived_id
from models.matching.problem import Candidate, Fullness, HeldSkill, MatchingProblem
from models.rules.matching.evaluation import evaluate
from models.ticket import Ticket
from models.visit import Dependency, Position, Proposal, Visit, VisitGroup, VisitState

BEGUN = (
    VisitState.EN_ROUTE,
    VisitState.ON_SITE,
    VisitState.IN_PROGRESS,
    VisitState.BLOCKED,
)
BUDGET = 2_000
"""Steps after which there may be room for all that we know."""
_ANYTHING = "anything"


def is_appointed(visit: Visit) -> bool:
    """Whether a visit has its time, and has not begun."""
    return visit.state is VisitState.SCHEDULED or visit.is_fixed


def moving_with(ticket: Ticket, moving: Collection[str], now: datetime) -> set[str]:
    """The visits that move when some must: they take their not-started successors along, and a
    predecessor where there is no room behind it. No more of those than it takes; where none of them
    would help, only those that leave no slot behind themselves."""
    least = _dragged(ticket, set(moving))
    if has_room(ticket, least, now):
        return least
    grown = least
    while before := _predecessors(ticket, grown):
        # The latest first: what is near should stay.
        for visit in before:
            if has_room(ticket, wider := _dragged(ticket, grown | {visit.id}), now):
                return wider
        grown = _dragged(ticket, grown | {before[0].id})
    return least


def held_back_by(ticket: Ticket, moving: Collection[str]) -> Visit | None:
    """A visit that has begun, behind which one that moves has no slot: it cannot be taken along."""
    for rule in rules_of(ticket):
        before = ticket.visit(rule.predecessor)
        if before is None or before.state not in BEGUN:
            continue
        if rule.successor in moving and _breaks(ticket, rule):
            return before
    return None


def has_room(ticket: Ticket, moving: Collection[str], now: datetime) -> bool:
    """Whether all that moves, and all that is open, could lie in the customer's slots around what
    stays, if everybody had time."""
    return all(
        evaluate(_problem(ticket, group, moving, now)).fullness is not Fullness.NO_COMMON_TIME
        for group in ticket.matching.groups
        if set(group.visit_ids) & set(moving)
    )


def _problem(
    ticket: Ticket, group: VisitGroup, moving: Collection[str], now: datetime
) -> MatchingProblem:
    """The group with somebody for every visit who can always come."""
    visits = [v for v in ticket.visits if v.id in group.visit_ids]
    free = [v for v in visits if v.id in moving or (v.state is VisitState.OPEN and not v.is_fixed)]
    standing = [v for v in visits if v not in free]
    someone = {v.id: derived_id("exp", v.id) for v in free}
    position = Position(idx=0, skill=_ANYTHING)
    return MatchingProblem(
        visits=tuple(
            v.but(state=VisitState.OPEN, start=None, assignments=(), positions=(position,))
            for v in free
        ),
        dependencies=tuple(d.but(same_expert=False) for d in group.dependencies),
        ended={v.id: end for v in standing if (end := v.actual_end or v.end) is not None},
        begins={v.id: v.start for v in standing if v.start is not None and is_appointed(v)},
        slots={v.id: ticket.slots_of(v) for v in free},
        proposals=tuple(
            Proposal(
                id=derived_id("prp", v.id),
                visit_id=v.id,
                expert_id=someone[v.id],
                times=packed(ticket.slots_of(v)),
                seq=seq,
            )
            for seq, v in enumerate(free, start=1)
        ),
        candidates=tuple(
            Candidate(expert_id=who, skills=(HeldSkill(code=_ANYTHING),))
            for who in someone.values()
        ),
        earliest=now + ticket.policies.min_lead,
        budget=BUDGET,
    )


def _dragged(ticket: Ticket, moving: set[str]) -> set[str]:
    rules = rules_of(ticket)
    while True:
        more = {d.successor for d in rules if d.predecessor in moving}
        more |= {d.predecessor for d in rules if d.successor in moving and _breaks(ticket, d)}
        more = {v.id for v in ticket.visits if v.id in more and is_appointed(v)}
        if more <= moving:
            return moving
        moving = moving | more


def _predecessors(ticket: Ticket, moving: Collection[str]) -> list[Visit]:
    """What stands right before something that moves, the latest first."""
    named = {d.predecessor for d in rules_of(ticket) if d.successor in moving} - set(moving)
    before = [(v.start, v.seq, v) for v in ticket.visits if v.id in named and is_appointed(v)]
    return [v for start, _, v in sorted(before, reverse=True) if start is not None]


def rules_of(ticket: Ticket) -> list[Dependency]:
    """How the visits of a ticket hang together."""
    return [d for g in ticket.matching.groups for d in g.dependencies]


def _breaks(ticket: Ticket, rule: Dependency) -> bool:
    """Whether the customer leaves no slot for a successor behind where its predecessor is."""
    before, after = ticket.visit(rule.predecessor), ticket.visit(rule.successor)
    end = before.actual_end or before.end if before else None
    if after is None or end is None:
        return False
    first = end + rule.min_gap
    starts = (
        s for slot in ticket.slots_of(after) for s in grid_starts(slot, after.duration, first)
    )
    return not any(rule.max_gap is None or s - end <= rule.max_gap for s in starts)
