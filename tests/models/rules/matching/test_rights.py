"""What an expert may still do, and read, of what they are booked for."""

from datetime import timedelta

import pytest

from models.geography import Spot
from models.matching.problem import HeldSkill
from models.people.expert import Expert, ExpertStatus
from models.rules.matching.rights import DONE, KEPT, Post, lost, withheld
from models.visit import AssignmentSource, AssignmentState, Position
from tests.models.rules.stories import ANNA, HOUR, LENGTH, NOW

PLACE = Spot(lat=52.5, lng=13.4)
MOMENT = timedelta(microseconds=1)
START = NOW + 24 * HOUR
S, A, FROM = ExpertStatus, AssignmentState, AssignmentSource
BEGUN = (A.ON_SITE, A.WORKING, A.DONE)


def expert(
    status: ExpertStatus = S.VERIFIED,
    zone: str = "berlin",
    north: float = 0.0,
    skills: tuple[HeldSkill, ...] = (HeldSkill(code="gas", level=2),),
) -> Expert:
    """Who lives so many degrees north of the place and travels 12 km."""
    home = Spot(lat=PLACE.lat + north, lng=PLACE.lng)
    return Expert(id=ANNA, status=status, zone=zone, home=home, radius_km=12, skills=skills)


def post(
    state: AssignmentState = A.RESERVED, source: AssignmentSource = FROM.AUTO, level: int = 2
) -> Post:
    position = Position(idx=0, skill="gas", min_level=level)
    return Post(position=position, source=source, state=state, start=START, end=START + LENGTH)


def why(who: Expert, what: Post, zone: str | None = "berlin") -> str | None:
    return lost(who, what, zone, PLACE)


@pytest.mark.parametrize("state", [A.RESERVED, A.ACKNOWLEDGED, A.EN_ROUTE, *BEGUN])
@pytest.mark.parametrize("status", S)
def test_only_who_is_verified_or_flagged_may_come_or_stay(
    status: ExpertStatus, state: AssignmentState
) -> None:
    may = status in (S.VERIFIED, S.FLAGGED)
    assert why(expert(status), post(state)) == (None if may else "expert-not-verified")


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ((), "skill-missing"),
        ((HeldSkill(code="wiring", level=5),), "skill-missing"),
        ((HeldSkill(code="gas", level=1),), "skill-missing"),
        ((HeldSkill(code="gas", level=3),), None),
        ((HeldSkill(code="gas", level=2, expires_at=START + LENGTH),), None),
        ((HeldSkill(code="gas", level=2, expires_at=START + LENGTH - MOMENT),), "skill-missing"),
        ((HeldSkill(code="gas", level=2, expires_at=START),), "skill-missing"),
    ],
)
def test_the_skill_is_needed_at_its_level_to_the_end_of_the_visit(
    held: tuple[HeldSkill, ...], reason: str | None
) -> None:
    assert why(expert(skills=held), post()) == reason


def test_who_won_by_proposing_has_to_live_near_and_whom_the_helpdesk_sent_need_not() -> None:
    moved = expert(zone="london", north=1)
    assert why(moved, post()) == "outside-area"
    assert why(moved, post(source=FROM.MANUAL)) is None
    assert why(moved, post(source=FROM.REPLACEMENT)) is None
    assert why(expert(zone="london", north=0.1), post()) is None
    assert why(expert(zone="berlin", north=1), post()) is None
    assert why(moved, post(), zone=None) is None
    assert lost(moved, post(), "berlin", None) is None


@pytest.mark.parametrize("state", BEGUN)
def test_who_is_there_already_finishes(state: AssignmentState) -> None:
    assert why(expert(zone="london", north=1, skills=()), post(state)) is None


def test_who_the_customer_is_may_be_read_for_two_days_after_the_work() -> None:
    done, over = post(A.DONE), START + LENGTH

    def read(who: Expert, days: timedelta) -> str | None:
        return withheld(who, done, "berlin", PLACE, over, over + days)

    assert timedelta(days=2) == KEPT
    assert read(expert(), KEPT - MOMENT) is None
    assert read(expert(), KEPT) == DONE == "visit-done"
    assert read(expert(S.SUSPENDED), timedelta(0)) == "expert-not-verified"
    assert withheld(expert(), post(), "berlin", PLACE, None, over + 9 * KEPT) is None


def test_whoever_moved_away_from_where_they_won_may_not_read_who_lives_there() -> None:
    moved = expert(zone="london", north=1)
    assert withheld(moved, post(), "berlin", PLACE, None, NOW) == "outside-area"
    assert withheld(moved, post(), None, PLACE, None, NOW) is None
    assert withheld(moved, post(), "berlin", None, None, NOW) is None
