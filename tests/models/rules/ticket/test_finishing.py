"""What a completed round leaves to do: whom it bills for what, and when it asks how it went."""

from datetime import timedelta

import pytest

from models.event import OURSELVES
from models.field import FactKind
from models.messages.money import BillTicket, OpenSurvey, WorkDone
from models.messages.ticket import CancelTicket, ReopenTicket
from models.rules.ticket.closing import cancelled, reopened
from models.rules.ticket.finishing import bill_due, billed, survey_due
from models.rules.visit.opening import next_ids
from models.ticket import Coverage, Ticket, Urgency
from models.visit import VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    HELPDESK,
    HOUR,
    HOUSE,
    LENGTH,
    NOW,
    TICKET,
    UNHURRIED,
    VISIT,
    admitted,
    after,
    between,
    completed,
    named,
    scheduled,
    with_filing,
    with_promise,
    written,
)

START = NOW + 24 * HOUR
LATE = NOW + 40 * HOUR
K = FactKind


def worked(*reports: tuple[FactKind, float]) -> timedelta:
    """How long the only expert is paid for, from reports at hours after the appointed start."""
    ticket = scheduled()
    for kind, hours in reports:
        ticket = after(ticket, kind, at=START + hours * HOUR)
    ticket = ticket.but(visits=(ticket.visits[0].but(state=VisitState.COMPLETED),))
    bill = bill_due(ticket.but(completed_at=LATE), LATE)
    assert bill is not None
    [work] = bill.work
    return work.worked


def again(ticket: Ticket) -> Ticket:
    command = ReopenTicket(by=BY_CUSTOMER, slots=(between(48, 60),))
    return reopened(ticket, command, *next_ids(ticket), LATE)


def test_a_bill_says_what_was_done_by_whom_and_who_pays() -> None:
    ticket = scheduled(ANNA, BEN, skills=("plumbing", "electrical"))
    ticket = after(ticket, K.STARTED, K.ACKNOWLEDGED, at=START)
    ticket = after(ticket, K.COMPLETED, at=START + 2 * HOUR)
    ticket = after(ticket, K.ON_SITE, expert=BEN, at=START + HOUR)
    ticket = after(ticket, K.COMPLETED, expert=BEN, at=START + 4 * HOUR)
    ticket = with_filing(ticket, urgency=Urgency.URGENT)
    ticket = with_promise(ticket, plan_id="home-eur", coverage=Coverage.WAIVED)
    assert bill_due(ticket, LATE) == BillTicket(
        ticket_id=TICKET,
        round=1,
        customer_id=CUSTOMER,
        zone="berlin",
        coverage=Coverage.WAIVED,
        urgency=Urgency.URGENT,
        plan_id="home-eur",
        work=(
            WorkDone(visit_id=VISIT, assignment_id="asg_0", expert_id=ANNA, worked=2 * HOUR),
            WorkDone(visit_id=VISIT, assignment_id="asg_1", expert_id=BEN, worked=3 * HOUR),
        ),
        completed_at=START + 4 * HOUR,
        by=OURSELVES,
    )


@pytest.mark.parametrize(
    ("reports", "length"),
    [
        ([(K.ON_SITE, 0.5), (K.STARTED, 1), (K.COMPLETED, 3)], 2 * HOUR),
        ([(K.ON_SITE, 0.5), (K.COMPLETED, 3)], 2.5 * HOUR),
        ([(K.EN_ROUTE, -1), (K.COMPLETED, 3)], 3 * HOUR),
        ([(K.COMPLETED, -2)], timedelta(0)),
        ([(K.STARTED, 1)], LENGTH),
        ([(K.ON_SITE, 0)], LENGTH),
    ],
)
def test_work_lasts_from_the_start_or_the_arrival_or_the_appointment_to_its_end(
    reports: list[tuple[FactKind, float]], length: timedelta
) -> None:
    assert worked(*reports) == length


def test_where_nothing_was_reported_and_no_time_appointed_the_planned_time_is_paid() -> None:
    ticket = completed()
    [visit] = ticket.visits
    ticket = ticket.but(visits=(visit.but(start=None, facts=visit.facts[1:]),))
    bill = bill_due(ticket, LATE)
    assert bill is not None
    assert bill.work[0].worked == LENGTH


def test_nothing_is_billed_before_the_round_is_over_or_where_nothing_was_done() -> None:
    half = after(scheduled(ANNA, BEN, skills=("a", "b")), K.COMPLETED)
    for ticket in (admitted(), scheduled(), half):
        assert bill_due(ticket, LATE) is None
    assert bill_due(cancelled(scheduled(), CancelTicket(by=BY_CUSTOMER), NOW), LATE) is None


def test_a_ticket_given_up_is_billed_for_what_was_done_before() -> None:
    done = completed()
    other = done.visits[0].but(id=named("vis", 2), seq=2, state=VisitState.SCHEDULED)
    half = done.but(visits=(*done.visits, other), completed_at=None)
    assert bill_due(half, LATE) is None
    bill = bill_due(cancelled(half, CancelTicket(by=HELPDESK), NOW), LATE)
    assert bill is not None
    assert bill.completed_at == NOW
    assert [w.visit_id for w in bill.work] == [VISIT]


def test_a_round_is_billed_once_and_the_next_one_for_its_own_visits_alone() -> None:
    ticket = completed()
    handed_over = billed(ticket, 1, LATE)
    assert bill_due(handed_over, LATE) is None
    assert written(handed_over, ticket) == [("billing.started", HOUSE, {"round": 1})]
    second = again(handed_over)
    assert bill_due(second, LATE) is None
    done = ticket.visits[0]
    newest = second.visits[-1].but(state=done.state, assignments=done.crew, facts=done.facts)
    bill = bill_due(second.with_visit(newest).but(completed_at=LATE), LATE)
    assert bill is not None
    assert (bill.round, [w.visit_id for w in bill.work]) == (2, [newest.id])


def test_the_customer_is_asked_how_it_went_once_it_is_billed() -> None:
    ticket = completed(UNHURRIED.but(survey_ttl=3 * HOUR))
    assert survey_due(ticket) is None
    asked = survey_due(billed(ticket, 1, LATE))
    assert asked == OpenSurvey(ticket_id=TICKET, round=1, opened_at=LATE, ttl=3 * HOUR)


def test_nobody_is_asked_about_a_round_that_was_not_completed() -> None:
    assert survey_due(billed(completed(), 1, LATE).but(completed_at=None)) is None
    assert survey_due(billed(completed(), 1, LATE).but(news=())) is None


@pytest.mark.parametrize(
    ("fee", "times", "coverage", "is_billed"),
    [
        (1500, 1, Coverage.COVERED, True),
        (0, 1, Coverage.COVERED, False),
        (1500, 0, Coverage.COVERED, False),
        (1500, 1, Coverage.NOT_COVERED, False),
    ],
)
def test_who_was_not_there_and_gave_up_is_billed_where_that_costs_something(
    fee: int, times: int, coverage: Coverage, is_billed: bool
) -> None:
    ticket = scheduled(policies=UNHURRIED.but(no_show_fee=fee))
    ticket = ticket.with_visit(ticket.visits[0].but(no_shows=times))
    ticket = with_promise(cancelled(ticket, CancelTicket(by=HELPDESK), NOW), coverage=coverage)
    bill = bill_due(ticket, NOW)
    assert (bill is not None) is is_billed
    if bill is not None:
        assert (bill.no_shows, bill.no_show_fee, bill.work) == ((VISIT,), 1500, ())
