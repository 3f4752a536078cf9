"""The order of a day's stops, compared with trying every one."""

from random import Random

from models.rules.people.improving import good_order
from models.rules.people.ordering import MOST_EXACT, least_order, ordered
from models.rules.people.passing import Halt, Round, cost
from tests.models.rules.people.roads import HOUR, NEVER_LATE, drawn, literal

ANY_TIME = Halt(900, 0, NEVER_LATE - 900)


def on_a_road(*kilometres: int, booked: tuple[Halt, ...] = (), free: int = 0) -> Round:
    """A day along one road, a minute a kilometre: the origin, visits, errands, home."""
    ways = [[abs(a - b) * 60 for b in kilometres] for a in kilometres]
    return Round(0, ways, booked, (ANY_TIME,) * free)


def test_the_cheapest_of_all_orders_is_found_in_1000_random_days() -> None:
    chance = Random(12)
    for _ in range(1000):
        task = drawn(chance, chance.randint(0, 2), chance.randint(0, 4))
        assert cost(task, least_order(task)) == literal(task)


def test_errands_lie_on_the_way_and_not_beside_it() -> None:
    task = on_a_road(0, 30, 10, 5, 20, 0, booked=(Halt(HOUR, HOUR, HOUR),), free=3)
    found = ordered(task)
    assert cost(task, found.order) == 60 * 60
    assert found.is_least


def test_no_errand_makes_a_visit_late_that_need_not_be() -> None:
    # The errand lies on the way there, and on the way home, too.
    soon = (Halt(HOUR, 30 * 60, 30 * 60),)
    task = on_a_road(0, 30, 15, 0, booked=soon, free=1)
    assert ordered(task).order == (1, 2)
    later = (Halt(HOUR, 45 * 60, 45 * 60),)
    task = on_a_road(0, 30, 15, -30, booked=later, free=1)
    assert ordered(task).order == (2, 1)


def test_a_detour_is_taken_where_being_late_costs_more_and_not_where_it_costs_less() -> None:
    # Ten minutes there and back before the visit make it twenty late; after it the errand is.
    for closes, order in ((20 * 60, (2, 1)), (3 * HOUR, (1, 2))):
        task = Round(
            0,
            [[0, 600, 600, 0], [600, 0, 900, 600], [600, 900, 0, 600], [0, 600, 600, 0]],
            [Halt(HOUR, 1200, 1200)],
            [Halt(300, 0, closes)],
        )
        assert ordered(task).order == order


def test_booked_visits_keep_their_order_whatever_it_costs() -> None:
    booked = (Halt(HOUR, HOUR, HOUR), Halt(HOUR, 3 * HOUR, 3 * HOUR))
    assert ordered(on_a_road(0, 40, 10, 0, booked=booked)).order == (1, 2)


def test_a_day_without_stops_has_none_in_order() -> None:
    assert ordered(on_a_road(0, 0)) == ((), True)
    assert ordered(on_a_road(0, 9, 0, free=1)) == ((1,), True)


def test_beyond_eight_errands_the_order_is_good_and_says_that_it_may_not_be_the_best() -> None:
    chance = Random(3)
    eight, nine = (drawn(chance, 1, free) for free in (MOST_EXACT, MOST_EXACT + 1))
    assert ordered(eight).is_least
    assert not ordered(nine).is_least
    assert ordered(nine).order == good_order(nine)


def test_a_good_order_is_hardly_ever_far_from_the_best() -> None:
    chance = Random(5)
    ratios = []
    for _ in range(100):
        task = drawn(chance, 1, 6, 20.0)
        good, best = cost(task, good_order(task)), cost(task, least_order(task))
        assert good >= best
        ratios.append(good / best)
    assert sum(ratios) / len(ratios) < 1.05
    assert max(ratios) < 1.6


def test_a_good_order_has_every_stop_once_and_the_booked_ones_in_turn() -> None:
    chance = Random(7)
    for booked, free in ((0, 40), (10, 30), (39, 1), (40, 0)):
        order = good_order(drawn(chance, booked, free))
        assert sorted(order) == list(range(1, 41))
        assert [stop for stop in order if stop <= booked] == list(range(1, booked + 1))


def test_the_same_day_always_has_the_same_order() -> None:
    task = drawn(Random(8), 2, 12)
    assert good_order(task) == good_order(task)
    assert good_order(task, 0) != good_order(task)
