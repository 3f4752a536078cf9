"""Work on a visit that was cancelled meanwhile: kept, asked about, paid or not, never billed."""

from datetime import datetime, timedelta

import pytest

from models.escalation import EscalationReason
from models.field import FactKind
from models.messages.money import WorkDone
from models.messages.ticket import CancelTicket
from models.messages.visit import ReportVisit, SettleWork
from models.promise.policy import Policies
from models.rules.escalation.after_cancel import doubts
from models.rules.escalation.asking import with_due_questions
from models.rules.escalation.registry import KINDS
from models.rules.money.after_cancel import worked_all_the_same
from models.rules.ticket.closing import cancelled
from models.rules.ticket.finishing import bill_due, credit_due, is_over
from models.rules.ticket.waiting import caught_up, timers
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.rules.visit.implausible import work_settled
from models.ticket import Attention, Ticket, TicketStatus
from models.visit import VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    NOW,
    TICKET,
    UNHURRIED,
    VISIT,
    admitted,
    after,
    by,
    fact,
    proposed,
    refused,
    scheduled,
    written,
)

K = FactKind
SECOND = timedelta(seconds=1)
END = NOW + 25.5 * HOUR
DAY = 24 * HOUR
PAIR = ("plumbing", "electrical")


def given_up(ticket: Ticket, now: datetime = NOW) -> Ticket:
    return cancelled(ticket, CancelTicket(by=HELPDESK), now)


def worked(
    ticket: Ticket, *kinds: FactKind, expert: str = ANNA, at: datetime = NOW, minutes: int = 50
) -> Ticket:
    """What an expert did, so many minutes apart."""
    for number, kind in enumerate(kinds):
        told = fact(kind, expert, at + number * timedelta(minutes=minutes))
        ticket, answer = reported(ticket, told, END)
        assert answer.recorded_only
        assert answer.state is VisitState.CANCELLED
    return ticket


def settled(ticket: Ticket, minutes: int | None, name: str = "upd_1") -> Ticket:
    decision = HELPDESK.model_copy(update={"command_id": name})
    return work_settled(ticket, SettleWork(visit_id=VISIT, by=decision, minutes=minutes), END)


# Listening.


@pytest.mark.parametrize(
    ("at", "until"),
    [(NOW, END + DAY), (END, END + DAY), (END + HOUR, END + HOUR + DAY)],
)
def test_a_ticket_listens_for_a_day_after_its_end_and_that_of_its_visits(
    at: datetime, until: datetime
) -> None:
    ticket = given_up(scheduled(), at)
    assert status_of(ticket) is TicketStatus.CANCELLED
    assert ticket.listens_until == until
    assert [(t.name, t.due_at, t.subject) for t in timers(ticket, at)] == [
        ("evidence_grace", until, TICKET)
    ]
    assert not is_over(caught_up(ticket, until - SECOND), until - SECOND)
    assert is_over(caught_up(ticket, until), until)
    assert caught_up(ticket, until).seq == ticket.seq


def test_how_long_is_a_policy() -> None:
    hasty = scheduled(policies=UNHURRIED.but(evidence_grace=HOUR))
    assert given_up(hasty).listens_until == END + HOUR
    assert Policies().evidence_grace == DAY


@pytest.mark.parametrize("ticket", [admitted(), proposed(admitted())])
def test_where_nobody_was_booked_nobody_is_listened_for(ticket: Ticket) -> None:
    ended = given_up(ticket)
    assert (ended.listens_until, is_over(ended, NOW)) == (None, True)


# What was done.


@pytest.mark.parametrize("kind", K)
def test_only_work_is_asked_about(kind: FactKind) -> None:
    before = given_up(scheduled())
    ticket = worked(before, kind)
    assert status_of(ticket) is TicketStatus.CANCELLED
    assert Attention.LATE_REPORT in ticket.filing.attention
    asks = kind in (K.STARTED, K.START_PARTIAL, K.INCOMPLETE, K.COMPLETED)
    found = [(d.subject, d.reason, d.visit) for d in doubts(ticket, NOW)]
    assert found == ([(VISIT, EscalationReason.WORK_AFTER_CANCEL, 1)] if asks else [])
    assert is_over(caught_up(ticket, END + DAY), END + DAY) is not asks
    assert bill_due(ticket, END + DAY) is None


