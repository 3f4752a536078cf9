"""Whether an expert's days have room for a visit, against trying every start."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from models.calendar import Window, grid_starts
from models.people.diary import Diary
from models.rules.people.room import Room
from tests.models.people.test_diary import HERE, THERE, at, between, diary, held

HOUR = timedelta(hours=1)


def there_is_room(days: Diary, *times: Window) -> bool:
    return Room(days).is_there(THERE, times, HOUR, at(0))


def test_a_visit_fits_between_two_with_the_ways_there_and_back() -> None:
    before, tight, enough = held("a", 9, 10), held("b", 11.75, 13), held("b", 12, 13)
    assert not there_is_room(diary(before, tight), between(10, 12))
    assert there_is_room(diary(before, enough), between(10, 12))


def test_time_off_leaves_no_room_and_nothing_fits_before_it_may_begin() -> None:
    assert not there_is_room(diary(off=(between(8, 20),)), between(8, 20))
    assert not Room(diary()).is_there(HERE, [between(8, 9)], HOUR, at(8.1))
    assert not there_is_room(diary())


def drawn(draw: Random) -> Iterator[Window]:
    for _ in range(draw.randint(0, 6)):
        start = draw.uniform(0, 24)
        yield between(start, start + draw.uniform(0.1, 4))


@pytest.mark.parametrize("seed", range(200))
def test_there_is_room_exactly_if_some_start_finds_the_expert_free(seed: int) -> None:
    draw = Random(seed)
    booked = [
        held(str(n), 0, 1, draw.choice((HERE, THERE))).but(window=w)
        for n, w in enumerate(drawn(draw))
    ]
    days, times = diary(*booked, off=tuple(drawn(draw))), tuple(drawn(draw))
    free = [
        start
        for time in times
        for start in grid_starts(time, HOUR, at(0))
        if days.clash(THERE, start, start + HOUR) is None
    ]
    assert there_is_room(days, *times) == bool(free)
