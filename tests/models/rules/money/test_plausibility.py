"""Which reports of work cannot be right, and what waits for a person then."""

from datetime import timedelta

import pytest

from models.errors import Conflict, Invalid, NotFound
from models.escalation import EscalationReason
from models.event import Cause
from models.field import FactKind
from models.messages.money import BillTicket
from models.messages.ticket import CancelTicket, ConfirmTicket, ReopenTicket
from models.messages.visit import SettleWork
from models.promise.policy import NORMAL, Policies
from models.promise.sla import ClockName, ClockState, ServiceLevel
from models.rules.escalation.doubts import doubts_of
from models.rules.money.plausibility import in_doubt
from models.rules.promise import sla
from models.rules.promise.counting import state_at
from models.rules.ticket.closing import cancelled, confirmed, reopened
from models.rules.ticket.finishing import bill_due, billed, is_over, survey_due
from models.rules.ticket.waiting import auto_close_due, caught_up
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.rules.visit.implausible import work_settled
from models.rules.visit.opening import next_ids
from models.ticket import Ticket, TicketStatus
from models.visit import VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    DESK,
    HELPDESK,
    HOUR,
    LENGTH,
    NOW,
    VISIT,
    between,
    fact,
    happenings,
    named,
    refused,
    scheduled,
    with_promise,
    written,
)

K = FactKind
START = NOW + 24 * HOUR
SECOND = timedelta(seconds=1)
LATE = START + 48 * HOUR
FINAL = NORMAL.but(correction_window=timedelta(0))
"""Whoever reports that they are done takes nothing back."""
DECIDED = HELPDESK.model_copy(update={"command_id": "upd-1"})


def told(
    *reports: tuple[FactKind, timedelta], policies: Policies = FINAL, expert: str = ANNA
) -> Ticket:
    """A visit of 90 minutes, with reports at times from its start."""
    ticket = scheduled(policies=policies)
    return more(ticket, *reports, expert=expert)


def more(ticket: Ticket, *reports: tuple[FactKind, timedelta], expert: str = ANNA) -> Ticket:
    for kind, since in reports:
        ticket, _ = reported(ticket, fact(kind, expert, START + since), LATE)
    return ticket


def doubtful(ticket: Ticket) -> bool:
    return bool(in_doubt(ticket, ticket.visits[0]))


def early() -> Ticket:
    """Done five hours before it begins."""
    return told((K.STARTED, -6 * HOUR), (K.COMPLETED, -5 * HOUR))


def waiting_for_work(ticket: Ticket) -> list[ClockState]:
    """How the clocks stand that work ends: somebody on site, and all done."""
    return [state_at(c, LATE) for c in ticket.promise.clocks[1:]]


def settled(ticket: Ticket, minutes: int | None, by: Cause = DECIDED) -> Ticket:
    return work_settled(ticket, SettleWork(visit_id=VISIT, by=by, minutes=minutes), LATE)


def bill_of(ticket: Ticket) -> BillTicket:
    bill = bill_due(ticket, LATE)
    assert bill is not None
    return bill


@pytest.mark.parametrize(
    ("reports", "implausible"),
    [
        ([(K.COMPLETED, -4 * HOUR + SECOND)], False),
        ([(K.COMPLETED, -4 * HOUR)], True),
        ([(K.COMPLETED, -12 * HOUR)], True),
        ([(K.STARTED, timedelta(0)), (K.COMPLETED, 3 * LENGTH)], False),
        ([(K.STARTED, timedelta(0)), (K.COMPLETED, 3 * LENGTH + SECOND)], True),
        ([(K.COMPLETED, 3 * LENGTH + SECOND)], True),
        ([(K.ON_SITE, -HOUR), (K.COMPLETED, 3 * LENGTH)], True),
        ([(K.STARTED, timedelta(0))], False),
        ([], False),
    ],
)
def test_hours_early_and_thrice_as_long_cannot_be_right(
    reports: list[tuple[FactKind, timedelta]], implausible: bool
) -> None:
    assert doubtful(told(*reports)) is implausible


def test_nobody_works_for_more_than_twelve_hours() -> None:
    ticket = scheduled(policies=NORMAL)
    ticket = ticket.with_visit(ticket.visits[0].but(duration=8 * HOUR))
    assert not doubtful(more(ticket, (K.STARTED, timedelta(0)), (K.COMPLETED, 12 * HOUR)))
    assert doubtful(more(ticket, (K.STARTED, timedelta(0)), (K.COMPLETED, 12 * HOUR + SECOND)))


def test_until_somebody_decides_there_is_no_bill_no_survey_and_no_word_of_it() -> None:
    ticket = early()
    assert status_of(ticket) is TicketStatus.COMPLETED
    assert (bill_due(ticket, LATE), survey_due(ticket), ticket.completed_at) == (None, None, None)
    assert "ticket.completed" not in happenings(ticket)
    assert auto_close_due(ticket) is None
    [doubt] = doubts_of(ticket, LATE)
    assert (doubt.subject, doubt.reason, doubt.visit) == (VISIT, "WORK_IMPLAUSIBLE", 1)


