"""Who is reminded of a visit, and when."""

import pytest

from models.event import OURSELVES, Event, Facts, event_of
from models.events.continuing import AssignmentBroughtForward, AssignmentShifted
from models.events.matching import ProposalSelected
from models.events.visit import VisitChanged, VisitReleased, VisitScheduled
from models.rules.message.reminding import reminders_of
from tests.models.rules.stories import ANNA, CUSTOMER, HOUR, NOW, TICKET, VISIT, named

START = NOW + 30 * HOUR
WHEN = {"visit_id": VISIT, "start": START.isoformat()}
SCHEDULED = VisitScheduled(**WHEN, end=START.isoformat(), expert_ids=[ANNA])
CHANGED = VisitChanged(**WHEN, end=START.isoformat(), expert_ids=[ANNA])
SHIFTED = AssignmentShifted(**WHEN, assignment_id=named("asg", 1), expert_id=ANNA)
EARLIER = AssignmentBroughtForward(**WHEN, assignment_id=named("asg", 1), expert_id=ANNA)
WON = ProposalSelected(**WHEN, proposal_id=named("prp", 1), expert_id=ANNA, position=0)


def event(facts: Facts, hours_before: float = 30) -> Event:
    """What happened, so long before the visit."""
    return event_of(facts, TICKET, 1, START - hours_before * HOUR, OURSELVES)


@pytest.mark.parametrize(
    ("facts", "role", "reader", "of"),
    [
        (SCHEDULED, "customer", CUSTOMER, "visit"),
        (CHANGED, "customer", CUSTOMER, "visit"),
        (WON, "expert", ANNA, "assignment"),
        (SHIFTED, "expert", ANNA, "assignment"),
        (EARLIER, "expert", ANNA, "assignment"),
    ],
)
def test_customer_and_expert_are_reminded_a_day_and_two_hours_before(
    facts: Facts, role: str, reader: str, of: str
) -> None:
    happened = event(facts)
    reminders = reminders_of(happened, CUSTOMER)
    assert [(r.template, r.not_before) for r in reminders] == [
        (f"{of}.due_in_a_day", START - 24 * HOUR),
        (f"{of}.due_in_two_hours", START - 2 * HOUR),
    ]
    for reminder in reminders:
        assert (reminder.recipient_role, reminder.recipient_id) == (role, reader)
        assert (reminder.event_id, reminder.facts) == (happened.id, WHEN)


@pytest.mark.parametrize(
    ("hours_before", "templates"),
    [
        (24.1, ["visit.due_in_a_day", "visit.due_in_two_hours"]),
        (24, ["visit.due_in_two_hours"]),
        (2.1, ["visit.due_in_two_hours"]),
        (2, []),
        (0.5, []),
        (-1, []),
    ],
)
def test_of_a_visit_that_is_soon_only_the_reminders_are_given_that_are_not_past(
    hours_before: float, templates: list[str]
) -> None:
    reminders = reminders_of(event(SCHEDULED, hours_before), CUSTOMER)
    assert [reminder.template for reminder in reminders] == templates


def test_nobody_is_reminded_of_what_gives_no_visit_its_time() -> None:
    assert reminders_of(event(VisitReleased(visit_id=VISIT, start=None)), CUSTOMER) == []
