"""A ticket that has ended goes on listening for as long as a breach of it can be mended."""

from datetime import datetime

import pytest

from models.field import FactKind
from models.messages.ticket import CancelTicket, ConfirmTicket, ReopenTicket
from models.messages.visit import SettleWork
from models.promise.policy import Policies
from models.promise.sla import ServiceLevel
from models.rules.promise.sla import clocked
from models.rules.ticket import closing
from models.rules.ticket.finishing import is_over
from models.rules.ticket.waiting import caught_up, timers
from models.rules.transitions import status_of
from models.rules.visit import fieldwork
from models.rules.visit.implausible import work_settled
from models.ticket import Ticket, TicketStatus
from models.visit import VisitState
from tests.models.rules.promise.test_late_evidence import (
    DAY,
    ONSITE_DUE,
    RESOLVE_DUE,
    SECOND,
    SERVICE,
    C,
    K,
    S,
    clock,
    late,
    overdue,
    taken_back,
    told,
)
from tests.models.rules.stories import (
    BY_CUSTOMER,
    HELPDESK,
    HOUR,
    NOW,
    UNHURRIED,
    VISIT,
    admitted,
    after,
    between,
    fact,
    named,
    scheduled,
    with_promise,
)


def confirmed(ticket: Ticket, now: datetime) -> Ticket:
    return closing.confirmed(ticket, ConfirmTicket(by=BY_CUSTOMER), now)


def cancelled(ticket: Ticket, now: datetime) -> Ticket:
    return closing.cancelled(ticket, CancelTicket(by=HELPDESK), now)


def done_late(policies: Policies = UNHURRIED) -> Ticket:
    """Nobody said that they were there before both clocks had run out, and then all at once."""
    breached = clocked(late().but(policies=policies), RESOLVE_DUE)
    at = RESOLVE_DUE + HOUR
    there = told(breached, K.STARTED, RESOLVE_DUE - 2 * HOUR, at)
    return caught_up(told(there, K.COMPLETED, at, at), at)


def grace(ticket: Ticket, now: datetime) -> list[datetime]:
    return [t.due_at for t in timers(ticket, now) if t.name == "evidence_grace"]


def test_a_ticket_that_is_confirmed_listens_until_its_last_breach_is_final() -> None:
    closed = confirmed(done_late(), RESOLVE_DUE + 2 * HOUR)
    assert status_of(closed) is TicketStatus.CLOSED
    assert grace(closed, RESOLVE_DUE + 2 * HOUR) == [RESOLVE_DUE + DAY]
    assert not is_over(closed, RESOLVE_DUE + DAY - SECOND)
    assert is_over(closed, RESOLVE_DUE + DAY)
    assert caught_up(closed, RESOLVE_DUE + DAY).seq == closed.seq


def test_while_it_is_not_ended_no_clock_runs_for_that() -> None:
    assert grace(done_late(), RESOLVE_DUE + 2 * HOUR) == []


def test_a_report_that_comes_after_the_confirmation_restates_the_verdict() -> None:
    closed = confirmed(done_late(), RESOLVE_DUE + 2 * HOUR)
    heard = RESOLVE_DUE + 3 * HOUR
    mended = told(closed, K.ON_SITE, ONSITE_DUE - HOUR, heard, received=ONSITE_DUE + HOUR)
    assert (clock(mended).verdict, clock(mended).restated) == (S.MET, True)
    assert clock(mended, C.RESOLVE).verdict is S.BREACHED
    assert status_of(mended) is TicketStatus.CLOSED


def test_the_end_that_is_reported_once_the_round_is_done_restates_the_verdict() -> None:
    closed = confirmed(done_late(), RESOLVE_DUE + 2 * HOUR)
    report = fact(K.COMPLETED, at=RESOLVE_DUE - HOUR, name="own")
    heard, answer = fieldwork.reported(closed, report, RESOLVE_DUE + 3 * HOUR)
    mended = clocked(heard, RESOLVE_DUE + 3 * HOUR)
    assert answer.recorded_only
    kept = clock(mended, C.RESOLVE)
    assert (kept.verdict, kept.judged_at, kept.restated) == (S.MET, RESOLVE_DUE - HOUR, True)
    assert mended.visits[0].actual_end == RESOLVE_DUE + HOUR
    assert grace(mended, RESOLVE_DUE + 3 * HOUR) == [ONSITE_DUE + DAY]
    assert is_over(mended, ONSITE_DUE + DAY)


@pytest.mark.parametrize(
    ("kind", "at", "received"),
    [
        (K.INCOMPLETE, RESOLVE_DUE - HOUR, RESOLVE_DUE + 3 * HOUR),
        (K.COMPLETED, RESOLVE_DUE + SECOND, RESOLVE_DUE + 3 * HOUR),
        (K.COMPLETED, RESOLVE_DUE - HOUR, RESOLVE_DUE + DAY),
    ],
)
def test_another_end_one_that_was_late_and_one_that_came_too_late_restate_nothing(
    kind: FactKind, at: datetime, received: datetime
) -> None:
    closed = confirmed(done_late(), RESOLVE_DUE + 2 * HOUR)
    report = fact(kind, at=at, name="own").model_copy(update={"received_at": received})
    heard, _ = fieldwork.reported(closed, report, received)
    assert clock(clocked(heard, received), C.RESOLVE).verdict is S.BREACHED


