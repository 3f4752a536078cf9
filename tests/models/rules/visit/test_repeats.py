"""The same news under another id: it may still matter, for what else happened in between."""

from datetime import timedelta

import pytest

from models.field import FactKind, StartCode
from models.messages.visit import ReportVisit
from models.rules.message.notices import notice_of
from models.rules.visit.fieldwork import reported
from models.rules.visit.missing import absence_of
from models.ticket import Ticket
from models.visit import AssignmentState, VisitState
from tests.models.rules.stories import (
    HOUR,
    NOW,
    UNHURRIED,
    fact,
    happenings,
    refused,
    scheduled,
)

K = FactKind
MINUTE = timedelta(minutes=1)
PATIENT = UNHURRIED.but(correction_window=10 * MINUTE)


def said(kind: FactKind, minute: int) -> ReportVisit:
    report = fact(kind, at=NOW + minute * MINUTE, name=f"{kind}-{minute}")
    return report.model_copy(update={"received_at": NOW + HOUR})


def told(ticket: Ticket, *reports: ReportVisit) -> Ticket:
    for report in reports:
        ticket, _ = reported(ticket, report, NOW + HOUR)
    return ticket


def back(name: str) -> ReportVisit:
    report = fact(K.ON_SITE, at=NOW, name=f"back-{name}")
    return report.model_copy(update={"corrects": name, "kind": None})


def test_whoever_said_twice_that_they_cannot_come_does_not_come() -> None:
    ticket = told(scheduled(), said(K.CANNOT_ARRIVE, 0))
    [assignment] = ticket.visits[0].crew
    absence = absence_of(ticket.visits[0], assignment)
    ticket, answer = reported(ticket, said(K.CANNOT_ARRIVE, 60), NOW + HOUR)
    assert answer.repeated
    [assignment] = ticket.visits[0].crew
    assert absence_of(ticket.visits[0], assignment) == absence, "it is the same absence"
    ticket, answer = reported(ticket, said(K.EN_ROUTE, 30), NOW + HOUR)
    assert answer.state is VisitState.BLOCKED
    assert ticket.visits[0].crew[0].state is AssignmentState.CANNOT_ARRIVE
    assert ticket.news[-1].data["overtaken"], "the customer does not hear that they come"


def test_after_they_set_out_it_is_another_absence() -> None:
    once = told(scheduled(), said(K.CANNOT_ARRIVE, 0))
    again = told(once, said(K.EN_ROUTE, 10), said(K.CANNOT_ARRIVE, 20))
    names = [absence_of(t.visits[0], t.visits[0].crew[0]) for t in (once, again)]
    assert names == ["cannot_arrive-0", "cannot_arrive-20"]


def test_work_began_with_the_first_start_that_anybody_reports() -> None:
    ticket = told(scheduled(), said(K.STARTED, 5))
    ticket, answer = reported(ticket, said(K.STARTED, 0), NOW + HOUR)
    assert (answer.repeated, answer.out_of_order) == (False, True)
    assert ticket.visits[0].actual_start == NOW
    before = ticket
    ticket, answer = reported(ticket, said(K.STARTED, 7), NOW + HOUR)
    assert (answer.repeated, ticket.visits[0].actual_start) == (True, NOW)
    assert happenings(ticket) == happenings(before), "nothing is told of it"


@pytest.mark.parametrize("kind", [K.ACKNOWLEDGED, K.EN_ROUTE, K.ON_SITE, K.STARTED])
def test_a_repeat_stands_in_for_what_is_taken_back(kind: FactKind) -> None:
    ticket = told(scheduled(policies=PATIENT), said(kind, 0), said(kind, 5))
    before = ticket.visits[0].crew[0].state
    ticket = told(ticket, back(f"{kind}-0"))
    assert ticket.visits[0].crew[0].state is before


