"""Who may propose themselves for a visit."""

from datetime import datetime, timedelta

import pytest

from models.errors import Forbidden
from models.geography import Spot
from models.matching.problem import HeldSkill
from models.people.expert import Expert, ExpertStatus
from models.rules.matching.eligibility import has_skill, holds_until, refusal_of, require_eligible
from models.visit import Position
from tests.models.rules.stories import ANNA, HOUR, NOW, refused

PLACE = Spot(lat=52.5, lng=13.4)
SECOND = timedelta(seconds=1)
GAS = Position(idx=0, skill="gas", min_level=2)
WIRING = Position(idx=1, skill="wiring")


def expert(
    status: ExpertStatus = ExpertStatus.VERIFIED, zone: str = "berlin", north: float = 0.0
) -> Expert:
    """An expert for gas who lives so many degrees north of the place; a tenth is 11 km."""
    held = (HeldSkill(code="heating", level=5), HeldSkill(code="gas", level=2))
    home = Spot(lat=52.5 + north, lng=13.4)
    return Expert(id=ANNA, status=status, zone=zone, home=home, radius_km=12, skills=held)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        *((expert(status), None) for status in (ExpertStatus.VERIFIED, ExpertStatus.FLAGGED)),
        *(
            (expert(status), "expert-not-verified")
            for status in ExpertStatus
            if status not in (ExpertStatus.VERIFIED, ExpertStatus.FLAGGED)
        ),
        (expert(north=1), None),
        (expert(zone="potsdam", north=0.1), None),
        (expert(zone="potsdam", north=0.11), "outside-area"),
        (expert(ExpertStatus.SUSPENDED, "potsdam", 1), "expert-not-verified"),
    ],
)
def test_who_is_verified_works_in_their_zone_and_within_their_radius(
    who: Expert, refusal: str | None
) -> None:
    assert refusal_of(who, "berlin", PLACE) == refusal


def test_a_radius_reaches_just_as_far_as_it_says() -> None:
    exactly = expert(zone="potsdam").model_copy(update={"radius_km": 0})
    assert refusal_of(exactly, "berlin", PLACE) is None


@pytest.mark.parametrize(
    ("code", "level", "expires_in", "fills"),
    [
        ("gas", 2, None, True),
        ("gas", 5, None, True),
        ("gas", 1, None, False),
        ("wiring", 2, None, False),
        ("gas", 2, SECOND, True),
        ("gas", 2, timedelta(0), False),
        ("gas", 2, -HOUR, False),
    ],
)
def test_a_skill_fills_a_position_at_its_level_until_it_expires(
    code: str, level: int, expires_in: timedelta | None, fills: bool
) -> None:
    expires = None if expires_in is None else NOW + expires_in
    held = HeldSkill(code=code, level=level, expires_at=expires)
    assert has_skill([held], GAS, NOW) is fills
    assert has_skill([HeldSkill(code="heating"), held], GAS, NOW) is fills
    assert has_skill([], GAS, NOW) is False


@pytest.mark.parametrize(
    ("expires_in", "lasts"), [(timedelta(0), True), (-datetime.resolution, False), (None, True)]
)
def test_a_skill_that_expires_with_the_work_lasts_to_its_end(
    expires_in: timedelta | None, lasts: bool
) -> None:
    expires = None if expires_in is None else NOW + expires_in
    held = HeldSkill(code="gas", level=2, expires_at=expires)
    assert holds_until([held], GAS, NOW) is lasts


def test_one_position_that_an_expert_can_fill_is_enough_to_propose() -> None:
    require_eligible(expert(), "berlin", PLACE, [WIRING, GAS], NOW)
    require_eligible(expert(north=1), "berlin", PLACE, [GAS], NOW)


def test_a_skill_that_has_run_out_is_none_to_propose_with() -> None:
    held = HeldSkill(code="gas", level=2, expires_at=NOW + HOUR)
    learned = expert().model_copy(update={"skills": (held,)})
    require_eligible(learned, "berlin", PLACE, [GAS], NOW)
    late = refused(lambda: require_eligible(learned, "berlin", PLACE, [GAS], NOW + HOUR))
    assert late[1] == "skill-missing"


@pytest.mark.parametrize(
    ("who", "positions", "code"),
    [
        (expert(ExpertStatus.APPLIED), [GAS, WIRING], "expert-not-verified"),
        (expert(zone="potsdam", north=1), [GAS, WIRING], "outside-area"),
        (expert(), [WIRING], "skill-missing"),
    ],
)
def test_who_may_not_propose_hears_why_and_for_which_skills(
    who: Expert, positions: list[Position], code: str
) -> None:
    refusal = refused(lambda: require_eligible(who, "berlin", PLACE, positions, NOW))
    assert refusal == (Forbidden, code, None, {"skills": [p.skill for p in positions]})