def test_until_somebody_decides_no_clock_is_judged_by_it() -> None:
    promised = ServiceLevel(schedule=8 * HOUR, onsite=90 * HOUR, resolve=90 * HOUR)
    ticket = with_promise(told((K.COMPLETED, -5 * HOUR)), service=promised)
    ticket = sla.clocked(ticket, LATE)
    clocks = {c.name: c for c in ticket.promise.clocks}
    for name in (ClockName.ONSITE, ClockName.RESOLVE):
        assert clocks[name].verdict is None
        assert state_at(clocks[name], LATE + 999 * HOUR) is ClockState.PAUSED
    decided = sla.clocked(settled(ticket, None), LATE)
    judged = {c.name: (c.verdict, c.judged_at) for c in decided.promise.clocks}
    assert judged[ClockName.RESOLVE] == (ClockState.MET, START - 5 * HOUR)
    assert judged[ClockName.ONSITE] == (ClockState.MET, START - 5 * HOUR)


@pytest.mark.parametrize("arrived", [K.ON_SITE, K.STARTED])
def test_who_met_a_clock_by_arriving_meets_it_no_more_until_somebody_decides(
    arrived: FactKind,
) -> None:
    promised = ServiceLevel(schedule=8 * HOUR, onsite=90 * HOUR, resolve=90 * HOUR)
    there = with_promise(told((arrived, -6 * HOUR)), service=promised)
    met = sla.clocked(there, LATE)
    assert waiting_for_work(met) == ["MET", "RUNNING"]
    done = sla.clocked(more(met, (K.COMPLETED, -5 * HOUR)), LATE)
    assert waiting_for_work(done) == ["PAUSED", "PAUSED"]
    assert sla.clocked(done, LATE + HOUR) is done
    decided = sla.clocked(settled(done, 0), LATE)
    assert waiting_for_work(decided) == ["MET", "MET"]
    judged = {c.name: c.judged_at for c in decided.promise.clocks}
    assert judged[ClockName.ONSITE] == START - 6 * HOUR


def test_a_clock_that_had_run_out_stays_breached_and_is_said_to_be_once() -> None:
    promised = ServiceLevel(schedule=8 * HOUR, onsite=HOUR, resolve=90 * HOUR)
    began = sla.clocked(with_promise(told(), service=promised), START - HOUR)
    late = sla.clocked(began, START + 2 * HOUR)
    done = more(late, (K.ON_SITE, 2 * HOUR), (K.COMPLETED, 9 * HOUR))
    assert doubtful(done)
    done = sla.clocked(done, LATE)
    decided = sla.clocked(settled(done, None), LATE)
    for ticket in (late, done, decided):
        assert waiting_for_work(ticket)[0] == "BREACHED"
    said = [data["clock"] for what, _, data in written(decided) if what == "sla.breached"]
    assert said.count("onsite") == 1


@pytest.mark.parametrize("minutes", [None, 50, 0])
def test_a_decision_lets_go_of_all_that_waited_for_it(minutes: int | None) -> None:
    before = early()
    ticket = settled(before, minutes)
    facts = {"visit_id": VISIT, "assignment_ids": ["asg_0"], "minutes": minutes}
    assert written(ticket, before)[0] == ("work.settled", DESK, facts)
    assert happenings(ticket)[-1] == "ticket.completed"
    assert ticket.completed_at == START - 5 * HOUR
    [work] = bill_of(ticket).work
    assert (work.minutes, work.worked) == (minutes, HOUR)
    assert doubts_of(ticket, LATE) == []


def test_the_same_decision_again_changes_nothing_and_another_comes_too_late() -> None:
    ticket = settled(early(), 50)
    assert settled(ticket, 50) is ticket
    other = HELPDESK.model_copy(update={"command_id": "upd-2"})
    assert refused(lambda: settled(ticket, 60, other))[:2] == (Conflict, "doubt-gone")
    assert refused(lambda: settled(early(), 1441))[:2] == (Invalid, "parameter-wrong")


def test_of_several_experts_it_is_decided_for_whose_report_cannot_be_right() -> None:
    ticket = scheduled(ANNA, BEN, skills=("plumbing", "electrical"), policies=FINAL)
    ticket = more(ticket, (K.STARTED, timedelta(0)), (K.COMPLETED, HOUR))
    ticket = more(ticket, (K.STARTED, timedelta(0)), (K.COMPLETED, 20 * HOUR), expert=BEN)
    assert bill_due(ticket, LATE) is None
    work = {w.expert_id: (w.minutes, w.worked) for w in bill_of(settled(ticket, 45)).work}
    assert work == {ANNA: (None, HOUR), BEN: (45, 20 * HOUR)}