def test_what_is_kept_of_a_visit_that_stands_is_not_asked_about() -> None:
    live = scheduled().visits[0]
    assert worked_all_the_same(live) == ()
    told = worked(given_up(scheduled()), K.COMPLETED).visits[0]
    assert worked_all_the_same(told.but(state=VisitState.OPEN)) == ()
    assert len(worked_all_the_same(told)) == 1


def test_a_report_that_is_taken_back_is_not_asked_about_any_more() -> None:
    ticket = with_due_questions(worked(given_up(scheduled()), K.STARTED), NOW)
    assert ticket.live_question(VISIT, EscalationReason.WORK_AFTER_CANCEL)
    back = ReportVisit(
        visit_id=VISIT,
        kind=None,
        expert_id=ANNA,
        occurred_at=NOW,
        client_event_id="back",
        corrects=f"{ANNA}-{K.STARTED}",
        by=by(ANNA),
    )
    ticket = ticket.but(policies=ticket.policies.but(correction_window=HOUR))
    ticket = with_due_questions(reported(ticket, back, NOW)[0], NOW)
    assert ticket.live_question(VISIT, EscalationReason.WORK_AFTER_CANCEL) is None


# Paying.


def test_who_is_paid_earns_what_they_reported_and_nobody_is_billed() -> None:
    before = worked(given_up(scheduled()), K.STARTED, K.COMPLETED)
    ticket = settled(before, None)
    assert ticket.to_credit == ("asg_0",)
    assert not is_over(caught_up(ticket, END + DAY), END + DAY)
    credit = credit_due(ticket, END)
    assert credit is not None
    assert (credit.ticket_id, credit.zone, credit.earned_at) == (TICKET, "berlin", END)
    assert credit.work == (
        WorkDone(
            visit_id=VISIT,
            assignment_id="asg_0",
            expert_id=ANNA,
            worked=timedelta(minutes=50),
        ),
    )
    assert bill_due(ticket, END) is None
    facts = {"visit_id": VISIT, "assignment_ids": ["asg_0"], "minutes": None}
    assert [(kind, data) for kind, _, data in written(ticket, before)] == [("work.settled", facts)]
    paid = ticket.but(to_credit=())
    assert is_over(caught_up(paid, END + DAY), END + DAY)
    assert credit_due(paid, END) is None


def test_who_is_not_paid_earns_nothing() -> None:
    ticket = settled(worked(given_up(scheduled()), K.STARTED, K.COMPLETED), 0)
    assert (ticket.to_credit, credit_due(ticket, END)) == ((), None)
    assert is_over(caught_up(ticket, END + DAY), END + DAY)


@pytest.mark.parametrize("minutes", [None, 0])
def test_it_is_decided_once(minutes: int | None) -> None:
    ticket = settled(worked(given_up(scheduled()), K.STARTED), minutes)
    assert settled(ticket, minutes) is ticket
    assert refused(lambda: settled(ticket, minutes, "upd_2"))[1] == "doubt-gone"
    later = worked(ticket, K.COMPLETED)
    assert list(doubts(later, END)) == []


def test_without_an_end_the_planned_time_counts() -> None:
    ticket = settled(worked(given_up(scheduled()), K.STARTED), None)
    credit = credit_due(ticket, END)
    assert credit is not None
    assert [work.worked for work in credit.work] == [timedelta(minutes=90)]


def test_of_two_only_those_who_worked_are_decided_about_and_later_the_other() -> None:
    ticket = worked(given_up(scheduled(ANNA, BEN, skills=PAIR)), K.STARTED, K.COMPLETED)
    ticket = settled(ticket, None)
    assert ticket.to_credit == ("asg_0",)
    ticket = settled(worked(ticket, K.COMPLETED, expert=BEN), 0, "upd_2")
    assert ticket.to_credit == ("asg_0",)
    assert [a.work is not None for a in ticket.visits[0].assignments] == [True, True]


def test_a_start_from_before_the_cancelling_counts_with_the_end_that_came_after() -> None:
    begun = after(scheduled(), K.STARTED, at=NOW)
    ticket = worked(given_up(begun), K.COMPLETED, at=NOW + 2 * HOUR)
    credit = credit_due(settled(ticket, None), END)
    assert credit is not None
    assert [work.worked for work in credit.work] == [2 * HOUR]


def test_it_is_asked_about_though_its_ticket_has_ended() -> None:
    kind = KINDS[EscalationReason.WORK_AFTER_CANCEL]
    assert kind.outlives
    assert [d.name for d in kind.decisions] == ["1_pay_expert", "2_do_not_pay"]
