"""A skill has to last until the visit that it is offered for is over."""

from datetime import datetime, timedelta

import pytest

from models.calendar import Window
from models.errors import Invalid
from models.geography import Spot
from models.matching.problem import HeldSkill
from models.people.expert import Expert, ExpertStatus
from models.rules.matching.lasting import require_lasting
from models.visit import Position
from tests.models.rules.stories import ANNA, HOUR, LENGTH, NOW, between, refused

GAS, WIRING = Position(idx=0, skill="gas", min_level=2), Position(idx=1, skill="wiring")
MOMENT = timedelta(microseconds=1)


def offer(*windows: Window, **until: datetime | None) -> None:
    """Somebody who holds skills until so then offers windows for gas and wiring."""
    skills = tuple(HeldSkill(code=code, level=2, expires_at=end) for code, end in until.items())
    home = Spot(lat=52.5, lng=13.4)
    who = Expert(
        id=ANNA,
        status=ExpertStatus.VERIFIED,
        zone="berlin",
        home=home,
        radius_km=12,
        skills=skills,
    )
    require_lasting(who, (GAS, WIRING), windows, LENGTH, NOW)


def test_a_skill_that_outlasts_the_visit_is_offered() -> None:
    offer(between(2, 6), gas=None)
    offer(between(2, 6), gas=NOW + 3.5 * HOUR)
    offer(between(8, 12), between(2, 6), gas=NOW + 4 * HOUR)
    offer(between(2, 6), gas=NOW, wiring=None)


@pytest.mark.parametrize(
    ("end", "windows"),
    [
        (NOW + 3.5 * HOUR - MOMENT, (between(2, 6),)),
        (NOW + 2 * HOUR, (between(2, 6), between(8, 12))),
        (NOW + 1 * HOUR, (between(-2, 6),)),
    ],
)
def test_one_that_ends_before_is_refused_with_its_end(
    end: datetime, windows: tuple[Window, ...]
) -> None:
    said = refused(lambda: offer(*windows, gas=end, heating=None))
    assert said == (Invalid, "skill-ends-before", "/windows", {"expires_at": end.isoformat()})


def test_of_several_that_end_the_last_end_is_named() -> None:
    early, late = NOW + HOUR, NOW + 2 * HOUR
    said = refused(lambda: offer(between(2, 6), gas=late, wiring=early))
    assert said[3] == {"expires_at": late.isoformat()}


def test_of_a_skill_that_is_too_low_no_end_is_made_up() -> None:
    said = refused(lambda: offer(between(2, 6), heating=NOW))
    assert said[3] == {"expires_at": None}