@pytest.mark.parametrize("kind", [K.ACKNOWLEDGED, K.EN_ROUTE, K.ON_SITE, K.STARTED, K.COMPLETED])
@pytest.mark.parametrize("name", ["first", "second"])
def test_either_of_two_may_be_taken_back_and_the_other_counts(kind: FactKind, name: str) -> None:
    times = {"first": 0, "second": 5}
    ticket = scheduled(policies=PATIENT)
    for called, minute in times.items():
        ticket = told(ticket, said(kind, minute).model_copy(update={"client_event_id": called}))
    stands = ticket.visits[0].state
    ticket, answer = reported(ticket, back(name), NOW + HOUR)
    assert (answer.state, answer.repeated) == (stands, False)
    [left] = [f for f in ticket.visits[0].facts if not f.withdrawn]
    assert left.client_event_id != name


@pytest.mark.parametrize(
    ("minute", "code"), [(66, "occurred-in-the-future"), (-6, "occurred-too-early")]
)
def test_a_repeat_is_held_to_the_clock_like_the_first(minute: int, code: str) -> None:
    ticket = told(scheduled(), said(K.EN_ROUTE, 0))
    sent = ticket.visits[0].assignments[0].but(booked_at=NOW)
    ticket = ticket.with_visit(ticket.visits[0].but(assignments=(sent,)))
    assert refused(lambda: reported(ticket, said(K.EN_ROUTE, minute), NOW + HOUR))[1] == code


def test_a_repeat_is_held_to_what_can_have_happened() -> None:
    ticket = told(scheduled(), said(K.CANNOT_ARRIVE, 0), said(K.ON_SITE, 10))
    again = said(K.CANNOT_ARRIVE, 20)
    assert refused(lambda: reported(ticket, again, NOW + HOUR))[1] == "report-out-of-sequence"


def test_a_repeat_without_its_code_begins_nothing() -> None:
    ticket = scheduled(policies=PATIENT.but(start_code=True))
    right = said(K.STARTED, 60).model_copy(
        update={"particulars": fact(K.STARTED, start_code=StartCode.RIGHT).particulars}
    )
    ticket = told(ticket, right)
    ticket, answer = reported(ticket, said(K.STARTED, 61), NOW + HOUR + MINUTE)
    assert answer.repeated
    ticket, _ = reported(ticket, back("started-60"), NOW + HOUR + MINUTE)
    assert ticket.visits[0].actual_start is None
    ticket, answer = reported(ticket, back("started-61"), NOW + HOUR + MINUTE)
    assert not answer.repeated, "it is a report that was made"


def test_who_takes_something_back_of_a_visit_that_is_open_again_leaves_it_open() -> None:
    ticket = told(scheduled(policies=PATIENT), said(K.ACKNOWLEDGED, 0))
    ticket = ticket.with_visit(ticket.visits[0].but(state=VisitState.OPEN))
    ticket, answer = reported(ticket, back("acknowledged-0"), NOW + MINUTE)
    assert answer.state is VisitState.OPEN
    assert ticket.visits[0].crew[0].state is AssignmentState.RESERVED


def test_what_was_known_later_makes_a_report_late_and_no_way_that_it_leads() -> None:
    _, answer = reported(told(scheduled(), said(K.EN_ROUTE, 0)), said(K.ACKNOWLEDGED, 5), NOW)
    assert not answer.out_of_order
    _, answer = reported(told(scheduled(), said(K.CANNOT_ARRIVE, 5)), said(K.EN_ROUTE, 0), NOW)
    assert answer.out_of_order


def test_the_customer_hears_of_whoever_is_on_the_way_though_they_knew_of_it_later() -> None:
    ticket, answer = reported(told(scheduled(), said(K.ACKNOWLEDGED, 5)), said(K.EN_ROUTE, 0), NOW)
    assert answer.out_of_order
    notice = notice_of(ticket.news[-1])
    assert notice is not None
    assert notice.template == "visit.on_the_way"


def test_nobody_hears_of_whoever_sets_out_after_they_are_there() -> None:
    ticket, answer = reported(told(scheduled(), said(K.ON_SITE, 0)), said(K.EN_ROUTE, 5), NOW)
    assert not answer.out_of_order
    assert notice_of(ticket.news[-1]) is None


def test_a_phone_that_says_the_same_all_day_fills_no_ticket() -> None:
    ticket = told(scheduled(), *(said(K.ON_SITE, minute) for minute in range(60)))
    assert len(ticket.visits[0].facts) == 20
