"""The planning board: a matching problem in whole steps of the grid (domain §3.1, §3.3).

A set of starts is an `int`: bit `t` stands for the start `t` steps after the board begins, so that
one question is asked of all times at once. Nothing is rounded that matters: windows, busy times
and gaps become the sets of grid starts that they allow, to the microsecond.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.calendar import GRID, Window
from models.matching import Candidate, MatchingProblem
from models.visit import Position, Proposal, Visit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_STEP = GRID // _TICK
_ALWAYS = 1 << 62


class BudgetSpentError(Exception):
    """The search has taken all the steps it was given."""


class Budget:
    """How many steps a search may still take: the same on every machine, unlike a clock."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take some steps, or raise `BudgetSpentError`."""
        self.left -= steps
        if self.left < 0:
            raise BudgetSpentError


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
        offers: per visit and expert, his offers by `seq`.
        gaps: the dependencies between live visits.
        teams: the visits that the same people must do, together; a visit without `same_expert` is
            a team of its own.
    """

    def __init__(self, problem: MatchingProblem, proposals: Sequence[Proposal]) -> None:
        visits = problem.visits
        slots = [start_ranges(problem.slots.get(v.id, ()), v.duration) for v in visits]
        earliest = step_at_or_after(problem.earliest)
        self.begin = max(earliest, min((lo for s in slots for lo, _ in s), default=earliest))
        self.span = max(1, max((hi for s in slots for _, hi in s), default=0) - self.begin + 1)
        self.all_starts = (1 << self.span) - 1
        self.experts = list(dict.fromkeys(p.expert_id for p in proposals))
        self.lengths = [-(-ticks(v.duration) // _STEP) for v in visits]
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
        return _EPOCH + (self.begin + start) * GRID

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
            if (after := number.get(rule.successor)) is None:
                continue
            before, ended = number.get(rule.predecessor), problem.ended.get(rule.predecessor)
            if before is not None:
                end = ticks(problem.visits[before].duration)
            elif ended is not None:
                end = ticks(ended - _EPOCH)
            else:
                continue
            low = -(-(end + ticks(rule.min_gap)) // _STEP)
            high = None if rule.max_gap is None else (end + ticks(rule.max_gap)) // _STEP
            if before is None:
                latest = self.begin + self.span if high is None else high
                allowed[after] &= self._bits([(low, latest)])
            else:
                high = None if high is None else min(high, self.span)
                gaps.append(Gap(before, after, min(low, self.span), high))
        return gaps, allowed

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
            starts = self._bits(start_ranges(proposal.windows, visits[v].duration))
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
            free = allowed & ~self._bits(_clashes(candidate.busy, visit.duration))
            starts = 0
            for offer in made:
                starts |= offer.starts & free
            for able, position in zip(fits, visit.positions, strict=True):
                last = last_start(candidate, position, visit.duration) - self.begin
                if kept := starts & (1 << max(0, min(self.span, last + 1))) - 1:
                    able[expert] = kept
        return fits


def ticks(length: timedelta) -> int:
    """A duration in microseconds."""
    return length // _TICK


def step_at_or_after(instant: datetime) -> int:
    """The first step of the grid that is not before an instant."""
    return -(-ticks(instant - _EPOCH) // _STEP)


def start_ranges(windows: Iterable[Window], duration: timedelta) -> list[tuple[int, int]]:
    """First and last grid start of `duration` in each window, after joining touching windows."""
    length = ticks(duration)
    joined: list[list[int]] = []
    for start, end in sorted((ticks(w.start - _EPOCH), ticks(w.end - _EPOCH)) for w in windows):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([start, end])
    ranges = ((-(-start // _STEP), (end - length) // _STEP) for start, end in joined)
    return [(low, high) for low, high in ranges if low <= high]


def first_start(windows: Iterable[Window], duration: timedelta, earliest: datetime) -> int:
    """The first step, not before `earliest`, at which `duration` fits one of the windows.

    Where no window is left, `earliest` itself.
    """
    now = step_at_or_after(earliest)
    ranges = start_ranges(windows, duration)
    return min((max(low, now) for low, high in ranges if high >= now), default=now)


def last_start(candidate: Candidate, position: Position, duration: timedelta) -> int:
    """The last step at which the candidate's skill for a position outlasts `duration`."""
    return max(
        (
            _ALWAYS
            if skill.expires_at is None
            else ticks(skill.expires_at - _EPOCH - duration) // _STEP
            for skill in candidate.skills
            if skill.code == position.skill and skill.level >= position.min_level
        ),
        default=-_ALWAYS,
    )


def each(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _clashes(busy: Iterable[Window], duration: timedelta) -> Iterator[tuple[int, int]]:
    """First and last grid start at which `duration` would share a moment with a busy window."""
    length = ticks(duration)
    for window in busy:
        start, end = ticks(window.start - _EPOCH), ticks(window.end - _EPOCH)
        yield (start - length) // _STEP + 1, -(-end // _STEP) - 1


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
