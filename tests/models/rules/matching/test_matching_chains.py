"""Visits that follow each other, or stand already (docs/rules/matching.md, What a
solution is)."""

import pytest

from models.matching.problem import Evaluation, Fullness
from models.rules.matching.evaluation import evaluate
from tests.models.rules.matching.groups import (
    ANNA,
    BEN,
    CARL,
    GAS,
    after,
    at,
    expert,
    group,
    hours,
    offer,
    seqs,
    starts,
    visit,
)

# ---- 4: dependencies ----


def test_the_early_plumber_loses_when_the_electrician_cannot_follow() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "power")],
        [
            offer(1, ANNA, 1, "8:00-9:00"),
            offer(2, BEN, 1, "13:00-14:00"),
            offer(3, CARL, 2, "14:00-18:00"),
        ],
        [expert(ANNA, "gas"), expert(BEN, "gas"), expert(CARL, "power")],
        after(1, 2),
    )
    found = evaluate(problem)
    assert starts(found) == ["13:00", "14:00"]
    assert seqs(found) == [2, 3]


@pytest.mark.parametrize(
    ("least", "most", "second"),
    [(0, 60, "10:00"), (30, 60, "10:30"), (20, None, "10:30"), (45, 45, "10:45")],
)
def test_the_successor_keeps_its_gap(least: int, most: int | None, second: str) -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-18:00"), offer(2, BEN, 2, "9:00-18:00")],
        GAS,
        after(1, 2, least, most),
    )
    assert starts(evaluate(problem)) == ["9:00", second]


def test_a_largest_gap_pulls_the_first_visit_later() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-18:00"), offer(2, BEN, 2, "15:00-18:00")],
        GAS,
        after(1, 2, 0, 30),
    )
    assert starts(evaluate(problem)) == ["13:30", "15:00"]


def test_gaps_that_contradict_each_other_leave_no_common_time() -> None:
    visits = [visit(n, "gas") for n in (1, 2, 3)]
    offers = [offer(n, name, n, "0:00-23:00") for n, name in ((1, ANNA), (2, BEN), (3, CARL))]
    shortcut = (after(1, 2), after(2, 3), after(1, 3, 0, 30))
    circle = (after(1, 2), after(2, 1))
    assert evaluate(group(visits, offers, GAS, *shortcut)).fullness is Fullness.NO_COMMON_TIME
    assert evaluate(group(visits, offers, GAS, *circle)).fullness is Fullness.NO_COMMON_TIME


def test_a_completed_predecessor_counts_by_its_actual_end() -> None:
    def settled(most: int | None) -> Evaluation:
        return evaluate(
            group(
                [visit(2, "gas")],
                [offer(1, ANNA, 2, "8:00-9:00", "12:00-18:00")],
                GAS,
                after(1, 2, 30, most),
                ended={1: at("11:50")},
            )
        )

    assert starts(settled(60)) == ["12:30"]
    assert settled(35).fullness is Fullness.NO_COMMON_TIME


def test_the_same_expert_does_both_visits() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [
            offer(1, ANNA, 1, "8:00-12:00"),
            offer(2, BEN, 2, "9:00-12:00"),
            offer(3, BEN, 1, "10:00-12:00"),
        ],
        GAS,
        after(1, 2, same=True),
    )
    found = evaluate(problem)
    assert starts(found) == ["10:00", "11:00"]
    assert seqs(found) == [3, 2]


def test_the_same_experts_may_change_positions_between_visits() -> None:
    problem = group(
        [visit(1, "gas", "power"), visit(2, "power", "gas")],
        [offer(1 + e + 2 * v, (ANNA, BEN)[e], v + 1, "8:00-18:00") for v in (0, 1) for e in (0, 1)],
        [expert(ANNA, "gas"), expert(BEN, "power")],
        after(1, 2, same=True),
    )
    assert seqs(evaluate(problem)) == [1, 2, 4, 3]


def test_the_same_experts_cannot_do_visits_of_different_size() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas", "gas")],
        [
            offer(1, ANNA, 1, "8:00-18:00"),
            offer(2, ANNA, 2, "8:00-18:00"),
            offer(3, BEN, 2, "8:00-18:00"),
        ],
        GAS,
        after(1, 2, same=True),
    )
    assert evaluate(problem).fullness is Fullness.NO_COMMON_TIME


# ---- 5: what a hand fixed ----


def test_a_successor_that_stands_bounds_its_predecessor() -> None:
    def settled(most: int | None, *spans: str) -> Evaluation:
        return evaluate(
            group(
                [visit(1, "gas")],
                [offer(1, ANNA, 1, *spans)],
                GAS,
                after(1, 2, 30, most),
                begins={2: at("12:00")},
            )
        )

    assert starts(settled(60, "8:00-18:00")) == ["10:00"]
    assert starts(settled(None, "8:00-18:00")) == ["8:00"]
    assert starts(settled(30, "8:00-18:00")) == ["10:30"]
    assert settled(60, "10:45-18:00").fullness is Fullness.NO_COMMON_TIME
    assert settled(60, "8:00-10:45").fullness is Fullness.NO_COMMON_TIME


def test_a_visit_whose_start_is_fixed_starts_then_or_not_at_all() -> None:
    fixed = visit(1, "gas").but(start=at("12:00"))
    offers = [offer(1, ANNA, 1, "8:00-12:45"), offer(2, BEN, 1, "8:00-18:00")]
    found = evaluate(group([fixed], offers, GAS))
    assert (starts(found), seqs(found)) == (["12:00"], [2])
    alone = group([fixed], offers[:1], GAS)
    assert evaluate(alone).fullness is Fullness.NO_COMMON_TIME
    late = group([fixed], offers, GAS, earliest=at("12:15"))
    assert evaluate(late).fullness is Fullness.NO_COMMON_TIME


def test_others_are_matched_around_a_fixed_start() -> None:
    fixed = visit(2, "gas").but(start=at("12:00"))
    problem = group(
        [visit(1, "gas"), fixed, visit(3, "gas")],
        [offer(n, name, n, "8:00-18:00") for n, name in ((1, ANNA), (2, BEN), (3, CARL))],
        GAS,
        after(1, 2, 0, 30),
        after(2, 3, 15, 60),
    )
    found = evaluate(problem)
    assert (starts(found), seqs(found)) == (["10:30", "12:00", "13:15"], [1, 2, 3])


def test_a_fixed_start_asks_nothing_of_the_slots() -> None:
    """Whoever fixed it had the customer's consent."""
    fixed = visit(1, "gas").but(start=at("12:00"))
    offers = [offer(1, ANNA, 1, "8:00-18:00")]
    assert starts(evaluate(group([fixed], offers, GAS, slots=hours("8:00-9:00")))) == ["12:00"]
