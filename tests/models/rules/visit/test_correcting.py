"""A mistaken tap is taken back."""

from datetime import datetime, timedelta

import pytest

from models.errors import Conflict, NotFound
from models.field import FactKind
from models.messages.visit import ReportVisit, VisitReported
from models.rules.ticket.finishing import billed
from models.rules.ticket.waiting import caught_up, timers
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket, TicketStatus, TimerName
from models.visit import AssignmentState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    NOW,
    UNHURRIED,
    VISIT,
    after,
    fact,
    happenings,
    refused,
    scheduled,
    written,
)

K = FactKind
WINDOW = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
PATIENT = UNHURRIED.but(correction_window=WINDOW)


def taking_back(
    name: str, kind: FactKind | None = None, expert: str = ANNA, at: datetime = NOW
) -> ReportVisit:
    """A report that takes another back."""
    said = fact(kind or K.ON_SITE, expert, at=at, name=f"back-{name}")
    return said.model_copy(update={"corrects": f"{expert}-{name}", "kind": kind})


def story(*kinds: FactKind) -> Ticket:
    return after(scheduled(policies=PATIENT), *kinds)


def test_what_is_taken_back_is_as_if_it_had_not_been_said() -> None:
    before = story(K.EN_ROUTE, K.ON_SITE)
    ticket, answer = reported(before, taking_back("on_site"), NOW + HOUR - 50 * WINDOW / 10)
    assert answer == VisitReported(visit_id=VISIT, state=VisitState.EN_ROUTE)
    [assignment] = ticket.visits[0].crew
    assert assignment.state is AssignmentState.EN_ROUTE
    facts = {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "reported": "on_site",
        "client_event_id": f"{ANNA}-on_site",
        "state": "EN_ROUTE",
    }
    assert written(ticket, before) == [("visit.report_withdrawn", ANNA, facts)]
    assert [f.withdrawn for f in ticket.visits[0].facts] == [False, True]


def test_another_report_takes_its_place() -> None:
    ticket, answer = reported(story(K.EN_ROUTE), taking_back("en_route", K.CANNOT_ARRIVE), NOW)
    assert answer.state is VisitState.SCHEDULED
    assert happenings(ticket)[-2:] == ["visit.report_withdrawn", "visit.cannot_arrive"]


def test_what_was_taken_back_may_be_reported_again_under_another_id() -> None:
    ticket, _ = reported(story(K.ON_SITE), taking_back("on_site"), NOW)
    ticket, answer = reported(ticket, fact(K.ON_SITE, name="phone-9"), NOW)
    assert (answer.repeated, answer.state) == (False, VisitState.ON_SITE)


def test_taken_back_twice_it_is_taken_back_once() -> None:
    once, _ = reported(story(K.ON_SITE), taking_back("on_site"), NOW)
    again, answer = reported(once, taking_back("on_site"), NOW + HOUR)
    assert (again, answer.repeated) == (once, True)


@pytest.mark.parametrize(("late", "is_taken"), [(timedelta(0), True), (SECOND, False)])
def test_a_report_is_taken_back_for_ten_minutes_after_it_came(
    late: timedelta, is_taken: bool
) -> None:
    said = fact(K.ON_SITE).model_copy(update={"received_at": NOW + HOUR})
    ticket, _ = reported(scheduled(policies=PATIENT), said, NOW + HOUR)
    until = NOW + HOUR + WINDOW
    back = taking_back("on_site").model_copy(update={"received_at": until + late})
    if is_taken:
        assert reported(ticket, back, until)[1].state is VisitState.SCHEDULED
        return
    evidence = {"until": until.isoformat()}
    too_late = (Conflict, "correction-too-late", "/corrects", evidence)
    assert refused(lambda: reported(ticket, back, NOW)) == too_late


def test_nobody_takes_back_what_is_billed() -> None:
    ticket = billed(story(K.COMPLETED), 1, NOW)
    assert refused(lambda: reported(ticket, taking_back("completed"), NOW))[1] == (
        "correction-too-late"
    )


@pytest.mark.parametrize(
    ("name", "expert"), [("en_route", ANNA), ("on_site", BEN)], ids=["never", "of-somebody-else"]
)
def test_only_a_report_of_ones_own_is_taken_back(name: str, expert: str) -> None:
    back = taking_back(name, expert=expert).model_copy(update={"corrects": f"{ANNA}-{name}"})
    unknown = (NotFound, "report-unknown", "/corrects", {})
    assert refused(lambda: reported(story(K.ON_SITE), back, NOW)) == unknown


def test_a_report_without_effect_is_taken_back_without_effect() -> None:
    ticket = story(K.EN_ROUTE)
    [gone] = ticket.visits[0].assignments
    replaced = gone.but(id="asg_9", expert_id=BEN, state=AssignmentState.RESERVED)
    let_go = gone.but(state=AssignmentState.RELEASED)
    ticket = ticket.with_visit(ticket.visits[0].but(assignments=(let_go, replaced)))
    for name in ("en_route", "on_site"):
        if name == "on_site":
            ticket = after(ticket, K.ON_SITE)
        ticket, answer = reported(ticket, taking_back(name), NOW)
        assert answer.state is VisitState.EN_ROUTE
    assert [f.withdrawn for f in ticket.visits[0].evidence] == [True]


def test_work_counts_as_done_when_nobody_may_take_that_back_any_more() -> None:
    ticket = story(K.STARTED, K.COMPLETED)
    assert (status_of(ticket), ticket.completed_at) == (TicketStatus.COMPLETED, None)
    [timer] = [t for t in timers(ticket, NOW) if t.name == TimerName.CORRECTION_WINDOW]
    assert timer.due_at == NOW + WINDOW
    early = caught_up(ticket, NOW + WINDOW - SECOND)
    assert "ticket.completed" not in happenings(early)
    done = caught_up(ticket, NOW + WINDOW)
    assert happenings(done)[-1] == "ticket.completed"
    assert (done.completed_at, done.news[-1].occurred_at) == (NOW, NOW)
    assert TimerName.CORRECTION_WINDOW not in {t.name for t in timers(done, NOW)}


def test_an_end_that_is_taken_back_leaves_the_work_going_on() -> None:
    ticket, answer = reported(story(K.STARTED, K.COMPLETED), taking_back("completed"), NOW)
    assert (answer.state, status_of(ticket)) == (VisitState.IN_PROGRESS, TicketStatus.IN_PROGRESS)
    assert "ticket.completed" not in happenings(caught_up(ticket, NOW + WINDOW))
    [visit] = ticket.visits
    assert (visit.actual_start, visit.actual_end) == (NOW, None)


def test_what_corrects_a_report_that_is_not_there_stands_by_itself() -> None:
    _, answer = reported(story(K.EN_ROUTE), taking_back("on_site", K.STARTED), NOW)
    assert answer.state is VisitState.IN_PROGRESS


def test_what_was_corrected_before_it_came_is_kept_and_counts_for_nothing() -> None:
    for first in (True, False):
        ticket = story(K.EN_ROUTE)
        wrong, right = fact(K.COMPLETED), taking_back("completed", K.STARTED)
        for report in (wrong, right) if first else (right, wrong):
            ticket, answer = reported(ticket, report, NOW)
        assert answer.state is VisitState.IN_PROGRESS
        assert answer.recorded_only is not first
    same, again = reported(ticket, fact(K.COMPLETED), NOW)
    assert (same, again.repeated, again.recorded_only) == (ticket, True, True)
