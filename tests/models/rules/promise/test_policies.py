"""Which policies govern a ticket."""

from datetime import timedelta

import pytest

from models.promise.policy import NORMAL, URGENT, PolicyRule
from models.rules.promise.policies import policies_of
from models.ticket import Urgency

HOUR = timedelta(hours=1)


def said(hours: int, zone: str | None = None, plan: str | None = None) -> PolicyRule:
    return PolicyRule(name="match_hold", value=f"PT{hours}H", zone=zone, plan=plan)


ALL = (
    said(4, zone="berlin", plan="gold"),
    said(1),
    said(3, plan="gold"),
    said(2, zone="berlin"),
)


@pytest.mark.parametrize(
    ("zone", "plan", "hours"),
    [
        (None, None, 1),
        ("london", "silver", 1),
        ("berlin", "silver", 2),
        ("berlin", None, 2),
        ("london", "gold", 3),
        (None, "gold", 3),
        ("berlin", "gold", 4),
    ],
)
@pytest.mark.parametrize("rules", [ALL, tuple(reversed(ALL))])
def test_the_most_particular_that_was_said_counts(
    rules: tuple[PolicyRule, ...], zone: str | None, plan: str | None, hours: int
) -> None:
    assert policies_of(Urgency.NORMAL, rules, zone, plan).match_hold == hours * HOUR


def test_what_nobody_said_is_as_by_default() -> None:
    rules = [said(2, zone="berlin")]
    assert policies_of(Urgency.URGENT, rules, "london", None) == URGENT
    assert policies_of(Urgency.NORMAL, rules, "berlin", None) == NORMAL.but(match_hold=2 * HOUR)
