"""Small groups, drawn from whatever gives integers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from hypothesis import strategies as st

from models.calendar import Window, packed
from models.matching.problem import Candidate, HeldSkill, MatchingProblem
from models.visit import Dependency, Position, Proposal, Visit
from tests.models.rules.matching.literal import QUARTER

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Draw = Callable[[int, int], int]


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_00000000-0000-7000-8000-{number:012d}"


def _after_noon(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def _one_in(draw: Draw, count: int) -> bool:
    return draw(1, count) == count


def _window(draw: Draw, shortest: int, longest: int, until: int = 9) -> Window:
    """Some quarters long, now and then with a ragged edge."""
    start = draw(-1, until) * 15
    end = start + draw(shortest, longest) * 15
    if _one_in(draw, 5):
        start, end = start - draw(0, 14), end + draw(0, 14)
    return Window(start=_after_noon(start), end=_after_noon(end))


def _skill(draw: Draw) -> HeldSkill:
    return HeldSkill(
        code=("gas", "gas", "power")[draw(0, 2)],
        level=draw(1, 2),
        expires_at=_after_noon(draw(-2, 12) * 15 + draw(0, 1) * 5) if _one_in(draw, 10) else None,
    )


def _visit(draw: Draw, number: int, positions: int) -> Visit:
    return Visit(
        id=_id("vis", number),
        seq=number,
        duration=draw(1, 3) * QUARTER,
        positions=tuple(
            Position(
                idx=idx,
                skill=("gas", "gas", "power")[draw(0, 2)],
                min_level=2 if _one_in(draw, 10) else 1,
            )
            for idx in range(positions)
        ),
    )


def _dependency(draw: Draw, before: int, after: int, same: bool) -> Dependency:
    least = draw(0, 2) * 15 if _one_in(draw, 2) else 0
    return Dependency(
        predecessor=_id("vis", before),
        successor=_id("vis", after),
        min_gap=timedelta(minutes=least),
        max_gap=None if _one_in(draw, 3) else timedelta(minutes=least + draw(0, 50)),
        same_expert=same != _one_in(draw, 12),
    )


def drawn_problem(draw: Draw) -> MatchingProblem:
    """A small group; `draw(a, b)` gives an integer from a to b.

    Some are of visits that might change places, some of visits that many people want at once: there
    the keys have something to decide. Some are of visits that the same few people do.
    """
    count = (1, 2, 2, 3, 3, 4)[draw(0, 5)]
    alike = count > 1 and _one_in(draw, 4)
    wanted = not alike and count < 4 and _one_in(draw, 4)
    shared = not alike and not wanted and 1 < count < 4 and _one_in(draw, 2)
    largest = 3 if count == 1 else 2 if count < 4 and not alike else 1
    sizes = [draw(1, largest) for _ in range(count)]
    if shared:
        sizes = [draw(1, 5 - count)] * count
    visits = tuple(_visit(draw, v + 1, size) for v, size in enumerate(sizes))
    if alike:
        visits = tuple(visits[0].but(id=v.id, seq=v.seq) for v in visits)
    dependencies = [
        _dependency(draw, a + 1, b + 1, shared or (sizes[a] == sizes[b] and _one_in(draw, 4)))
        for b in range(count)
        for a in range(b)
        if not alike and _one_in(draw, 8 if wanted else 2)
    ]
    ended = {}
    if _one_in(draw, 6):
        ended[_id("vis", 9)] = _after_noon(draw(-60, 60))
        dependencies.append(_dependency(draw, 9, draw(1, count), True))
    experts = draw(1, 3) if alike else draw(2, 5) if count > 3 else draw(3, 5)
    if shared and max(sizes) > 1:
        experts = 4
    proposals: list[Proposal] = []
    for expert in range(experts):
        for visit in visits:
            for _ in range(0 if _one_in(draw, 5) else 2 if _one_in(draw, 6) else 1):
                proposals.append(
                    Proposal(
                        id=_id("prp", len(proposals)),
                        visit_id=visit.id,
                        expert_id=_id("exp", expert),
                        times=packed(
                            [_window(draw, 10, 14, 2)]
                            if wanted or shared
                            else [_window(draw, 2, 8) for _ in range(draw(1, 2))]
                        ),
                        seq=0,
                    )
                )
    seqs = list(range(1, len(proposals) + 1))
    numbered = sorted(
        (p.but(seq=seqs.pop(draw(0, len(seqs) - 1))) for p in proposals), key=lambda p: p.seq
    )
    if wanted:
        common: tuple[Window, ...] = (_window(draw, 2, 4, 4),)
    else:
        common = tuple(_window(draw, 6, 14, 2) for _ in range(draw(1, 2)))
    return MatchingProblem(
        visits=visits,
        dependencies=tuple(dependencies),
        ended=ended,
        slots={
            visit.id: (_window(draw, 4, 8, 4),) if _one_in(draw, 8) else common for visit in visits
        },
        proposals=tuple(numbered),
        candidates=tuple(
            Candidate(
                expert_id=_id("exp", expert),
                skills=tuple(_skill(draw) for _ in range(draw(1, 3))),
                busy=(_window(draw, 1, 2),) if _one_in(draw, 4) else (),
                refusal="suspended" if _one_in(draw, 20) else None,
            )
            for expert in range(experts)
        ),
        earliest=_after_noon(draw(-20, 20)),
    )


@st.composite
def problems(draw: st.DrawFn) -> MatchingProblem:
    return drawn_problem(lambda low, high: draw(st.integers(low, high)))


@cache
def seeded(seed: int) -> MatchingProblem:
    """The group of a seed."""
    return drawn_problem(Random(seed).randint)


def with_a_hand_in_it(problem: MatchingProblem, draw: Draw) -> MatchingProblem:
    """The same group with the start of a visit fixed, or with a visit that stands behind one."""
    if _one_in(draw, 2):
        fixed = problem.visits[draw(0, len(problem.visits) - 1)]
        start = _after_noon(draw(0, 8) * 15)
        visits = tuple(v.but(start=start) if v.id == fixed.id else v for v in problem.visits)
        problem = problem.but(visits=visits)
    if not _one_in(draw, 2):
        return problem
    behind = _dependency(draw, draw(1, len(problem.visits)), 8, False)
    return problem.but(
        dependencies=(*problem.dependencies, behind.but(same_expert=False)),
        begins={_id("vis", 8): _after_noon(draw(2, 14) * 15)},
    )


@cache
def seeded_by_hand(seed: int) -> MatchingProblem:
    """The group of a seed, with a hand in it."""
    return with_a_hand_in_it(seeded(seed), Random(-seed - 1).randint)
