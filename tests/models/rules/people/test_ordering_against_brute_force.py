"""The order of a day with up to eight errands, compared with trying every one."""

from random import Random

import pytest

from models.rules.people.ordering import least_order
from models.rules.people.passing import cost
from tests.models.rules.people.roads import drawn, literal

pytestmark = pytest.mark.long

SIZES = [(0, 8)] * 100 + [(1, 7)] * 50 + [(2, 6)] * 100 + [(3, 5), (4, 4), (0, 7)] * 250
"""Visits and errands of a thousand days."""


@pytest.mark.timeout(600)
def test_the_cheapest_of_all_orders_is_found_in_1000_random_days() -> None:
    assert len(SIZES) == 1000
    chance = Random(2026)
    for booked, free in SIZES:
        task = drawn(chance, booked, free, chance.choice((4.0, 20.0, 60.0)))
        assert cost(task, least_order(task)) == literal(task), task
