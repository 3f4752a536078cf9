"""Who pays: a plan, the customer, or somebody has to find out."""

from itertools import permutations

import pytest

from models.rules.promise.coverage import HeldPlan, SubscriptionStatus, coverage_of
from models.ticket import Coverage

S = SubscriptionStatus
FRIDGE, ROUTER = "refrigerator", "router"
KITCHEN = (FRIDGE, "oven")


def plan(
    status: SubscriptionStatus = S.ACTIVE,
    categories: tuple[str, ...] | None = None,
    visits: int = 4,
    price: int = 1000,
    name: str = "plan",
) -> HeldPlan:
    return HeldPlan(
        plan_id=name,
        status=status,
        categories=categories,
        included_visits=visits,
        price=price,
    )


def test_without_a_plan_nobody_pays_but_the_customer() -> None:
    assert coverage_of([], FRIDGE).coverage is Coverage.NOT_COVERED


def test_a_plan_for_everything_covers_even_what_nobody_has_named_yet() -> None:
    assert coverage_of([plan()], None).coverage is Coverage.COVERED
    assert coverage_of([plan()], ROUTER).coverage is Coverage.COVERED


def test_a_plan_for_some_appliances_covers_those() -> None:
    assert coverage_of([plan(categories=KITCHEN)], FRIDGE).coverage is Coverage.COVERED
    assert coverage_of([plan(categories=KITCHEN)], ROUTER).coverage is Coverage.NOT_COVERED


def test_whether_a_kitchen_plan_covers_an_unnamed_appliance_is_not_guessed() -> None:
    assert coverage_of([plan(categories=KITCHEN)], None).coverage is Coverage.UNKNOWN


@pytest.mark.parametrize(
    ("status", "coverage"),
    [
        (S.ACTIVE, Coverage.COVERED),
        (S.PENDING, Coverage.UNKNOWN),
        (S.PAST_DUE, Coverage.UNKNOWN),
        (S.SUSPENDED, Coverage.NOT_COVERED),
        (S.CANCELLED, Coverage.NOT_COVERED),
        (S.EXPIRED, Coverage.NOT_COVERED),
    ],
)
def test_a_plan_pays_while_it_is_active_and_a_payment_under_way_leaves_it_open(
    status: SubscriptionStatus, coverage: Coverage
) -> None:
    assert coverage_of([plan(status)], FRIDGE).coverage is coverage


def test_every_status_of_a_subscription_has_an_answer() -> None:
    answers = {coverage_of([plan(status)], FRIDGE).coverage for status in S}
    assert answers == {Coverage.COVERED, Coverage.UNKNOWN, Coverage.NOT_COVERED}


@pytest.mark.parametrize("status", [S.PENDING, S.PAST_DUE])
def test_a_payment_under_way_for_another_appliance_leaves_nothing_open(
    status: SubscriptionStatus,
) -> None:
    answer = coverage_of([plan(status, KITCHEN)], ROUTER)
    assert answer.coverage is Coverage.NOT_COVERED


def test_one_plan_that_pays_is_enough_whatever_the_others_are() -> None:
    others = [plan(status, name="other") for status in S if status is not S.ACTIVE]
    answer = coverage_of([*others, plan(name="mine")], FRIDGE)
    assert (answer.coverage, answer.plan_id) == (Coverage.COVERED, "mine")


def test_the_best_plan_pays_most_visits_then_cheapest_then_oldest() -> None:
    few, dear, old, young = (
        plan(visits=2, price=1, name="few"),
        plan(visits=4, price=20, name="dear"),
        plan(visits=4, price=10, name="old"),
        plan(visits=4, price=10, name="young"),
    )
    for order in permutations([few, dear, old]):
        assert coverage_of(order, FRIDGE).plan_id == "old"
    assert coverage_of([old, young], FRIDGE).plan_id == "old"
    assert coverage_of([young, old], FRIDGE).plan_id == "young"


def test_a_better_plan_for_something_else_does_not_pay() -> None:
    held = [plan(categories=(ROUTER,), visits=99, name="router"), plan(visits=1, name="home")]
    assert coverage_of(held, FRIDGE).plan_id == "home"


def test_only_a_covering_plan_is_named() -> None:
    for status in (S.PENDING, S.SUSPENDED):
        assert coverage_of([plan(status)], FRIDGE).plan_id is None
