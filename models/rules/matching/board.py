"""The planning board: a matching problem in whole steps of the grid (docs/rules/matching.md, What a
solution is).

A set of starts is an `int`: bit `t` stands for the start `t` steps after the board begins, so that
one question is asked of all times at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.calendar import GRID, bounds_of
from models.matching.problem import Candidate, MatchingProblem
from models.rules.matching.grid import (
    EPOCH,
    STEP,
    bounds,
    clashes,
    last_start,
    start_ranges,
    step_at_or_after,
    ticks,
)
from models.visit import Dependency, Proposal, Visit


@dataclass(frozen=True, slots=True)
class Gap:
    """`low ≤ start(after) - start(before) ≤ high`, in steps; without `high`, no upper bound."""

    before: int
    after: int
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An expert's proposal on the board: the starts that fit one of its windows."""

    seq: int
    proposal_id: str
    starts: int


class Board:
    """Who could start what when. Visits, positions and experts are numbered from 0.

    Attributes:
        lengths: steps that a visit keeps its people.
        fits: per visit and position, each able expert's starts: skill, one window of one proposal,
            one customer slot, not before `earliest`, not busy, actual ends of predecessors.
        offers: per visit and expert, their offers by `seq`.
        gaps: the dependencies between live visits.
        teams: the visits that the same people must do, together; a visit without `same_expert` is
            a team of its own.
    """

    def __init__(self, problem: MatchingProblem, proposals: Sequence[Proposal]) -> None:
        visits = problem.visits
        slots = [_allowed(problem, v) for v in visits]
        earliest = step_at_or_after(problem.earliest)
        self.begin = max(earliest, min((lo for s in slots for lo, _ in s), default=earliest))
        self.span = max(1, max((hi for s in slots for _, hi in s), default=0) - self.begin + 1)
        self.all_starts = (1 << self.span) - 1
        self.experts = list(dict.fromkeys(p.expert_id for p in proposals))
        self.lengths = [-(-ticks(v.duration) // STEP) for v in visits]
        self.gaps, open_starts = self._gaps(problem, [self._bits(s) for s in slots])
        self.teams = self._teams(problem)
        self.team_of = {v: team for team, members in enumerate(self.teams) for v in members}
        self.offers = self._offers(visits, proposals)
        candidates = {c.expert_id: c for c in problem.candidates}
        self.fits = [
            self._fits(visit, open_starts[v], self.offers[v], candidates)
            for v, visit in enumerate(visits)
        ]
        self._staff: dict[tuple[int, int], tuple[int, ...]] = {}

    def instant(self, start: int) -> datetime:
        """A start on the board as an instant, in UTC."""
        return EPOCH + (self.begin + start) * GRID

    def start_of(self, instant: datetime) -> int:
        """The start on the board that an instant of the grid is."""
        return step_at_or_after(instant) - self.begin

    def staff(self, visit: int, start: int) -> tuple[int, ...]:
        """Per position, the experts who can fill it at this start; an expert is a bit."""
        masks = self._staff.get((visit, start))
        if masks is None:
            masks = tuple(
                sum(1 << expert for expert, starts in able.items() if starts >> start & 1)
                for able in self.fits[visit]
            )
            self._staff[visit, start] = masks
        return masks

    def offer(self, visit: int, expert: int, start: int) -> Offer:
        """The offer by which an expert comes: of those that fit, the one with the lowest seq."""
        return next(o for o in self.offers[visit][expert] if o.starts >> start & 1)

    def later(self, starts: int, gap: Gap) -> int:
        """The starts of `gap.after` that some start of `gap.before` allows."""
        if not starts:
            return 0
        if gap.high is None:
            first = (starts & -starts).bit_length() - 1 + gap.low
            return self.all_starts >> first << first
        return _widened(starts << gap.low, gap.high - gap.low) & self.all_starts

    def sooner(self, starts: int, gap: Gap) -> int:
        """The starts of `gap.before` that some start of `gap.after` allows."""
        if gap.high is None:
            return (1 << max(0, starts.bit_length() - gap.low)) - 1
        return _widened(starts, gap.high - gap.low) >> gap.high & self.all_starts

    def _bits(self, ranges: Iterable[tuple[int, int]]) -> int:
        bits = 0
        for low, high in ranges:
            low, high = max(0, low - self.begin), min(self.span - 1, high - self.begin)
            if low <= high:
                bits |= (1 << high - low + 1) - 1 << low
        return bits

    def _gaps(self, problem: MatchingProblem, allowed: list[int]) -> tuple[list[Gap], list[int]]:
        """Gaps between live visits; a predecessor that has ended bounds its successor instead."""
        number = {visit.id: v for v, visit in enumerate(problem.visits)}
        gaps = []
        for rule in problem.dependencies:
            before, ended = number.get(rule.predecessor), problem.ended.get(rule.predecessor)
            begins = problem.begins.get(rule.successor)
            if (after := number.get(rule.successor)) is None:
                if before is not None and begins is not None:
                    allowed[before] &= self._before(problem.visits[before], begins, rule)
                continue
            if before is not None:
                end = ticks(problem.visits[before].duration)
            elif ended is not None:
                end = ticks(ended - EPOCH)
            else:
                continue
            low = -(-(end + ticks(rule.min_gap)) // STEP)
            high = None if rule.max_gap is None else (end + ticks(rule.max_gap)) // STEP
            if before is None:
                latest = self.begin + self.span if high is None else high
                allowed[after] &= self._bits([(low, latest)])
            else:
                high = None if high is None else min(high, self.span)
                gaps.append(Gap(before, after, min(low, self.span), high))
        return gaps, allowed

    def _before(self, visit: Visit, begins: datetime, rule: Dependency) -> int:
        """The starts that a successor that stands leaves its predecessor."""
        end = ticks(begins - EPOCH) - ticks(visit.duration)
        last = (end - ticks(rule.min_gap)) // STEP
        first = self.begin if rule.max_gap is None else -(-(end - ticks(rule.max_gap)) // STEP)
        return self._bits([(first, last)])

    def _teams(self, problem: MatchingProblem) -> list[list[int]]:
        team = {visit.id: [v] for v, visit in enumerate(problem.visits)}
        for rule in problem.dependencies:
            one, other = team.get(rule.predecessor), team.get(rule.successor)
            if rule.same_expert and one and other and one is not other:
                one += other
                for v in other:
                    team[problem.visits[v].id] = one
        return [sorted(members) for v, members in enumerate(team.values()) if min(members) == v]

    def _offers(
        self, visits: Sequence[Visit], proposals: Iterable[Proposal]
    ) -> list[dict[int, list[Offer]]]:
        number = {visit.id: v for v, visit in enumerate(visits)}
        expert = {name: e for e, name in enumerate(self.experts)}
        offers: list[dict[int, list[Offer]]] = [{} for _ in visits]
        for proposal in sorted(proposals, key=lambda p: p.seq):
            v = number[proposal.visit_id]
            starts = self._bits(start_ranges(bounds_of(proposal.times), visits[v].duration))
            offer = Offer(proposal.seq, proposal.id, starts)
            offers[v].setdefault(expert[proposal.expert_id], []).append(offer)
        return offers

    def _fits(
        self,
        visit: Visit,
        allowed: int,
        offers: Mapping[int, list[Offer]],
        candidates: Mapping[str, Candidate],
    ) -> list[dict[int, int]]:
        fits: list[dict[int, int]] = [{} for _ in visit.positions]
        for expert, made in offers.items():
            candidate = candidates[self.experts[expert]]
            free = allowed & ~self._bits(clashes(candidate.busy, visit.duration))
            starts = 0
            for offer in made:
                starts |= offer.starts & free
            for able, position in zip(fits, visit.positions, strict=True):
                last = last_start(candidate, position, visit.duration) - self.begin
                if kept := starts & (1 << max(0, min(self.span, last + 1))) - 1:
                    able[expert] = kept
        return fits


def each(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _allowed(problem: MatchingProblem, visit: Visit) -> list[tuple[int, int]]:
    """The steps at which the customer lets a visit start; the one that a hand fixed, if one did."""
    if visit.start is None:
        return list(start_ranges(bounds(problem.slots.get(visit.id, ())), visit.duration))
    fixed = step_at_or_after(visit.start)
    return [(fixed, fixed)]


def _widened(starts: int, width: int) -> int:
    """Each start and the `width` starts after it; nothing for a negative width."""
    if width < 0:
        return 0
    reach = 1
    while reach <= width:
        shift = min(reach, width + 1 - reach)
        starts |= starts << shift
        reach += shift
    return starts
