"""The matching rule against a literal reading of the text, on small groups.

Groups that told a wrong rule from the right one, each named for what was wrong, are kept in
`matching_counterexamples.json`.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings

from models.matching.problem import Fullness, MatchingProblem
from models.rules.matching.evaluation import evaluate, keys
from tests.models.rules.matching.drawn import problems, seeded, seeded_by_hand
from tests.models.rules.matching.literal import Answer, Choice, counted, key, literally, solutions

COUNTEREXAMPLES = Path(__file__).with_name("matching_counterexamples.json")


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


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(problem=problems())
def test_the_rule_answers_as_the_text_reads(problem: MatchingProblem) -> None:
    assert by_the_rule(problem) == literally(problem)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 3_000, 500))
def test_the_rule_answers_as_the_text_reads_on_many_more_groups(first: int) -> None:
    for seed in range(first, first + 500):
        problem = seeded(seed)
        assert by_the_rule(problem) == literally(problem), f"seeded({seed})"


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 1_500, 500))
def test_the_rule_answers_as_the_text_reads_around_what_a_hand_fixed(first: int) -> None:
    for seed in range(first, first + 500):
        problem = seeded_by_hand(seed)
        assert by_the_rule(problem) == literally(problem), f"seeded_by_hand({seed})"


KEPT = json.loads(COUNTEREXAMPLES.read_text())


@pytest.mark.parametrize("kept", KEPT, ids=[kept["found"] for kept in KEPT])
def test_a_kept_counterexample_stays_solved(kept: dict[str, object]) -> None:
    problem = MatchingProblem.model_validate(kept["problem"])
    assert by_the_rule(problem) == literally(problem)


# ---- the comparison can fail ----


FEW = range(400)
"""Enough of the seeds to see every mistake."""


@cache
def of_the_text(seed: int) -> Answer:
    return literally(seeded(seed))


@cache
def of_the_rule(seed: int) -> Answer:
    return by_the_rule(seeded(seed))


@cache
def every_solution(seed: int) -> tuple[tuple[Choice, ...], ...]:
    problem = seeded(seed)
    return tuple(solutions(problem, counted(problem)))


def differs(order: Callable[[tuple[Choice, ...]], tuple[object, ...]]) -> bool:
    for seed in FEW:
        best = min(every_solution(seed), key=order, default=None)
        by_order = best and [choice.people for choice in best]
        if (by_order, best and key(best)) != (of_the_rule(seed).people, of_the_rule(seed).key):
            return True
    return False


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
        assert any(by_the_rule(relaxed(seeded(seed), line)) != of_the_text(seed) for seed in FEW), (
            line
        )


def test_the_groups_are_of_every_kind() -> None:
    kinds = Counter[Fullness]()
    for seed in FEW:
        kinds[of_the_rule(seed).fullness] += 1
    assert kinds[Fullness.UNDECIDED] == 0
    assert kinds[Fullness.EMPTY] > 0
    assert min(kinds[k] for k in (Fullness.FULL, Fullness.PARTIAL, Fullness.NO_COMMON_TIME)) > 50


def test_a_rule_that_passes_over_what_a_hand_fixed_would_be_seen() -> None:
    def forgetful(problem: MatchingProblem, what: str) -> MatchingProblem:
        if what == "begins":
            return problem.but(begins={})
        return problem.but(visits=tuple(v.but(start=None) for v in problem.visits))

    for what in ("begins", "start"):
        assert any(
            by_the_rule(forgetful(p, what)) != by_the_rule(p) for p in map(seeded_by_hand, FEW)
        ), what
    full = [by_the_rule(p).fullness for p in map(seeded_by_hand, FEW)].count(Fullness.FULL)
    assert full > 50
