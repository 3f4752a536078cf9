"""Who has to settle who pays reads which plans there are, and what payment is under way."""

from datetime import timedelta

import pytest

from models.escalation import EscalationReason
from models.messages.escalation import RequestPayment
from models.rules.escalation.doubts import payment_requested
from models.rules.escalation.kind import Picture, Plan
from models.rules.escalation.registry import KINDS
from models.rules.promise.coverage import SubscriptionStatus
from models.ticket import Coverage, Ticket
from tests.models.rules.stories import HELPDESK, NOW, admitted, with_filing

UNKNOWN = admitted(coverage=Coverage.UNKNOWN)


def facts(ticket: Ticket, *plans: Plan) -> list[str]:
    picture = Picture(ticket=ticket, now=NOW, plans=plans)
    return list(KINDS[EscalationReason.COVERAGE_UNKNOWN].facts(picture))


@pytest.mark.parametrize(
    ("status", "categories", "says"),
    [
        ("PENDING", None, "is ordered, and its first payment is under way: once that is done, it"),
        ("PAST_DUE", ("refrigerator",), "waits for a payment that is overdue: once that is done"),
        (
            "PENDING",
            ("oven",),
            "is ordered, and its first payment is under way, and does not",
        ),
        ("ACTIVE", ("oven",), "is paid, and does not cover refrigerator"),
        ("EXPIRED", None, "is expired, so it does not pay"),
    ],
)
def test_every_plan_says_whether_it_would_pay(
    status: str, categories: tuple[str, ...] | None, says: str
) -> None:
    plan = Plan(name="Kitchen Care", status=SubscriptionStatus(status), categories=categories)
    assert any(f.startswith(f"The plan Kitchen Care {says}") for f in facts(UNKNOWN, plan))


def test_of_an_appliance_that_nobody_knows_a_plan_may_cover_it_or_not() -> None:
    plan = Plan(name="Kitchen Care", status=SubscriptionStatus.ACTIVE, categories=("oven",))
    said = facts(with_filing(UNKNOWN, category=None), plan)
    assert any("nobody can say before it is known" in fact for fact in said)


def test_without_a_plan_it_is_said_who_is_left_to_pay() -> None:
    assert "The customer holds no plan: without one they pay, or we do" in facts(UNKNOWN)


def test_a_payment_that_was_asked_for_is_named_with_its_time() -> None:
    asked = payment_requested(UNKNOWN, RequestPayment(by=HELPDESK), NOW)
    until = NOW + UNKNOWN.policies.payment_wait
    assert until - NOW > timedelta(days=1)
    [said] = [f for f in facts(asked) if f.startswith("The customer was asked to pay by ")]
    assert f"{until:%a %d %b %H:%M}" in said
