"""What presumes that somebody comes is not told while they may not."""

from models.message.news import VisitNow
from models.visit import AssignmentState, VisitState
from tests.models.rules.message.test_overtaking import (
    ACKNOWLEDGED,
    BOOKED,
    FIRST,
    HOUR,
    LATER,
    NOW,
    OVERTAKEN,
    RESERVED,
    judge,
    says,
    text,
    visit,
)


def test_whoever_may_not_come_any_more_is_not_told_that_they_do_and_nobody_else_is() -> None:
    barred = {"v1": visit(ann=ACKNOWLEDGED, ben=RESERVED)._replace(barred=frozenset(["ann"]))}
    for lead in ("a_day", "two_hours"):
        assert judge(f"visit.due_in_{lead}", says(), visits=barred) is OVERTAKEN
        assert judge(f"assignment.due_in_{lead}", says(), visits=barred) is OVERTAKEN
    silent = {"v1": visit(ann=RESERVED)._replace(barred=frozenset(["ann"]))}
    for template in ("proposal.selected", "expert.assigned", "assignment.reminder"):
        assert judge(template, says(expert_id="ann"), visits=silent) is OVERTAKEN
    assert (
        judge("assignment.reminder", says(expert_id="ann"), visits=silent, now=FIRST) is OVERTAKEN
    )
    assert judge(*BOOKED, visits=silent) is OVERTAKEN
    assert judge("visit.changed", BOOKED[1], visits=silent) is OVERTAKEN
    left = VisitNow(
        VisitState.EN_ROUTE, NOW + HOUR, {"ann": AssignmentState.EN_ROUTE}, frozenset(["ann"])
    )
    way = {"visit_id": "v1", "expert_id": "ann"}
    assert judge("visit.on_the_way", way, visits={"v1": left}) is OVERTAKEN


def test_whoever_may_come_is_reminded_though_somebody_beside_them_may_not() -> None:
    mixed = {"v1": visit(ann=RESERVED, ben=RESERVED)._replace(barred=frozenset(["ben"]))}
    told = judge("assignment.due_in_a_day", says(), visits=mixed)
    assert text(told) == "assignment.due_in_a_day"
    assert judge("visit.due_in_a_day", says(), visits=mixed) is OVERTAKEN


def test_a_customer_who_waits_at_another_time_hears_of_the_one_that_stands_in_any_case() -> None:
    moved = says(LATER, expert_ids="ann")
    barred = {"v1": visit(start=LATER, ann=RESERVED)._replace(barred=frozenset(["ann"]))}
    told = judge("visit.scheduled", moved, visits=barred, earlier=(BOOKED,))
    assert text(told) == "visit.changed"
    again = says(expert_ids="ben")
    stays = {"v1": visit(ben=RESERVED)._replace(barred=frozenset(["ben"]))}
    assert judge("visit.changed", again, visits=stays, earlier=(BOOKED,)) is OVERTAKEN
