"""Every level has its turn while an answer still helps somebody who waits for a visit."""

from datetime import datetime, timedelta

import pytest

from models.escalation import EscalationReason, Question
from models.field import FactKind
from models.messages.visit import AskCustomer
from models.rules.escalation.pacing import step_of, within
from models.rules.visit import absence
from models.ticket import Ticket
from tests.models.rules.stories import HELPDESK, HOUR, NOW, VISIT, after, named, scheduled

MINUTE = timedelta(minutes=1)
START = NOW + 24 * HOUR
LAST = START + 12 * HOUR - timedelta(minutes=90) - timedelta(minutes=30)
"""Half an hour before the last start that the customer has time for."""


def question(reason: EscalationReason, at: datetime, level: int = 1) -> Question:
    return Question(id=named("esc", 1), subject=VISIT, reason=reason, asked_at=at, level=level)


def without_expert() -> Ticket:
    ticket = after(scheduled(), FactKind.CANNOT_ARRIVE)
    return absence.sought(ticket, VISIT, NOW, found=True)


@pytest.mark.parametrize(
    ("before", "level", "each"),
    [
        (24 * HOUR, 1, 4 * HOUR),
        (3 * HOUR, 1, HOUR),
        (100 * MINUTE, 1, 33 * MINUTE),
        (100 * MINUTE, 2, 50 * MINUTE),
        (100 * MINUTE, 3, 100 * MINUTE),
        (MINUTE, 1, MINUTE),
    ],
)
def test_while_somebody_could_still_be_sent_every_level_has_its_part_of_the_time(
    before: timedelta, level: int, each: timedelta
) -> None:
    asked = question(EscalationReason.CANNOT_ARRIVE, LAST - before, level)
    assert step_of(without_expert(), asked) == each


@pytest.mark.parametrize(
    ("reason", "at", "each"),
    [
        (EscalationReason.NO_ACK, START - 2 * HOUR, 30 * MINUTE),
        (EscalationReason.LATE_START, START + 15 * MINUTE, 25 * MINUTE),
        (EscalationReason.CANNOT_ENTER, START, 15 * MINUTE),
        (EscalationReason.FOLLOW_UP_MISSING, START, 4 * HOUR),
    ],
)
def test_each_reason_about_the_visit_of_today_knows_when_it_is_too_late(
    reason: EscalationReason, at: datetime, each: timedelta
) -> None:
    assert step_of(scheduled(), question(reason, at)) == each


def test_where_nothing_can_be_saved_any_more_the_step_is_that_of_the_policy() -> None:
    assert within(4 * HOUR, NOW, NOW, 3) == 4 * HOUR
    assert within(4 * HOUR, NOW, None, 3) == 4 * HOUR


def test_a_customer_who_stays_silent_leaves_time_for_the_levels_after() -> None:
    ask = AskCustomer(visit_id=VISIT, reason=EscalationReason.CANNOT_ARRIVE, by=HELPDESK, level=1)
    ticket = absence.customer_asked(without_expert(), ask, LAST - 90 * MINUTE)
    [patience] = ticket.doubts.patience
    assert (patience.until, patience.level) == (LAST - 60 * MINUTE, 2)
