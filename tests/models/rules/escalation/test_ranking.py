"""Whom the helpdesk could send: who can come soonest, then who lives nearest."""

from models.brief import Candidate
from models.calendar import Window
from models.geography import Precision, Spot
from models.matching.problem import HeldSkill
from models.people.expert import Expert, ExpertStatus
from models.rules.escalation.ranking import MOST, Able, candidates
from models.visit import Assignment, Position, Visit
from tests.models.rules.stories import HOUR, LENGTH, NOW, VISIT, between, named

PLACE = Spot(lat=52.5, lng=13.4)
SKILL = Position(idx=0, skill="refrigeration", min_level=2)


def able(
    number: int,
    *busy: Window,
    north: float = 0.0,
    level: int = 3,
    expires: float | None = None,
    status: ExpertStatus = ExpertStatus.VERIFIED,
    zone: str = "berlin",
    radius: int = 30,
) -> Able:
    """An expert so many degrees north of the place."""
    held = HeldSkill(
        code="refrigeration",
        level=level,
        expires_at=None if expires is None else NOW + expires * HOUR,
    )
    return Able(
        expert=Expert(
            id=named("exp", number),
            status=status,
            zone=zone,
            home=Spot(lat=52.5 + north, lng=13.4),
            radius_km=radius,
            skills=(held,),
        ),
        number=number,
        busy=busy,
    )


def visit(**more: object) -> Visit:
    return Visit.model_validate(
        {"id": VISIT, "seq": 1, "duration": LENGTH, "positions": (SKILL,), **more}
    )


def ranked(
    *pool: Able, slots: tuple[Window, ...] = (between(24, 30),), earliest: float = 0, **more: object
) -> list[tuple[int, float]]:
    """Who is named, and after how many hours they come."""
    found = candidates(pool, visit(**more), SKILL, slots, PLACE, NOW + earliest * HOUR, "berlin")
    assert [c.number for c, _ in found] == list(range(1, len(found) + 1))
    return [(who.number, (c.start - NOW) / HOUR) for c, who in found]


def test_the_soonest_comes_first_then_the_nearest_then_the_lowest_number() -> None:
    pool = [
        able(5),
        able(1, between(24, 25)),
        able(4, north=0.1),
        able(3),
        able(2, between(20, 40)),
    ]
    assert ranked(*pool) == [(3, 24), (5, 24), (4, 24), (1, 25)]
    assert ranked(*reversed(pool)) == ranked(*pool)


def test_who_may_not_or_cannot_is_none() -> None:
    assert ranked(able(1, level=1)) == []
    assert ranked(able(1, status=ExpertStatus.SUSPENDED)) == []
    assert ranked(able(1, zone="london", north=5)) == []
    assert ranked(able(1, zone="london", north=0.1)) == [(1, 24)]
    assert ranked(able(1, zone="berlin", north=5)) == [(1, 24)]


def test_a_skill_must_last_until_the_visit_is_over() -> None:
    assert ranked(able(1, expires=24)) == []
    assert ranked(able(1, expires=25.25)) == []
    assert ranked(able(1, expires=25.5)) == [(1, 24)]


def test_an_expert_comes_when_both_have_time_for_the_whole_of_it() -> None:
    gaps = (between(24, 25), between(26, 27.75))
    assert ranked(able(1, *gaps)) == [(1, 27.75)]
    assert ranked(able(1), slots=(between(24, 25),)) == []
    assert ranked(able(1), slots=(between(24, 25), between(25, 26))) == [(1, 24)]


def test_an_expert_starts_on_a_quarter_hour_and_not_too_soon() -> None:
    assert ranked(able(1), slots=(between(24.1, 30),)) == [(1, 24.25)]
    assert ranked(able(1), earliest=26.1) == [(1, 26.25)]
    assert ranked(able(1), earliest=29) == []


def test_where_the_customer_named_no_time_nobody_is_named() -> None:
    assert ranked(able(1), slots=()) == []


def test_who_is_on_the_visit_already_is_not_sent_again_and_who_was_let_go_may_be() -> None:
    aboard = Assignment(id="asg_1", visit_id=VISIT, position=0, expert_id=named("exp", 1))
    assert ranked(able(1), able(2), assignments=(aboard,)) == [(2, 24)]


def test_only_the_best_few_are_named() -> None:
    assert len(ranked(*(able(number) for number in range(1, 20)))) == MOST


def test_a_candidate_is_named_with_the_place_they_would_take_when_and_from_how_far() -> None:
    second = SKILL.model_copy(update={"idx": 3})
    far = able(7, north=0.1)
    found = candidates([far], visit(), second, (between(24, 30),), PLACE, NOW, "berlin")
    assert found == [
        (
            Candidate(
                number=1,
                expert_id=named("exp", 7),
                expert_no=7,
                visit_id=VISIT,
                position=3,
                start=NOW + 24 * HOUR,
                end=NOW + 24 * HOUR + LENGTH,
                distance_km=11.1,
            ),
            far,
        )
    ]


def test_who_can_never_come_does_not_hide_who_can() -> None:
    assert ranked(able(1, between(0, 99)), able(2)) == [(2, 24)]
    assert ranked(able(1, status=ExpertStatus.SUSPENDED), able(2)) == [(2, 24)]


def test_a_distance_to_where_a_customer_only_may_be_is_not_exact() -> None:
    for place in (PLACE, PLACE.but(precision=Precision.CITY)):
        slots = (between(24, 30),)
        [(found, _)] = candidates([able(1)], visit(), SKILL, slots, place, NOW, "berlin")
        assert found.exact is place.is_exact
