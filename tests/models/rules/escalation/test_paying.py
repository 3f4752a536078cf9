"""Who has to settle who pays reads which plans there are, and what payment is under way."""

from datetime import timedelta

import pytest

from models.escalation import EscalationReason
from models.messages.escalation import RequestPayment
from models.rules.escalation.doubts import payment_requested
from models.rules.escalation.kind import Picture
from models.rules.escalation.plans import Plan, Plans
from models.rules.escalation.registry import KINDS
from models.rules.promise.coverage import SubscriptionStatus
from models.ticket import Coverage, Ticket
from tests.models.rules.stories import HELPDESK, NOW, admitted, with_filing

UNKNOWN = admitted(coverage=Coverage.UNKNOWN)


def facts(ticket: Ticket, *plans: Plan) -> list[str]:
    return said_of(ticket, Plans(held=plans))


def said_of(ticket: Ticket, plans: Plans) -> list[str]:
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


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (0, "is paid until {day}"),
        (-1, "was paid until {day}, and nothing was heard of it since"),
        (None, "is active, and until when it is paid was not said"),
    ],
)
def test_of_a_remembered_plan_it_is_said_until_when_it_is_paid_and_when_that_was_heard(
    days: int | None, says: str
) -> None:
    day = None if days is None else NOW.date() + timedelta(days=days)
    status = SubscriptionStatus.ACTIVE
    plan = Plan(name="Kitchen Care", status=status, categories=None, paid_until=day)
    heard_at = NOW - timedelta(days=7)
    said = said_of(UNKNOWN, Plans(held=(plan,), heard_at=heard_at))
    assert f"The plan Kitchen Care {says.format(day=day and f'{day:%d %b %Y}')}" in said
    [line] = [f for f in said if f.startswith("What the customer holds was last heard ")]
    assert f"{heard_at:%a %d %b %H:%M}" in line


def test_of_a_remembered_plan_that_is_not_ours_nobody_can_say_what_it_covers() -> None:
    status = SubscriptionStatus.PENDING
    plan = Plan(name="gold-plated", status=status, categories=None, is_ours=False)
    said = said_of(UNKNOWN, Plans(held=(plan,), heard_at=NOW))
    assert any("gold-plated" in f and f.endswith("what it covers nobody can say") for f in said)


def test_of_whom_nothing_was_ever_heard_no_plan_is_denied() -> None:
    said = said_of(UNKNOWN, Plans(held=None))
    assert any("has not said yet what the customer holds" in fact for fact in said)
    assert not any("holds no plan" in fact for fact in said)


def test_a_payment_that_was_asked_for_is_named_with_its_time() -> None:
    asked = payment_requested(UNKNOWN, RequestPayment(by=HELPDESK), NOW)
    until = NOW + UNKNOWN.policies.payment_wait
    assert until - NOW > timedelta(days=1)
    [said] = [f for f in facts(asked) if f.startswith("The customer was asked to pay by ")]
    assert f"{until:%a %d %b %H:%M}" in said