def test_an_end_that_cannot_be_right_restates_nothing() -> None:
    """It was hours before anybody was to come; in fact they were late by an hour."""
    due = NOW + 25 * HOUR
    sharp = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=HOUR)
    promised = with_promise(scheduled(), service=sharp)
    for early_completion, verdict in ((4 * HOUR, S.BREACHED), (720 * HOUR, S.MET)):
        policies = UNHURRIED.but(early_completion=early_completion)
        breached = clocked(clocked(promised.but(policies=policies), NOW), due)
        done = caught_up(told(breached, K.COMPLETED, due + HOUR, due + HOUR), due + HOUR)
        report = fact(K.COMPLETED, at=NOW + 10 * HOUR, name="own")
        heard, answer = fieldwork.reported(done, report, due + 2 * HOUR)
        assert answer.recorded_only
        assert clock(clocked(heard, due + 2 * HOUR), C.RESOLVE).verdict is verdict


def test_one_that_was_met_or_never_booked_in_time_is_not_listened_for() -> None:
    breached = clocked(with_promise(admitted(), service=SERVICE), NOW + 8 * HOUR)
    booked = with_promise(scheduled(), service=SERVICE, clocks=breached.promise.clocks)
    there = told(clocked(booked, NOW + 9 * HOUR), K.STARTED, NOW + 24 * HOUR, NOW + 24 * HOUR)
    done = caught_up(told(there, K.COMPLETED, NOW + 25 * HOUR, NOW + 25 * HOUR), NOW + 25 * HOUR)
    assert clock(done, C.SCHEDULE).verdict is S.BREACHED
    assert is_over(confirmed(done, NOW + 25 * HOUR), NOW + 25 * HOUR)


def test_one_that_closes_by_itself_listens_too() -> None:
    soon = UNHURRIED.but(auto_close_after=2 * HOUR)
    closes = RESOLVE_DUE + 3 * HOUR
    closed = caught_up(done_late(soon), closes)
    assert status_of(closed) is TicketStatus.CLOSED
    assert not is_over(closed, closes)
    assert is_over(closed, RESOLVE_DUE + DAY)


def test_a_breach_that_is_known_only_when_its_doubt_is_settled_is_listened_for() -> None:
    hurried = UNHURRIED.but(longest_work=HOUR)
    there = after(late().but(policies=hurried), K.STARTED, at=RESOLVE_DUE - 2 * HOUR)
    at = RESOLVE_DUE + HOUR
    doubtful = told(clocked(there, RESOLVE_DUE - HOUR), K.COMPLETED, at, at)
    closed = confirmed(doubtful, at)
    assert not is_over(closed, at)
    settle = SettleWork(visit_id=VISIT, by=HELPDESK, minutes=90)
    decided = work_settled(closed, settle, at)
    assert not is_over(decided, at)
    assert is_over(clocked(decided, at), RESOLVE_DUE + DAY)


def two_visits() -> Ticket:
    """One was done when its clock had run out; of the other the expert was let go."""
    ended = told(overdue(), K.STARTED, ONSITE_DUE + HOUR, ONSITE_DUE + HOUR)
    ended = told(ended, K.COMPLETED, ONSITE_DUE + 2 * HOUR, ONSITE_DUE + 2 * HOUR)
    other = ended.visits[0].but(
        id=named("vis", 2), seq=2, state=VisitState.SCHEDULED, facts=(), assignments=()
    )
    return ended.but(visits=(*ended.visits, other))


def test_a_ticket_that_is_given_up_listens_for_the_visit_that_was_done() -> None:
    at = ONSITE_DUE + 3 * HOUR
    ended = cancelled(two_visits(), at)
    assert (ended.listens_until, grace(ended, at)) == (None, [ONSITE_DUE + DAY])
    mended = told(ended, K.ON_SITE, ONSITE_DUE - HOUR, at + HOUR)
    assert clock(mended).verdict is S.MET
    assert is_over(mended, at + HOUR)


def test_who_was_there_in_time_for_a_visit_that_was_given_up_since_keeps_the_promise() -> None:
    ended = clocked(cancelled(overdue(), ONSITE_DUE + HOUR), ONSITE_DUE + HOUR)
    assert clock(ended).verdict is S.BREACHED
    heard = ONSITE_DUE + 2 * HOUR
    report = fact(K.ON_SITE, at=ONSITE_DUE - HOUR).model_copy(update={"received_at": heard})
    mended = clocked(fieldwork.reported(ended, report, heard)[0], heard)
    assert (clock(mended).verdict, clock(mended).restated) == (S.MET, True)
    patient = mended.but(policies=UNHURRIED.but(correction_window=HOUR))
    assert clock(taken_back(patient, K.ON_SITE, heard + SECOND)).verdict is S.BREACHED


def test_whoever_might_not_come_any_more_keeps_no_promise() -> None:
    barred = overdue()
    visit = barred.visits[0]
    crew = tuple(a.but(barred="expert-suspended") for a in visit.assignments)
    ended = cancelled(barred.with_visit(visit.but(assignments=crew)), ONSITE_DUE + HOUR)
    assert clock(told(ended, K.ON_SITE, ONSITE_DUE - HOUR, ONSITE_DUE + 2 * HOUR)).verdict is (
        S.BREACHED
    )


def test_a_round_that_was_done_is_judged_though_a_later_one_was_given_up() -> None:
    again = ReopenTicket(by=BY_CUSTOMER, slots=(between(100, 112),))
    at = RESOLVE_DUE + 2 * HOUR
    reopened = closing.reopened(done_late(), again, named("vis", 2), named("grp", 2), at)
    ended = cancelled(clocked(reopened, at), at)
    assert not is_over(ended, RESOLVE_DUE + DAY - SECOND)
    report = fact(K.COMPLETED, at=RESOLVE_DUE - HOUR, name="own")
    mended = clocked(fieldwork.reported(ended, report, at + HOUR)[0], at + HOUR)
    [first] = [c for c in mended.promise.clocks if (c.name, c.round) == (C.RESOLVE, 1)]
    assert first.verdict is S.MET
