"""What somebody decided to wait for, and until when."""

from datetime import timedelta

import pytest

from models.errors import Conflict, DomainError
from models.escalation import EscalationReason
from models.messages.escalation import (
    ExtendWait,
    RequestPayment,
)
from models.rules.escalation.doubts import doubts_of, payment_requested, wait_extended
from models.ticket import Coverage
from tests.models.rules.stories import (
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    NOW,
    admitted,
    completed,
    scheduled,
    written,
)

LATE = NOW + 24 * HOUR


def code(refusal: pytest.ExceptionInfo[DomainError]) -> str:
    return refusal.value.code


def extend(reason: EscalationReason, hours: int | None = None) -> ExtendWait:
    until = None if hours is None else LATE + hours * HOUR
    return ExtendWait(subject=GROUP, reason=reason, by=HELPDESK, until=until)


def test_a_wait_is_extended_by_hours_or_by_as_long_again() -> None:
    ticket = admitted()
    for hours, end in ((3, LATE + 3 * HOUR), (None, LATE + 24 * HOUR)):
        longer = wait_extended(ticket, extend(EscalationReason.NO_PROPOSALS, hours), LATE)
        assert doubts_of(longer, end - HOUR) == []
        assert doubts_of(longer, end) != []
        facts = {"subject": GROUP, "until": end.isoformat()}
        assert written(longer, ticket) == [("wait.extended", DESK, facts)]


def test_a_group_that_lacks_something_else_by_now_is_waited_for_all_the_same() -> None:
    assert wait_extended(admitted(), extend(EscalationReason.PARTIAL), LATE).patience


def test_what_is_in_doubt_no_more_is_waited_for_no_longer() -> None:
    ask = extend(EscalationReason.NO_PROPOSALS)
    for ticket, now in ((admitted(), NOW), (scheduled(), NOW), (completed(), LATE)):
        with pytest.raises(Conflict) as refusal:
            wait_extended(ticket, ask, now)
        assert code(refusal) == "doubt-gone"


@pytest.mark.parametrize("coverage", [Coverage.NOT_COVERED, Coverage.UNKNOWN])
def test_a_customer_who_is_asked_to_pay_has_a_week(coverage: Coverage) -> None:
    before = admitted(coverage)
    asked = payment_requested(before, RequestPayment(by=HELPDESK), NOW)
    facts = {"expires_at": "2026-03-09T08:00:00+00:00"}
    assert written(asked, before) == [("payment.requested", DESK, facts)]
    reason = EscalationReason(doubts_of(admitted(coverage), NOW)[0].reason)
    week = NOW + timedelta(days=7)
    assert reason not in {d.reason for d in doubts_of(asked, week - HOUR)}
    assert reason in {d.reason for d in doubts_of(asked, week)}
    with pytest.raises(Conflict) as refusal:
        payment_requested(asked, RequestPayment(by=HELPDESK), NOW)
    assert code(refusal) == "doubt-gone"
