"""What would have been chosen, had something been otherwise."""

from datetime import datetime, timedelta

import pytest

from models.errors import NotFound
from models.matching.problem import Evaluation, Fullness, MatchingProblem
from models.rules.matching.counterfactual import (
    with_other_hold,
    with_other_slots,
    without_proposal,
)
from tests.models.rules.matching.groups import (
    ANNA,
    BEN,
    CARL,
    GAS,
    after,
    at,
    group,
    hours,
    offer,
    seqs,
    starts,
    visit,
)

HOUR = timedelta(hours=1)
OFFERS = [
    offer(1, ANNA, 1, "12:00-14:00"),
    offer(2, BEN, 1, "10:00-12:00"),
    offer(3, CARL, 1, "8:00-9:00"),
]
ALL = group([visit(1, "gas")], OFFERS, GAS)


def held(
    problem: MatchingProblem, hold: timedelta, lead: timedelta = timedelta(0), *posted: datetime
) -> Evaluation:
    """The evaluation, had a full group been held so long; offers came at 5, 6 and 7 o'clock."""
    times = posted or (at("5:00"), at("6:00"), at("7:00"))
    arrived = {p.id: t for p, t in zip(problem.proposals, times, strict=True)}
    return with_other_hold(problem, arrived, hold, lead)


def test_without_the_offer_that_won_the_next_best_one_wins() -> None:
    assert seqs(without_proposal(ALL, OFFERS[2].id)) == [2]
    assert seqs(without_proposal(ALL, OFFERS[0].id)) == [3]


def test_without_an_offer_that_nobody_made_there_is_nothing_to_compare() -> None:
    with pytest.raises(NotFound, match="prp_nonsense was not among") as refused:
        without_proposal(ALL, "prp_nonsense")
    assert refused.value.code == "proposal-not-considered"
    assert refused.value.evidence == {"considered": [p.id for p in OFFERS]}


def test_at_other_times_of_the_customer_somebody_else_would_have_come() -> None:
    assert starts(with_other_slots(ALL, hours("11:00-15:00"))) == ["11:00"]
    assert with_other_slots(ALL, hours("15:00-16:00")).fullness is Fullness.NO_COMMON_TIME


def test_other_times_hold_for_every_visit_of_the_group() -> None:
    pair = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "8:00-12:00"), offer(2, BEN, 2, "8:00-12:00")],
        GAS,
        after(1, 2),
    )
    assert starts(with_other_slots(pair, hours("9:00-12:00"))) == ["9:00", "10:00"]


def test_a_full_group_that_is_not_held_takes_the_first_who_came() -> None:
    assert seqs(held(ALL, timedelta(0))) == [1]


def test_a_hold_lets_those_in_who_came_until_it_was_over() -> None:
    assert seqs(held(ALL, HOUR - timedelta(seconds=1))) == [1]
    assert seqs(held(ALL, HOUR)) == [2]
    assert seqs(held(ALL, 2 * HOUR)) == [3]


def test_a_hold_begins_when_the_group_is_first_full() -> None:
    late = group(
        [visit(1, "gas")],
        [offer(1, ANNA, 1, "5:00-5:45"), offer(2, BEN, 1, "9:00-12:00"), OFFERS[2]],
        GAS,
    )
    assert seqs(held(late, timedelta(0))) == [2]
    assert seqs(held(late, HOUR)) == [3]


def test_offers_are_taken_in_the_order_of_their_places() -> None:
    shuffled = group([visit(1, "gas")], OFFERS[::-1], GAS)
    times = (at("7:00"), at("6:00"), at("5:00"))
    assert seqs(held(shuffled, timedelta(0), timedelta(0), *times)) == [1]


def test_a_longer_hold_and_a_lead_put_the_first_visit_off() -> None:
    assert starts(held(ALL, 2 * HOUR, 2 * HOUR)) == ["10:00"]
    assert starts(held(ALL, 4 * HOUR, 2 * HOUR)) == ["11:00"]
    assert starts(held(ALL, timedelta(0), 8 * HOUR)) == ["13:00"]


def test_a_group_is_not_full_while_its_experts_had_too_little_notice() -> None:
    offers = [offer(1, ANNA, 1, "6:00-7:00"), offer(2, BEN, 1, "9:00-12:00")]
    hasty = group([visit(1, "gas")], offers, GAS)
    assert seqs(held(hasty, timedelta(0), 2 * HOUR, at("5:00"), at("6:00"))) == [2]


def test_a_group_that_is_never_full_is_evaluated_as_it_was() -> None:
    nobody = ALL.but(slots=dict.fromkeys(ALL.slots, ()))
    assert held(nobody, HOUR).fullness is Fullness.NO_COMMON_TIME
    # By the time Anna's offer arrived its time was over; at the evaluation itself it was not.
    missed = group([visit(1, "gas")], [offer(1, ANNA, 1, "4:00-5:00")], GAS)
    assert held(missed, HOUR, timedelta(0), at("5:00")).fullness is Fullness.FULL