def test_a_report_that_comes_later_may_make_sense_of_it() -> None:
    ticket = told((K.ON_SITE, -HOUR), (K.COMPLETED, 4 * HOUR))
    asked = caught_up(ticket, LATE)
    assert [q.is_live for q in asked.doubts.questions] == [True]
    mended = caught_up(more(asked, (K.STARTED, 3 * HOUR)), LATE)
    assert [q.is_live for q in mended.doubts.questions] == [False]
    assert bill_of(mended).work[0].worked == HOUR


def test_a_report_that_comes_after_the_bill_raises_no_doubt() -> None:
    ticket = billed(told((K.COMPLETED, HOUR)), 1, LATE)
    late = more(ticket, (K.STARTED, -11 * HOUR))
    assert doubts_of(late, LATE) == []


def test_a_ticket_that_its_customer_closes_waits_for_the_decision() -> None:
    asked = caught_up(early(), LATE)
    closed = confirmed(asked, ConfirmTicket(by=BY_CUSTOMER), LATE)
    assert status_of(closed) is TicketStatus.CLOSED
    assert (is_over(closed, LATE), bill_due(closed, LATE)) == (False, None)
    assert [q.is_live for q in caught_up(closed, LATE).doubts.questions] == [True]
    decided = settled(closed, 30)
    assert is_over(decided, LATE)
    assert bill_of(decided).work[0].minutes == 30
    assert decided.completed_at == START - 5 * HOUR
    assert happenings(decided)[-1] == "ticket.completed"
    assert survey_due(billed(decided, 1, LATE)) is not None


def test_a_report_that_makes_sense_of_a_closed_ticket_completes_it() -> None:
    asked = caught_up(told((K.ON_SITE, -HOUR), (K.COMPLETED, 4 * HOUR)), LATE)
    closed = confirmed(asked, ConfirmTicket(by=BY_CUSTOMER), LATE)
    mended = more(closed, (K.STARTED, 3 * HOUR))
    assert (mended.completed_at, is_over(mended, LATE)) == (START + 4 * HOUR, True)
    assert happenings(mended)[-1] == "ticket.completed"


def test_a_ticket_that_is_given_up_meanwhile_is_billed_by_the_decision() -> None:
    asked = caught_up(early(), LATE)
    other = asked.visits[0].but(
        id=named("vis", 2), seq=2, state=VisitState.SCHEDULED, facts=(), assignments=()
    )
    both = asked.but(visits=(*asked.visits, other))
    given_up = cancelled(both, CancelTicket(by=HELPDESK), LATE)
    assert (is_over(given_up, LATE), bill_due(given_up, LATE)) == (False, None)
    assert [q.is_live for q in given_up.doubts.questions] == [True]
    decided = settled(given_up, None)
    assert [w.visit_id for w in bill_of(decided).work] == [VISIT]
    assert is_over(decided, LATE)


def test_a_visit_that_is_given_up_half_done_leaves_nothing_to_decide() -> None:
    ticket = scheduled(ANNA, BEN, skills=("plumbing", "electrical"), policies=NORMAL)
    half = caught_up(more(ticket, (K.COMPLETED, -5 * HOUR)), START - HOUR)
    live = {q.reason for q in half.doubts.questions if q.is_live}
    assert live == {EscalationReason.NO_ACK, EscalationReason.WORK_IMPLAUSIBLE}
    given_up = cancelled(half, CancelTicket(by=HELPDESK), START - HOUR)
    assert not any(q.is_live for q in given_up.doubts.questions)
    heard = START + 26 * HOUR
    assert is_over(caught_up(given_up, heard), heard)


def test_a_round_that_is_reopened_meanwhile_is_billed_by_the_decision_and_not_surveyed() -> None:
    command = ReopenTicket(by=BY_CUSTOMER, slots=(between(90, 99),))
    second = reopened(early(), command, *next_ids(early()), LATE)
    assert (bill_due(second, LATE), len(doubts_of(second, LATE))) == (None, 1)
    decided = settled(second, None)
    bill = bill_of(decided)
    assert (bill.round, bill.completed_at) == (1, START - 5 * HOUR)
    handed_over = billed(decided, 1, LATE)
    assert (bill_due(handed_over, LATE), survey_due(handed_over)) == (None, None)


@pytest.mark.parametrize(
    ("minutes", "is_taken"), [(0, True), (1440, True), (1441, False), (-1, False)]
)
def test_at_most_a_day_of_work_is_billed_of_a_visit(minutes: int, is_taken: bool) -> None:
    if is_taken:
        assert settled(early(), minutes).visits[0].assignments[0].work is not None
        return
    refusal = refused(lambda: settled(early(), minutes))
    assert refusal == (Invalid, "parameter-wrong", "/minutes", {})


def test_work_is_settled_of_visits_that_the_ticket_has() -> None:
    other = SettleWork(visit_id=named("vis", 9), by=DECIDED, minutes=0)
    refusal = refused(lambda: work_settled(early(), other, LATE))
    assert refusal == (NotFound, "visit-unknown", None, {})
