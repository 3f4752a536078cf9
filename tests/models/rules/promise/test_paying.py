"""What a customer is asked to pay for, and until when."""

import pytest

from models.escalation import EscalationReason, Patience
from models.messages.escalation import RequestPayment
from models.rules.escalation.doubts import payment_requested
from models.rules.promise.paying import payment_reason, waits_for_payment_until
from models.ticket import Coverage
from tests.models.rules.stories import (
    HELPDESK,
    HOUR,
    NOW,
    TICKET,
    admitted,
    with_doubts,
    with_promise,
)


@pytest.mark.parametrize(
    ("coverage", "reason"),
    [
        (Coverage.UNKNOWN, EscalationReason.COVERAGE_UNKNOWN),
        (Coverage.NOT_COVERED, EscalationReason.NOT_COVERED),
    ],
)
def test_a_customer_pays_for_what_no_plan_pays_or_may_not(
    coverage: Coverage, reason: EscalationReason
) -> None:
    ticket = admitted(coverage)
    assert payment_reason(ticket) is reason
    assert waits_for_payment_until(ticket) is None
    asked = payment_requested(ticket, RequestPayment(by=HELPDESK), NOW)
    assert waits_for_payment_until(asked) == NOW + 7 * 24 * HOUR
    paid = with_promise(asked, coverage=Coverage.PAY_PER_JOB)
    assert waits_for_payment_until(paid) is None


def test_patience_about_something_else_is_no_payment() -> None:
    other = Patience(subject=f"{TICKET}:DATA_MISSING", until=NOW)
    payment = Patience(subject=f"{TICKET}:NOT_COVERED", until=NOW + HOUR)
    ticket = admitted(Coverage.NOT_COVERED)
    assert waits_for_payment_until(with_doubts(ticket, patience=(other,))) is None
    assert waits_for_payment_until(with_doubts(ticket, patience=(other, payment))) == NOW + HOUR
