"""The matching rule against a literal reading of the text, on small groups.

`literally` is written from the text alone: it goes through all starts and all people, and is as
slow as that sounds. `drawn_problem` makes the groups, from whatever gives it integers. Groups that
told a wrong rule from the right one, each named for what was wrong, are kept in
`matching_counterexamples.json`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calendar import Window
from models.matching import Candidate, Fullness, HeldSkill, MatchingProblem
from models.rules.matching import evaluate, keys
from models.visit import Dependency, Position, Proposal, Visit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
COUNTEREXAMPLES = Path(__file__).with_name("matching_counterexamples.json")
Draw = Callable[[int, int], int]


# ---- the text, literally ----


class Choice(NamedTuple):
    """A start for a visit, and a person with the seq of his proposal for each position."""

    visit: Visit
    start: datetime
    people: tuple[str, ...]
    seqs: tuple[int, ...]

    @property
    def end(self) -> datetime:
        return self.start + self.visit.duration


def is_on_grid(instant: datetime) -> bool:
    return instant.second == instant.microsecond == 0 and instant.minute % 15 == 0


def grid(problem: MatchingProblem) -> list[datetime]:
    """All moments of the grid at which a visit could start."""
    ends = [slot.end for slots in problem.slots.values() for slot in slots]
    minute = problem.earliest.astimezone(UTC).replace(second=0, microsecond=0)
    moments = []
    while minute < max(ends, default=minute):
        if minute >= problem.earliest and is_on_grid(minute):
            moments.append(minute)
        minute += timedelta(minutes=1)
    return moments


def without_seams(windows: tuple[Window, ...]) -> list[tuple[datetime, datetime]]:
    """Windows with those that touch or overlap made one."""
    seamless: list[tuple[datetime, datetime]] = []
    for window in windows:
        start, end = window.start, window.end
        for other in [o for o in seamless if o[0] <= end and start <= o[1]]:
            seamless.remove(other)
            start, end = min(start, other[0]), max(end, other[1])
        seamless.append((start, end))
    return seamless


def lies_in_one(start: datetime, end: datetime, windows: tuple[Window, ...]) -> bool:
    return any(a <= start and end <= b for a, b in without_seams(windows))


def has_skill(candidate: Candidate, position: Position, until: datetime) -> bool:
    return any(
        skill.code == position.skill
        and skill.level >= position.min_level
        and (skill.expires_at is None or until <= skill.expires_at)
        for skill in candidate.skills
    )


def first_moment(problem: MatchingProblem, visit: Visit, proposal: Proposal) -> datetime:
    moment = problem.earliest.astimezone(UTC)
    while not is_on_grid(moment):
        moment += timedelta(minutes=1)
    latest = max(window.end for window in proposal.windows)
    for later in range(int((latest - moment) / QUARTER) + 1):
        start = moment + later * QUARTER
        if lies_in_one(start, start + visit.duration, proposal.windows):
            return start
    return moment


def counts_for(problem: MatchingProblem, proposal: Proposal) -> list[int]:
    """The positions for which a proposal counts; none: it is ineligible."""
    visit = next(v for v in problem.visits if v.id == proposal.visit_id)
    candidate = next(c for c in problem.candidates if c.expert_id == proposal.expert_id)
    end = first_moment(problem, visit, proposal) + visit.duration
    return [
        position.idx
        for position in visit.positions
        if candidate.refusal is None and has_skill(candidate, position, end)
    ]


def choices(problem: MatchingProblem, visit: Visit) -> Iterator[Choice]:
    """Lines 1, 2 and the first half of 3, for one visit."""
    candidates = {c.expert_id: c for c in problem.candidates}
    made = [p for p in problem.proposals if p.visit_id == visit.id and counts_for(problem, p)]
    for start in grid(problem):
        end = start + visit.duration
        if not lies_in_one(start, end, problem.slots[visit.id]):
            continue
        seq_of: dict[str, int] = {}
        for proposal in made:
            if lies_in_one(start, end, proposal.windows):
                lower = min(proposal.seq, seq_of.get(proposal.expert_id, proposal.seq))
                seq_of[proposal.expert_id] = lower
        for people in permutations(sorted(seq_of), len(visit.positions)):
            if all(
                has_skill(candidates[person], position, end)
                and not any(busy.overlaps(start, end) for busy in candidates[person].busy)
                for person, position in zip(people, visit.positions, strict=True)
            ):
                yield Choice(visit, start, people, tuple(seq_of[person] for person in people))


def go_together(problem: MatchingProblem, one: Choice, other: Choice) -> bool:
    """The second half of line 3, and line 4, for two visits."""
    if one.start < other.end and other.start < one.end and set(one.people) & set(other.people):
        return False
    for rule in problem.dependencies:
        for before, after in ((one, other), (other, one)):
            if (rule.predecessor, rule.successor) == (before.visit.id, after.visit.id):
                gap = after.start - before.end
                if gap < rule.min_gap or (rule.max_gap is not None and gap > rule.max_gap):
                    return False
                if rule.same_expert and set(before.people) != set(after.people):
                    return False
    return True


def follows_the_ended(problem: MatchingProblem, choice: Choice) -> bool:
    for rule in problem.dependencies:
        if rule.successor == choice.visit.id and rule.predecessor in problem.ended:
            gap = choice.start - problem.ended[rule.predecessor]
            if gap < rule.min_gap or (rule.max_gap is not None and gap > rule.max_gap):
                return False
    return True


def solutions(problem: MatchingProblem) -> Iterator[tuple[Choice, ...]]:
    found: list[tuple[Choice, ...]] = [()]
    for visit in problem.visits:
        options = [c for c in choices(problem, visit) if follows_the_ended(problem, c)]
        found = [
            (*chosen, option)
            for chosen, option in product(found, options)
            if all(go_together(problem, earlier, option) for earlier in chosen)
        ]
    yield from found


def key(solution: tuple[Choice, ...]) -> tuple[object, ...]:
    """(K1, K2, K3, K4)."""
    starts = [choice.start for choice in solution]
    seqs = [seq for choice in solution for seq in choice.seqs]
    return sorted(starts), starts, sorted(seqs), seqs


def missing(problem: MatchingProblem) -> list[str]:
    """The positions left over when those before them are filled, ignoring all times."""
    names = []
    for visit in problem.visits:
        filled: list[Position] = []
        for position in visit.positions:
            proposers = [
                {
                    p.expert_id
                    for p in problem.proposals
                    if p.visit_id == visit.id and wanted.idx in counts_for(problem, p)
                }
                for wanted in (*filled, position)
            ]
            if any(len(set(people)) == len(people) for people in product(*proposers)):
                filled.append(position)
            else:
                names.append(f"{visit.seq}.{position.idx}:{position.skill}")
    return names


class Answer(NamedTuple):
    fullness: Fullness
    ineligible: list[str]
    missing: list[str] = []
    key: tuple[object, ...] | None = None
    people: list[tuple[str, ...]] | None = None


def literally(
    problem: MatchingProblem, by: Callable[[tuple[Choice, ...]], tuple[object, ...]] = key
) -> Answer:
    ineligible = [p.id for p in problem.proposals if not counts_for(problem, p)]
    best = min(solutions(problem), key=by, default=None)
    if best is not None:
        people = [choice.people for choice in best]
        return Answer(Fullness.FULL, ineligible, [], key(best), people)
    if len(ineligible) == len(problem.proposals):
        return Answer(Fullness.EMPTY, ineligible)
    if names := missing(problem):
        return Answer(Fullness.PARTIAL, ineligible, names)
    return Answer(Fullness.NO_COMMON_TIME, ineligible)


def by_the_rule(problem: MatchingProblem) -> Answer:
    found = evaluate(problem)
    if found.solution is None:
        return Answer(found.fullness, list(found.ineligible), list(found.missing))
    people = [
        tuple(c.expert_id for c in found.solution.crew if c.visit_id == visit.id)
        for visit in problem.visits
    ]
    of_the_rule = tuple(list(part) for part in keys(problem, found.solution))
    return Answer(found.fullness, list(found.ineligible), [], of_the_rule, people)


# ---- small groups ----


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
                        windows=(_window(draw, 10, 14, 2),)
                        if wanted or shared
                        else tuple(_window(draw, 2, 8) for _ in range(draw(1, 2))),
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


def seeded(seed: int) -> MatchingProblem:
    return drawn_problem(Random(seed).randint)


# ---- the comparison ----


@settings(max_examples=1_000, deadline=None, derandomize=True, database=None)
@given(problem=problems())
def test_the_rule_answers_as_the_text_reads(problem: MatchingProblem) -> None:
    assert by_the_rule(problem) == literally(problem)


@pytest.mark.parametrize("first", range(0, 4_000, 500))
def test_the_rule_answers_as_the_text_reads_on_many_more_groups(first: int) -> None:
    for seed in range(first, first + 500):
        problem = seeded(seed)
        assert by_the_rule(problem) == literally(problem), f"seeded({seed})"


KEPT = json.loads(COUNTEREXAMPLES.read_text())


@pytest.mark.parametrize("kept", KEPT, ids=[kept["found"] for kept in KEPT])
def test_a_kept_counterexample_stays_solved(kept: dict[str, object]) -> None:
    problem = MatchingProblem.model_validate(kept["problem"])
    assert by_the_rule(problem) == literally(problem)


# ---- the comparison can fail ----


def differs(order: Callable[[tuple[Choice, ...]], tuple[object, ...]]) -> bool:
    return any(literally(p, order) != by_the_rule(p) for p in map(seeded, range(400)))


def test_a_wrong_order_of_the_keys_would_be_seen() -> None:
    def reordered(*order: int) -> Callable[[tuple[Choice, ...]], tuple[object, ...]]:
        return lambda solution: tuple(key(solution)[k] for k in order)

    assert not differs(reordered(0, 1, 2, 3))
    assert differs(reordered(1, 0, 2, 3)), "K2 before K1"
    assert differs(reordered(2, 0, 1, 3)), "K3 before K1"
    assert differs(reordered(0, 2, 1, 3)), "K3 before K2"
    assert differs(reordered(0, 1, 3, 2)), "K4 before K3"


def test_a_rule_without_one_of_its_lines_would_be_seen() -> None:
    def relaxed(problem: MatchingProblem, line: str) -> MatchingProblem:
        match line:
            case "busy":
                free = tuple(c.but(busy=()) for c in problem.candidates)
                return problem.but(candidates=free)
            case "ended":
                return problem.but(ended={})
            case "levels":
                skilled = tuple(
                    c.but(skills=tuple(s.but(level=5) for s in c.skills))
                    for c in problem.candidates
                )
                return problem.but(candidates=skilled)
            case _:
                change = {"same_expert": False, "max_gap": None, "min_gap": timedelta(0)}[line]
                rules = tuple(d.but(**{line: change}) for d in problem.dependencies)
                return problem.but(dependencies=rules)

    for line in ("busy", "ended", "levels", "same_expert", "max_gap", "min_gap"):
        assert any(
            by_the_rule(relaxed(problem, line)) != literally(problem)
            for problem in map(seeded, range(400))
        ), line


def test_the_groups_are_of_every_kind() -> None:
    kinds = Counter[Fullness]()
    for problem in map(seeded, range(400)):
        kinds[by_the_rule(problem).fullness] += 1
    assert kinds[Fullness.UNDECIDED] == 0
    assert kinds[Fullness.EMPTY] > 0
    assert min(kinds[k] for k in (Fullness.FULL, Fullness.PARTIAL, Fullness.NO_COMMON_TIME)) > 50
