"""Groups at the bounds: what their visits, proposals and windows are made of."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from models.calendar import GRID, Window, packed
from models.matching.problem import Candidate, HeldSkill, MatchingProblem
from models.visit import Dependency, Position, Proposal, Visit

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, DAY = 60, 96
SKILLS = ("gas", "power", "water", "roof", "glass")
VISITS, PROPOSALS, WINDOWS, SLOTS = 6, 200, 50, 20
EXPERTS = PROPOSALS // VISITS
Span = tuple[int, int]
"""Start and length of a window, in quarters of an hour since midnight of the first day."""


def numbered(prefix: str, number: int) -> str:
    """An id of the house."""
    return f"{prefix}_00000000-0000-7000-8000-{number:012d}"


def window(span: Span) -> Window:
    """A window on the calendar."""
    start, length = span
    return Window(start=MIDNIGHT + start * GRID, end=MIDNIGHT + (start + length) * GRID)


def follow(before: int, after: int, least: int, most: int | None, same: bool = False) -> Dependency:
    """A dependency between two visits; gaps in quarters of an hour."""
    return Dependency(
        predecessor=numbered("vis", before),
        successor=numbered("vis", after),
        min_gap=least * GRID,
        max_gap=None if most is None else most * GRID,
        same_expert=same,
    )


def chain(least: int, most: int | None, same: bool = False) -> list[Dependency]:
    """Each visit after the one before."""
    return [follow(a, b, least, most, same) for a, b in pairwise(range(VISITS))]


def group(
    lengths: Sequence[int],
    positions: Sequence[Sequence[str]],
    dependencies: Iterable[Dependency],
    skills: Sequence[Sequence[str]],
    windows: Callable[[int, int], Sequence[Span]],
    slots: Sequence[Span] | None = None,
    ended: bool = False,
) -> MatchingProblem:
    """A group in which each expert proposes for each visit, until there are enough proposals."""
    visits = tuple(
        Visit(
            id=numbered("vis", v),
            seq=v,
            duration=length * GRID,
            positions=tuple(Position(idx=i, skill=skill) for i, skill in enumerate(places)),
        )
        for v, (length, places) in enumerate(zip(lengths, positions, strict=True))
    )
    proposals = [
        Proposal(
            id=numbered("prp", expert * VISITS + v),
            visit_id=numbered("vis", v),
            expert_id=numbered("exp", expert),
            times=packed(window(span) for span in windows(expert, v)),
            seq=expert * VISITS + v,
        )
        for expert in range(len(skills))
        for v in range(VISITS)
    ]
    wide = tuple(window(span) for span in slots or [(0, DAYS * DAY)])
    past = numbered("vis", VISITS)
    return MatchingProblem(
        visits=visits,
        dependencies=(
            *dependencies,
            *(follow(VISITS, v, 0, None) for v in range(VISITS if ended else 0)),
        ),
        ended={past: MIDNIGHT} if ended else {},
        slots={visit.id: wide for visit in visits},
        proposals=tuple(proposals[:PROPOSALS]),
        candidates=tuple(
            Candidate(
                expert_id=numbered("exp", expert),
                skills=tuple(HeldSkill(code=code) for code in held),
            )
            for expert, held in enumerate(skills)
        ),
        earliest=MIDNIGHT + timedelta(minutes=60),
    )


def some_windows(chance: Random, shortest: int, longest: int) -> list[Span]:
    """Windows anywhere in the sixty days."""
    return [
        (chance.randrange(DAYS * DAY - longest), chance.randint(shortest, longest))
        for _ in range(WINDOWS)
    ]


def daily(first: int, length: int, count: int = WINDOWS) -> list[Span]:
    """The same hours on each of the first days."""
    return [(day * DAY + first, length) for day in range(count)]


def some_skills(chance: Random, each: int) -> list[list[str]]:
    """Experts with `each` skills, every skill held by some."""
    return [[SKILLS[expert % 5], *chance.sample(SKILLS, each - 1)] for expert in range(EXPERTS + 1)]
