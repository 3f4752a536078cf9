"""Groups to be matched, said shortly: visits, offers, experts, gaps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from models.calendar import Window, packed
from models.matching.problem import (
    Candidate,
    Evaluation,
    HeldSkill,
    MatchingProblem,
)
from models.visit import Dependency, Position, Proposal, Visit

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ANNA, BEN, CARL, DORA = ("anna", "ben", "carl", "dora")


def at(clock: str, day: int = 0) -> datetime:
    """A time of day on Monday, or some days later."""
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


def hours(*spans: str, day: int = 0) -> tuple[Window, ...]:
    """Windows such as `8:00-12:30`."""
    return tuple(
        Window(start=at(start, day), end=at(end, day))
        for start, end in (span.split("-") for span in spans)
    )


def visit_id(number: int) -> str:
    return f"vis_00000000-0000-7000-8000-{number:012d}"


def visit(number: int, *skills: str, minutes: int = 60, level: int = 1) -> Visit:
    return Visit(
        id=visit_id(number),
        seq=number,
        duration=timedelta(minutes=minutes),
        positions=tuple(
            Position(idx=idx, skill=skill, min_level=level) for idx, skill in enumerate(skills)
        ),
    )


def expert_id(name: str) -> str:
    return f"exp_00000000-0000-7000-8000-{name.encode().hex():0>12}"


def offer(seq: int, name: str, number: int, *spans: str, day: int = 0) -> Proposal:
    """The proposal of that seq, by an expert for a visit."""
    return Proposal(
        id=f"prp_00000000-0000-7000-8000-{seq:012d}",
        visit_id=visit_id(number),
        expert_id=expert_id(name),
        times=packed(hours(*spans, day=day)),
        seq=seq,
    )


def expert(
    name: str, *skills: str | HeldSkill, busy: Sequence[Window] = (), refusal: str | None = None
) -> Candidate:
    return Candidate(
        expert_id=expert_id(name),
        skills=tuple(HeldSkill(code=s) if isinstance(s, str) else s for s in skills),
        busy=tuple(busy),
        refusal=refusal,
    )


def after(
    first: int, then: int, least: int = 0, most: int | None = 60, same: bool = False
) -> Dependency:
    """The second visit `least` to `most` minutes after the first."""
    return Dependency(
        predecessor=visit_id(first),
        successor=visit_id(then),
        min_gap=timedelta(minutes=least),
        max_gap=None if most is None else timedelta(minutes=most),
        same_expert=same,
    )


def group(
    visits: Sequence[Visit],
    offers: Sequence[Proposal],
    experts: Sequence[Candidate],
    *dependencies: Dependency,
    slots: Sequence[Window] = hours("0:00-23:45"),
    ended: dict[int, datetime] | None = None,
    begins: dict[int, datetime] | None = None,
    earliest: datetime = MONDAY,
) -> MatchingProblem:
    return MatchingProblem(
        visits=tuple(visits),
        dependencies=dependencies,
        ended={visit_id(number): end for number, end in (ended or {}).items()},
        begins={visit_id(number): start for number, start in (begins or {}).items()},
        slots={v.id: tuple(slots) for v in visits},
        proposals=tuple(offers),
        candidates=tuple(experts),
        earliest=earliest,
    )


def starts(found: Evaluation) -> list[str]:
    """When the visits begin, by visit sequence."""
    assert found.solution is not None, found.fullness
    ordered = sorted(found.solution.starts.items())
    return [f"{start:%H:%M}".removeprefix("0") for _, start in ordered]


def seqs(found: Evaluation) -> list[int]:
    """The used proposals, by visit sequence and position."""
    assert found.solution is not None, found.fullness
    return [chosen.seq for chosen in found.solution.crew]


GAS = [expert(name, "gas") for name in (ANNA, BEN, CARL, DORA)]
