"""What a hand must keep: skills, times, gaps to what stands, and the same people."""

from datetime import datetime, timedelta

import pytest

from models.calendar import Window
from models.errors import Conflict
from models.geography import Spot
from models.matching.problem import HeldSkill
from models.people.expert import Expert, ExpertStatus
from models.rules.matching.assignable import (
    require_able,
    require_gaps,
    require_same_people,
    suits,
)
from models.ticket import Ticket
from models.visit import Assignment, Dependency, Position, Visit, VisitGroup, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    GROUP,
    HOUR,
    NOW,
    admitted,
    between,
    named,
    refused,
    with_filing,
)

FIRST, SECOND, THIRD = (named("vis", n) for n in (1, 2, 3))
NOON = NOW + 28 * HOUR


def visit(
    name: str,
    start: datetime | None = None,
    *crew: str,
    positions: int = 1,
    state: VisitState | None = None,
) -> Visit:
    """A visit of an hour, standing where it has a start."""
    return Visit(
        id=name,
        seq=1,
        duration=HOUR,
        positions=tuple(Position(idx=i, skill="gas") for i in range(positions)),
        state=state or (VisitState.SCHEDULED if start else VisitState.OPEN),
        start=start,
        assignments=tuple(
            Assignment(id=f"asg_{i}", visit_id=name, position=i, expert_id=who)
            for i, who in enumerate(crew)
        ),
    )


def ticket_of(*visits: Visit) -> Ticket:
    return admitted().but(visits=visits)


def group_of(*rules: Dependency) -> VisitGroup:
    return VisitGroup(id=GROUP, visit_ids=(FIRST, SECOND, THIRD), dependencies=rules)


def after(
    before: str, then: str, least: float = 0, most: float | None = 1, same: bool = False
) -> Dependency:
    return Dependency(
        predecessor=before,
        successor=then,
        min_gap=least * HOUR,
        max_gap=None if most is None else most * HOUR,
        same_expert=same,
    )


def gap(*rules: Dependency, stands: Visit, start: float) -> dict[str, object] | None:
    """What is said of a visit that starts so many hours from noon; nothing, if it may."""
    moving = visit(FIRST)
    ticket = ticket_of(moving, stands)

    def act() -> None:
        require_gaps(ticket, group_of(*rules), moving, NOON + start * HOUR)

    try:
        act()
    except Conflict:
        kind, code, field, evidence = refused(act)
        assert (kind, code, field) == (Conflict, "gap-broken", "/start")
        return evidence
    return None


def instant(hours: float) -> str:
    return (NOON + hours * HOUR).isoformat()


def test_a_visit_keeps_its_gap_to_the_one_before() -> None:
    rule, stands = after(SECOND, FIRST, 1, 2), visit(SECOND, NOON)
    bounds = {"visit_id": SECOND, "earliest": instant(2), "latest": instant(3)}
    assert [gap(rule, stands=stands, start=s) for s in (1.75, 2, 3, 3.25)] == [
        bounds,
        None,
        None,
        bounds,
    ]


def test_of_what_is_done_the_actual_end_counts() -> None:
    done = visit(SECOND, NOON, state=VisitState.COMPLETED).but(actual_end=NOON + 2 * HOUR)
    rule = after(SECOND, FIRST)
    assert gap(rule, stands=done, start=1.75) == {
        "visit_id": SECOND,
        "earliest": instant(2),
        "latest": instant(3),
    }
    assert gap(rule, stands=done, start=2) is None


def test_a_visit_keeps_its_gap_to_the_one_behind() -> None:
    rule, stands = after(FIRST, SECOND, 1, 2), visit(SECOND, NOON)
    bounds = {"visit_id": SECOND, "earliest": instant(-3), "latest": instant(-2)}
    assert [gap(rule, stands=stands, start=s) for s in (-3.25, -3, -2, -1.75)] == [
        bounds,
        None,
        None,
        bounds,
    ]


def test_a_gap_without_an_upper_bound_has_one_bound() -> None:
    open_ended = after(SECOND, FIRST, 1, None), visit(SECOND, NOON)
    assert gap(open_ended[0], stands=open_ended[1], start=99) is None
    assert gap(open_ended[0], stands=open_ended[1], start=1) == {
        "visit_id": SECOND,
        "earliest": instant(2),
        "latest": None,
    }
    behind = after(FIRST, SECOND, 1, None), visit(SECOND, NOON)
    assert gap(behind[0], stands=behind[1], start=-20) is None
    assert gap(behind[0], stands=behind[1], start=0) == {
        "visit_id": SECOND,
        "earliest": None,
        "latest": instant(-2),
    }


def test_what_waits_or_is_not_there_or_concerns_others_has_no_say() -> None:
    for rule in (after(SECOND, FIRST), after(FIRST, SECOND)):
        assert gap(rule, stands=visit(SECOND), start=0) is None
    for rule in (after(THIRD, FIRST), after(FIRST, THIRD), after(SECOND, THIRD)):
        assert gap(rule, stands=visit(SECOND, NOON), start=0) is None


