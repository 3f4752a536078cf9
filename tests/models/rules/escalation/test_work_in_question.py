"""Who decides about work reads who did it, when it ended, and what it is worth."""

from datetime import timedelta

import pytest

from models.brief import Cancelling, Expected
from models.escalation import Action, EscalationReason
from models.field import FactKind, ReportedFact, Shortfall
from models.money.amount import Currency, Money
from models.money.invoice import Earning
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import KINDS
from models.rules.visit import fieldwork
from models.ticket import Coverage, Ticket
from models.visit import AssignmentState, VisitState
from tests.models.rules.stories import (
    ANNA,
    NOW,
    VISIT,
    after,
    fact,
    named,
    scheduled,
    with_promise,
)

MINUTE = timedelta(minutes=1)
DONE = NOW + 40 * MINUTE
ANNA_IS = Expected(
    expert_id=ANNA, expert_no=17, skill="refrigeration", state=AssignmentState.RELEASED
)


def euros(amount: int) -> Money:
    return Money(amount=amount, currency=Currency.EUR)


WORTH = Earning(
    assignment_id="asg_0",
    visit_id=VISIT,
    expert_id=ANNA,
    gross=euros(7000),
    commission=euros(1120),
    payout=euros(5880),
)


def picture(ticket: Ticket, **more: object) -> Picture:
    seen = Picture(ticket=ticket, now=DONE, number=7, visit=ticket.visits[0], crew=(ANNA_IS,))
    return seen.but(worth=(WORTH,), **more)


def undone(coverage: Coverage) -> Ticket:
    ticket = with_promise(after(scheduled(), FactKind.STARTED), coverage=coverage)
    eta = DONE + 60 * MINUTE
    said = fact(
        FactKind.INCOMPLETE,
        at=DONE,
        shortfall=Shortfall.UNSAFE,
        parts_eta=eta,
        follow_up=False,
    )
    return fieldwork.reported(ticket, said, DONE)[0]


@pytest.mark.parametrize(
    ("coverage", "billed"),
    [
        (Coverage.PAY_PER_JOB, "For the work on it the customer is billed 70.00 EUR"),
        (Coverage.COVERED, "For the work on it the customer is billed nothing"),
    ],
)
def test_who_plans_a_follow_up_reads_who_was_there_what_they_said_and_what_is_billed(
    coverage: Coverage, billed: str
) -> None:
    facts = list(KINDS[EscalationReason.FOLLOW_UP_MISSING].facts(picture(undone(coverage))))
    assert facts == [
        "It ended Mon 02 Mar 08:40 (UTC) because of: unsafe",
        "It was planned for 90 minutes",
        "Expert no. 17 (refrigeration) reported: started Mon 02 Mar 08:00 (UTC), "
        "incomplete Mon 02 Mar 08:40 (UTC); 40 minutes of work",
        "The parts are there from Mon 02 Mar 09:40 (UTC) on",
        f"Who pays: {coverage.lower().replace('_', ' ')}",
        billed,
        "Expert no. 17 earns 58.80 EUR (70.00 less commission)",
    ]


def worked_all_the_same(minutes: int) -> Ticket:
    ticket = scheduled()
    [visit] = ticket.visits
    [anna] = visit.assignments
    evidence = tuple(
        ReportedFact(
            client_event_id=named("cev", n), kind=kind, expert_id=ANNA, occurred_at=NOW + n * MINUTE
        )
        for n, kind in ((0, FactKind.STARTED), (minutes, FactKind.COMPLETED))
    )
    gone = anna.but(state=AssignmentState.RELEASED)
    off = visit.but(state=VisitState.CANCELLED, assignments=(gone,), evidence=evidence)
    return ticket.with_visit(off)


def test_who_pays_for_work_after_a_cancellation_reads_the_sum_and_who_knew_what_when() -> None:
    kind = KINDS[EscalationReason.WORK_AFTER_CANCEL]
    known = Cancelling(at=NOW, by="the customer", told={ANNA: NOW + MINUTE})
    seen = picture(worked_all_the_same(50), cancelling=known)
    assert kind.says(seen)[Action.PAY_EXPERT].label == (
        "Pay expert no. 17 58.80 EUR (70.00 less commission)"
    )
    facts = list(kind.facts(seen))
    assert facts[1:3] == [
        "Cancelled Mon 02 Mar 08:00 (UTC) by the customer",
        "Expert no. 17 was told Mon 02 Mar 08:01 (UTC)",
    ]
    assert "50 minutes of work" in facts[3]
    assert "Expert no. 17 earns 58.80 EUR (70.00 less commission)" in facts
    untold = picture(worked_all_the_same(50), cancelling=known.but(told={}))
    assert "Expert no. 17 was not told: no message to them went out" in kind.facts(untold)


def test_no_time_at_all_is_said_to_be_paid_all_the_same() -> None:
    kind = KINDS[EscalationReason.WORK_AFTER_CANCEL]
    least = "Paid are the call-out and every started quarter of an hour: one at least"
    assert least in kind.facts(picture(worked_all_the_same(0)))
    assert least not in kind.facts(picture(worked_all_the_same(1)))


def test_several_are_paid_together() -> None:
    kind = KINDS[EscalationReason.WORK_AFTER_CANCEL]
    both = picture(worked_all_the_same(50)).but(worth=(WORTH, WORTH))
    label = kind.says(both)[Action.PAY_EXPERT].label
    assert label == "Pay the experts 117.60 EUR (140.00 less commission)"
    assert kind.says(both.but(worth=())) == {}
