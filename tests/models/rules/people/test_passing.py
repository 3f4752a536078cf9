"""What an order of stops costs."""

from random import Random

import pytest

from models.rules.people.passing import Halt, Passage, Round, cost, passed
from tests.models.rules.people.roads import drawn, every_order

DAY = Round(
    sets_out=100,
    ways=[
        [0, 10, 20, 30],
        [11, 0, 12, 13],
        [21, 22, 0, 23],
        [31, 32, 33, 0],
    ],
    booked=[Halt(60, 200, 200)],
    free=[Halt(5, 0, 100)],
)


def test_whoever_is_early_waits() -> None:
    [visit, errand] = passed(DAY, (1, 2))
    assert visit == Passage(1, 10, arrives=110, begins=200, leaves=260, late=0)
    assert errand == Passage(2, 12, arrives=272, begins=272, leaves=277, late=172)
    assert cost(DAY, (1, 2)) == 10 + 12 + 172 + 23


def test_whoever_is_late_begins_at_once_and_takes_as_long() -> None:
    late = DAY._replace(sets_out=195)
    [visit] = passed(late, (1,))
    assert visit == Passage(1, 10, arrives=205, begins=205, leaves=265, late=5)
    assert cost(late, (1,)) == 10 + 5 + 13


@pytest.mark.parametrize(("sets_out", "late"), [(189, 0), (190, 0), (191, 1)])
def test_to_the_second(sets_out: int, late: int) -> None:
    [visit] = passed(DAY._replace(sets_out=sets_out), (1,))
    assert visit.late == late
    assert visit.begins == 200 + late


def test_a_day_costs_what_its_passages_do_and_the_way_home() -> None:
    task = drawn(Random(1), 2, 2)
    for order in every_order(2, 2):
        stops = list(passed(task, order))
        spent = sum(stop.travel + stop.late for stop in stops)
        assert cost(task, order) == spent + task.ways[order[-1]][task.home]
    assert cost(task, ()) == task.ways[0][task.home]
