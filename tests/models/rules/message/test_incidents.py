"""What is still news of a day that goes wrong."""

from datetime import timedelta

import pytest

from models.message.news import VisitNow
from models.message.notification import Suppression
from models.rules.message.judging import Judgement
from models.visit import AssignmentState, VisitState
from tests.models.rules.message.test_overtaking import (
    BOOKED,
    FIRST,
    LATER,
    NOW,
    OVERTAKEN,
    RESERVED,
    judge,
    says,
    text,
    visit,
)

HINDERED, EN_ROUTE, ON_SITE = (
    AssignmentState.CANNOT_ARRIVE,
    AssignmentState.EN_ROUTE,
    AssignmentState.ON_SITE,
)
LATE, ASKED = "visit.running_late", "visit.times_asked"
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("reason", "template"),
    [
        ("cannot_arrive", "visit.expert_cannot_come"),
        ("cannot_enter", "visit.missed"),
        ("what-comes-later", "visit.cancelled"),
    ],
)
def test_a_release_says_why(reason: str, template: str) -> None:
    gone = {"v1": visit(VisitState.OPEN, None)}
    facts = says(reason=reason)
    assert text(judge("visit.cancelled", facts, earlier=(BOOKED,), visits=gone)) == template
    assert text(judge("visit.cancelled", says(), earlier=(BOOKED,), visits=gone)) == (
        "visit.cancelled"
    )


def late(stands: VisitNow) -> Judgement:
    return judge(LATE, says(), visits={"v1": stands})


def test_who_is_late_and_on_the_way_is_told_of_so_and_who_is_not_as_not_known() -> None:
    assert text(late(visit(VisitState.EN_ROUTE, ann=EN_ROUTE))) == LATE
    assert text(late(visit(ann=RESERVED))) == "visit.whereabouts_unknown"
    assert text(late(visit(VisitState.EN_ROUTE, ann=EN_ROUTE, ben=RESERVED))) == LATE


@pytest.mark.parametrize(
    "stands",
    [
        visit(VisitState.ON_SITE, ann=ON_SITE),
        visit(VisitState.OPEN, None),
        visit(start=LATER, ann=RESERVED),
        visit(ann=HINDERED),
        visit(ann=RESERVED)._replace(barred=frozenset({"ann"})),
    ],
)
def test_whoever_has_arrived_or_does_not_come_is_not_late(stands: VisitNow) -> None:
    assert late(stands) is OVERTAKEN
    assert judge(LATE, says(), visits={"v2": visit()}) is OVERTAKEN


@pytest.mark.parametrize("template", ["visit.at_the_door", "visit.at_the_door_too"])
def test_a_customer_is_called_to_the_door_while_it_is_closed(template: str) -> None:
    closed = {"v1": visit(VisitState.BLOCKED, ann=ON_SITE)}
    assert text(judge(template, says(), visits=closed)) == template
    inside = {"v1": visit(VisitState.IN_PROGRESS, ann=ON_SITE)}
    assert judge(template, says(), visits=inside) is OVERTAKEN
    assert judge(template, says(), visits={"v2": visit()}) is OVERTAKEN


@pytest.mark.parametrize(
    "template", ["assignment.wait", "assignment.customer_coming", "assignment.may_leave"]
)
def test_an_expert_hears_of_the_door_while_they_stand_before_it(template: str) -> None:
    closed = {"v1": visit(VisitState.BLOCKED, ann=ON_SITE)}
    assert text(judge(template, says(), visits=closed)) == template
    others = {"v1": visit(VisitState.BLOCKED, ben=ON_SITE)}
    assert judge(template, says(), visits=others) is OVERTAKEN
    inside = {"v1": visit(VisitState.IN_PROGRESS, ann=ON_SITE)}
    assert judge(template, says(), visits=inside) is OVERTAKEN
    assert judge(template, says(), visits={"v2": visit()}) is OVERTAKEN


def test_a_customer_is_asked_for_times_while_somebody_is_missing() -> None:
    facts = says(expires_at=LATER.isoformat())
    missing = {"v1": visit(ann=HINDERED)}
    assert text(judge(ASKED, facts, visits=missing)) == ASKED
    barred = {"v1": visit(ann=RESERVED)._replace(barred=frozenset({"ann"}))}
    assert text(judge(ASKED, facts, visits=barred)) == ASKED
    assert judge(ASKED, facts, visits={"v1": visit(ann=RESERVED)}) is OVERTAKEN
    assert judge(ASKED, facts, visits={"v2": visit()}) is OVERTAKEN
    for state in (VisitState.OPEN, VisitState.CANCELLED, VisitState.IN_PROGRESS):
        assert judge(ASKED, facts, visits={"v1": visit(state, ann=HINDERED)}) is OVERTAKEN
    assert judge(ASKED, facts, visits=missing, now=LATER) is Suppression.TOO_LATE
    assert text(judge(ASKED, facts, visits=missing, now=LATER - MOMENT)) == ASKED


def test_nobody_is_told_of_or_reminded_of_a_booking_that_somebody_cannot_come_to() -> None:
    missing = {"v1": visit(ann=HINDERED)}
    assert judge(*BOOKED, visits=missing) is OVERTAKEN
    assert judge("visit.due_in_a_day", says(FIRST), visits=missing, now=NOW) is OVERTAKEN