def test_every_gap_is_kept() -> None:
    rules = (after(THIRD, FIRST), after(SECOND, FIRST))
    assert gap(*rules, stands=visit(SECOND, NOON), start=0) is not None
    assert gap(*rules[::-1], stands=visit(SECOND, NOON), start=0) is not None


# The same people.


def same(visits: list[Visit], *rules: Dependency, expert: str = ANNA) -> tuple[object, ...] | None:
    """How it is refused to send an expert to the first visit; not at all, if it is not."""
    ticket, moving = ticket_of(*visits), visits[0]

    def act() -> None:
        require_same_people(ticket, group_of(*rules), moving, expert)

    try:
        act()
    except Conflict:
        return refused(act)
    return None


BROKEN = (Conflict, "same-expert-broken", "/expert_id", {"visit_id": SECOND})
CREW = (Conflict, "same-expert-crew", None, {"visit_id": SECOND})
TOGETHER = after(FIRST, SECOND, same=True)


@pytest.mark.parametrize("rule", [TOGETHER, after(SECOND, FIRST, same=True)])
def test_who_made_one_visit_makes_the_other(rule: Dependency) -> None:
    stands = [visit(FIRST), visit(SECOND, NOON, ANNA)]
    assert same(stands, rule) is None
    assert same(stands, rule, expert=BEN) == BROKEN
    assert same(stands, rule.but(same_expert=False), expert=BEN) is None


def test_any_of_a_crew_of_the_same_size_makes_the_other_visit() -> None:
    stands = [visit(FIRST, positions=2), visit(SECOND, NOON, BEN, ANNA, positions=2)]
    assert same(stands, TOGETHER) is None
    assert same(stands, TOGETHER, expert=named("exp", 3)) == BROKEN
    fewer = [visit(FIRST), visit(SECOND, NOON, ANNA, BEN, positions=2)]
    assert same(fewer, TOGETHER) == BROKEN


def test_a_crew_that_both_visits_still_wait_for_is_not_begun_by_hand() -> None:
    assert same([visit(FIRST), visit(SECOND)], TOGETHER) is None
    assert same([visit(FIRST, positions=2), visit(SECOND)], TOGETHER) == CREW
    assert same([visit(FIRST), visit(SECOND, positions=2)], TOGETHER) == CREW


def test_who_must_be_the_same_as_the_same_must_be_the_same() -> None:
    visits = [visit(FIRST), visit(THIRD), visit(SECOND, NOON, ANNA)]
    rules = (after(THIRD, SECOND, same=True), after(FIRST, THIRD, same=True))
    for order in (rules, rules[::-1]):
        assert same(visits, *order) is None
        assert same(visits, *order, expert=BEN) == BROKEN
    assert same(visits, after(THIRD, SECOND, same=True), expert=BEN) is None


# Able, and when it suits.


def test_an_expert_without_the_skill_hears_which_and_at_which_level() -> None:
    home = Spot(lat=0, lng=0)
    position = Position(idx=0, skill="gas", min_level=2)

    def able(status: ExpertStatus, level: int) -> Expert:
        held = HeldSkill(code="gas", level=level, expires_at=NOW + HOUR)
        return Expert(id=ANNA, status=status, zone="x", home=home, radius_km=1, skills=(held,))

    unskilled = able(ExpertStatus.VERIFIED, 1)
    assert refused(lambda: require_able(unskilled, position, NOW + HOUR)) == (
        Conflict,
        "skill-missing",
        "/expert_id",
        {"skills": ["gas"], "min_level": 2},
    )
    suspended = able(ExpertStatus.SUSPENDED, 2)
    assert refused(lambda: require_able(suspended, position, NOW + HOUR)) == (
        Conflict,
        "expert-not-verified",
        "/expert_id",
        {},
    )
    skilled = able(ExpertStatus.VERIFIED, 2)
    require_able(skilled, position, NOW + HOUR)
    moment_later = NOW + HOUR + timedelta(microseconds=1)
    assert refused(lambda: require_able(skilled, position, moment_later))[1] == "skill-missing"


@pytest.mark.parametrize(
    ("slots", "fits"),
    [
        ((between(28, 29),), True),
        ((between(28, 28.5), between(28.5, 29)), True),
        ((between(20, 21), between(27, 30)), True),
        ((between(28.25, 30),), False),
        ((between(27, 28.75),), False),
        ((), False),
    ],
)
def test_a_time_suits_that_lies_in_the_customers_times(
    slots: tuple[Window, ...], fits: bool
) -> None:
    asked = visit(FIRST)
    assert suits(with_filing(ticket_of(asked), slots=slots), asked, NOON) is fits
    own = asked.but(slots=slots)
    assert suits(ticket_of(own), own, NOON) is fits
