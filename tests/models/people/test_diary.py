"""What an expert's diary says about where they can be."""

from datetime import UTC, datetime, timedelta

from models.calendar import Window
from models.geography import Precision, Spot, travel_time
from models.people.diary import BusyWith, Diary, Held
from models.people.expert import Expert, ExpertStatus
from models.people.travel import TravelSource, Trip, name_of

HERE, THERE = Spot(lat=52.50, lng=13.40), Spot(lat=52.50, lng=13.60)
WAY = travel_time(HERE, THERE)
EXPERT = Expert(
    id="exp_1",
    status=ExpertStatus.VERIFIED,
    zone="berlin",
    home=HERE,
    radius_km=30,
    skills=(),
)


def at(hour: float) -> datetime:
    return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def between(start: float, end: float) -> Window:
    return Window(start=at(start), end=at(end))


def held(name: str, start: float, end: float, place: Spot = HERE) -> Held:
    return Held(
        assignment_id=f"asg_{name}",
        visit_id=f"vis_{name}",
        window=between(start, end),
        place=place,
    )


def diary(*visits: Held, off: tuple[Window, ...] = ()) -> Diary:
    return Diary(expert=EXPERT, number=1, version=0, visits=visits, time_off=off)


def test_a_visit_elsewhere_keeps_an_expert_for_the_way_there_and_back() -> None:
    kept = diary(held("a", 10, 12)).busy(THERE)
    assert kept == (Window(start=at(10) - WAY, end=at(12) + WAY),)


def said(there: int, back: int) -> dict[str, Trip]:
    """What a map said of the way from THERE to HERE, and of that back, in minutes."""
    legs = {name_of(THERE, HERE): there, name_of(HERE, THERE): back}
    return {
        name: Trip(lasts=timedelta(minutes=m), source=TravelSource.OSRM, server=1)
        for name, m in legs.items()
    }


def test_what_a_map_said_counts_before_the_distance_and_each_direction_by_itself() -> None:
    known = diary(held("a", 10, 12)).but(said=said(18, 40))
    assert known.busy(THERE) == (between(10 - 18 / 60, 12 + 40 / 60),)
    assert known.sources(THERE) == (TravelSource.OSRM,)
    assert diary(held("a", 10, 12)).sources(THERE) == (TravelSource.GREAT_CIRCLE,)


def test_a_quarter_of_an_hour_is_kept_free_however_fast_a_map_is() -> None:
    assert diary(held("a", 10, 12)).but(said=said(3, 0)).busy(THERE) == (between(9.75, 12.25),)


def test_of_the_same_address_and_of_places_that_are_not_exact_no_map_is_believed() -> None:
    here = diary(held("a", 10, 12)).but(said=said(18, 40))
    assert here.busy(HERE) == (between(10, 12),)
    assert here.sources(HERE) == ()
    vague = THERE.but(precision=Precision.POSTCODE)
    assert here.busy(vague) == diary(held("a", 10, 12)).busy(vague)


def test_a_visit_at_the_same_address_takes_no_way() -> None:
    assert diary(held("a", 10, 12)).busy(HERE) == (between(10, 12),)


def test_the_visit_that_is_to_be_moved_does_not_stand_in_its_own_way() -> None:
    assert diary(held("a", 10, 12)).busy(HERE, {"vis_a"}) == ()


def test_of_two_things_that_keep_an_expert_the_earlier_one_is_named() -> None:
    kept = diary(held("a", 11, 12), off=(between(9, 10.5),))
    clash = kept.clash(HERE, at(10), at(12))
    assert clash is not None
    assert (clash.kind, clash.window) == (BusyWith.TIME_OFF, between(9, 10.5))


def test_who_is_kept_before_and_after_is_free_between() -> None:
    assert diary(held("a", 8, 10), held("b", 12, 13)).clash(HERE, at(10), at(12)) is None


def test_the_neighbours_are_the_visits_next_to_a_time() -> None:
    first, second, third = held("a", 6, 8), held("b", 8, 10), held("c", 12, 13)
    full = diary(first, second, third)
    assert full.before(at(10)) == second
    assert full.before(at(9)) == first
    assert full.before(at(7)) is None
    assert full.after(at(10)) == third
    assert full.after(at(12)) == third
    assert full.after(at(12.5)) is None
