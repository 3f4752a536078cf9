"""The matching rule as the text reads, for small groups.

`literally` is written from the text alone: it goes through all starts and all people, and is as
slow as that sounds.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple

from models.calendar import Window, unpacked
from models.matching.problem import Candidate, Fullness, MatchingProblem
from models.visit import Position, Proposal, Visit

QUARTER = timedelta(minutes=15)


class Choice(NamedTuple):
    """A start and an end for a visit, and a person with the seq of their proposal for each
    position."""

    visit: Visit
    start: datetime
    end: datetime
    people: tuple[str, ...]
    seqs: tuple[int, ...]


def is_on_grid(instant: datetime) -> bool:
    return instant.second == instant.microsecond == 0 and instant.minute % 15 == 0


def grid(problem: MatchingProblem) -> list[datetime]:
    """All moments of the grid at which a visit could start."""
    ends = [slot.end for slots in problem.slots.values() for slot in slots]
    ends += [visit.start + visit.duration for visit in problem.visits if visit.start is not None]
    moment = first_of_the_grid(problem)
    last = max(ends, default=moment)
    return [moment + n * QUARTER for n in range(-((moment - last) // QUARTER))]


def first_of_the_grid(problem: MatchingProblem) -> datetime:
    minute = problem.earliest.astimezone(UTC).replace(second=0, microsecond=0)
    while minute < problem.earliest or not is_on_grid(minute):
        minute += timedelta(minutes=1)
    return minute


Stretches = list[tuple[datetime, datetime]]


def without_seams(windows: Iterable[Window]) -> Stretches:
    """Windows with those that touch or overlap made one."""
    seamless: Stretches = []
    for window in windows:
        start, end = window.start, window.end
        for other in [o for o in seamless if o[0] <= end and start <= o[1]]:
            seamless.remove(other)
            start, end = min(start, other[0]), max(end, other[1])
        seamless.append((start, end))
    return seamless


@lru_cache(4096)
def offered(times: str) -> Stretches:
    return without_seams(unpacked(times))


def lies_in_one(start: datetime, end: datetime, stretches: Stretches) -> bool:
    return any(a <= start and end <= b for a, b in stretches)


def has_skill(candidate: Candidate, position: Position, until: datetime) -> bool:
    return any(
        skill.code == position.skill
        and skill.level >= position.min_level
        and (skill.expires_at is None or until <= skill.expires_at)
        for skill in candidate.skills
    )


def first_moment(problem: MatchingProblem, visit: Visit, proposal: Proposal) -> datetime:
    moment = first_of_the_grid(problem)
    latest = max(end for _, end in offered(proposal.times))
    for later in range(int((latest - moment) / QUARTER) + 1):
        start = moment + later * QUARTER
        if lies_in_one(start, start + visit.duration, offered(proposal.times)):
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


Counting = dict[str, list[int]]
"""The positions for which each proposal counts."""


def counted(problem: MatchingProblem) -> Counting:
    return {proposal.id: counts_for(problem, proposal) for proposal in problem.proposals}


def choices(problem: MatchingProblem, visit: Visit, counting: Counting) -> Iterator[Choice]:
    """Lines 1, 2 and the first half of 3, for one visit."""
    candidates = {c.expert_id: c for c in problem.candidates}
    made = [p for p in problem.proposals if p.visit_id == visit.id and counting[p.id]]
    wished = without_seams(problem.slots[visit.id])
    for start in grid(problem):
        end = start + visit.duration
        if visit.start is None and not lies_in_one(start, end, wished):
            continue
        if visit.start not in (None, start):
            continue
        seq_of: dict[str, int] = {}
        for proposal in made:
            if lies_in_one(start, end, offered(proposal.times)):
                lower = min(proposal.seq, seq_of.get(proposal.expert_id, proposal.seq))
                seq_of[proposal.expert_id] = lower
        for people in permutations(sorted(seq_of), len(visit.positions)):
            if all(
                has_skill(candidates[person], position, end)
                and not any(busy.overlaps(start, end) for busy in candidates[person].busy)
                for person, position in zip(people, visit.positions, strict=True)
            ):
                yield Choice(visit, start, end, people, tuple(seq_of[person] for person in people))


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


def fits_what_stands(problem: MatchingProblem, choice: Choice) -> bool:
    for rule in problem.dependencies:
        if rule.predecessor == choice.visit.id and rule.successor in problem.begins:
            gap = problem.begins[rule.successor] - choice.end
            if gap < rule.min_gap or (rule.max_gap is not None and gap > rule.max_gap):
                return False
        if rule.successor == choice.visit.id and rule.predecessor in problem.ended:
            gap = choice.start - problem.ended[rule.predecessor]
            if gap < rule.min_gap or (rule.max_gap is not None and gap > rule.max_gap):
                return False
    return True


def solutions(problem: MatchingProblem, counting: Counting) -> Iterator[tuple[Choice, ...]]:
    found: list[tuple[Choice, ...]] = [()]
    for visit in problem.visits:
        options = [c for c in choices(problem, visit, counting) if fits_what_stands(problem, c)]
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


def missing(problem: MatchingProblem, counting: Counting) -> list[str]:
    """The positions left over when those before them are filled, ignoring all times."""
    names = []
    for visit in problem.visits:
        filled: list[Position] = []
        for position in visit.positions:
            proposers = [
                {
                    p.expert_id
                    for p in problem.proposals
                    if p.visit_id == visit.id and wanted.idx in counting[p.id]
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


def literally(problem: MatchingProblem) -> Answer:
    counting = counted(problem)
    ineligible = [p.id for p in problem.proposals if not counting[p.id]]
    best = min(solutions(problem, counting), key=key, default=None)
    if best is not None:
        people = [choice.people for choice in best]
        return Answer(Fullness.FULL, ineligible, [], key(best), people)
    if len(ineligible) == len(problem.proposals):
        return Answer(Fullness.EMPTY, ineligible)
    if names := missing(problem, counting):
        return Answer(Fullness.PARTIAL, ineligible, names)
    return Answer(Fullness.NO_COMMON_TIME, ineligible)
