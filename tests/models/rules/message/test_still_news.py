"""What a reader is told depends on what they know, and on the day where they live."""

from datetime import datetime, timedelta

import pytest

from models.message.news import Earlier, News, TicketNow
from models.message.notification import Suppression
from models.rules.message.judging import Judgement, Told
from models.rules.message.overtaking import judged
from models.ticket import Coverage, TicketStatus
from models.visit import AssignmentState, VisitState
from tests.models.rules.message.test_overtaking import (
    BOOKED,
    FIRST,
    HOUR,
    LATER,
    NOTHING_NEW,
    NOW,
    OPEN,
    OVERTAKEN,
    RESERVED,
    SELECTED,
    judge,
    says,
    text,
    visit,
)

MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
EN_ROUTE = AssignmentState.EN_ROUTE
WAY = "visit.on_the_way"
BENS = {"visit_id": "v1", "expert_id": "ben"}
STRUCK = ("visit.cancelled", says())
LET_GO = ("assignment.cancelled", says(expert_id="ann"))


# What is told as it is.


@pytest.mark.parametrize("template", ["invoice.issued", "ticket.received", "escalation.opened"])
def test_what_nothing_overtakes_is_told_with_all_its_facts(template: str) -> None:
    facts = {"invoice_id": "inv_1", "round": "1"}
    status = TicketStatus.MATCHING
    assert judge(template, facts, status=status) == Told(template, facts)


def test_a_customer_whose_ticket_came_back_hears_that_a_person_looks_at_it_first() -> None:
    facts = {"round": "1"}
    told = judge("ticket.reopened", facts, status=TicketStatus.REVIEW)
    assert told == Told("ticket.in_review", facts)
    past = judge("ticket.reopened", {"round": "2"}, status=TicketStatus.REVIEW)
    assert past is OVERTAKEN


@pytest.mark.parametrize("clock", ["schedule", "onsite", "resolve"])
@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (TicketStatus.REVIEW, {"schedule", "onsite", "resolve"}),
        (TicketStatus.MATCHING, {"schedule", "onsite", "resolve"}),
        (TicketStatus.SCHEDULED, {"onsite", "resolve"}),
        (TicketStatus.IN_PROGRESS, {"onsite", "resolve"}),
        (TicketStatus.COMPLETED, set()),
        (TicketStatus.CANCELLED, set()),
        (TicketStatus.CLOSED, set()),
    ],
)
def test_that_it_takes_longer_is_told_while_it_does(
    status: TicketStatus, waits: set[str], clock: str
) -> None:
    told = judge("ticket.delayed", {"clock": clock, "round": "1"}, status=status)
    assert (told is not OVERTAKEN) is (clock in waits)
    assert judge("ticket.delayed", {"clock": clock, "round": "2"}, status=status) is OVERTAKEN


# On the way.


@pytest.mark.parametrize(
    ("start", "sent", "verdict"),
    [
        (NOW, NOW + 15 * MINUTE, None),
        (NOW, NOW + 30 * MINUTE, None),
        (NOW, NOW + 30 * MINUTE + MOMENT, Suppression.TOO_LATE),
        (NOW + HOUR, NOW + HOUR + 15 * MINUTE, None),
        (NOW + HOUR, NOW + HOUR + 15 * MINUTE + MOMENT, Suppression.TOO_LATE),
    ],
)
def test_whoever_sets_out_late_is_told_of_until_a_quarter_after_they_could_be_there(
    start: datetime, sent: datetime, verdict: Suppression | None
) -> None:
    coming = {"v1": visit(VisitState.EN_ROUTE, start, ben=EN_ROUTE)}
    told = judge(WAY, BENS, visits=coming, now=sent)
    assert told == (verdict or Told(WAY, BENS))


def test_nobody_is_on_the_way_to_a_visit_that_is_not_known_or_has_no_time() -> None:
    assert judge(WAY, BENS, visits={"v2": visit(ben=EN_ROUTE)}) is OVERTAKEN
    assert judge(WAY, BENS, visits={"v1": visit(OPEN, None, ben=EN_ROUTE)}) is OVERTAKEN


def test_a_day_of_travel_ends_at_midnight_where_the_customer_lives() -> None:
    coming = {"v1": visit(VisitState.EN_ROUTE, NOW + 2 * HOUR, ben=EN_ROUTE, cat=EN_ROUTE)}
    second = {"visit_id": "v1", "expert_id": "cat"}

    def told(tz: str) -> Judgement:
        first = ((WAY, BENS),)
        return judge(WAY, second, visits=coming, earlier=first, now=NOW + HOUR, tz=tz)

    assert told("Europe/Berlin") is NOTHING_NEW
    assert told("Pacific/Kiritimati") == Told(WAY, second)
    other = ((WAY, BENS | {"visit_id": "v2"}),)
    assert judge(WAY, second, visits=coming, earlier=other) == Told(WAY, second)


# What a reader knows.


def test_what_was_cancelled_is_cancelled_once_and_known_no_more() -> None:
    free = {"v1": visit(OPEN, None)}
    matching = TicketStatus.MATCHING
    again = judge(*STRUCK, visits=free, status=matching, earlier=(BOOKED, STRUCK))
    assert again is NOTHING_NEW
    assert text(judge(*BOOKED, earlier=(STRUCK,))) == "visit.scheduled"


def test_an_expert_who_was_let_go_knows_of_nothing() -> None:
    assert text(judge(*SELECTED, earlier=(SELECTED, LET_GO))) == "proposal.selected"
    gone = {"v1": visit(OPEN, None)}
    assert judge(*LET_GO, visits=gone, earlier=(SELECTED, LET_GO)) is NOTHING_NEW


def test_an_expert_is_let_go_from_the_time_that_they_were_told() -> None:
    bare = {"visit_id": "v1", "expert_id": "ann"}
    told = judge(
        "assignment.cancelled", bare, visits={"v1": visit(OPEN, None)}, earlier=(SELECTED,)
    )
    assert told == Told("assignment.cancelled", bare | {"start": FIRST.isoformat()})


@pytest.mark.parametrize(
    ("template", "ago", "is_told"),
    [
        ("assignment.cancelled", MINUTE - MOMENT, False),
        ("assignment.cancelled", MINUTE, True),
        ("assignment.cancelled", HOUR, True),
        ("visit.open", timedelta(seconds=5), True),
    ],
)
def test_an_offer_is_let_go_in_silence_only_right_after_the_visit_was(
    template: str, ago: timedelta, is_told: bool
) -> None:
    taken = TicketNow(TicketStatus.SCHEDULED, 1, Coverage.COVERED, {"v1": visit(ben=RESERVED)})
    facts = {"visit_id": "v1", "expert_id": "ann"}
    earlier = (Earlier(template, says(), NOW - ago),)
    told = judged(News("proposal.released", facts, "ann", NOW, NOW, "UTC", taken, earlier))
    assert told == (Told("proposal.released", facts) if is_told else NOTHING_NEW)


@pytest.mark.parametrize("reminder", ["visit.due_in_a_day", "assignment.due_in_a_day"])
def test_a_reminder_is_given_though_the_reader_heard_of_the_visit_or_of_another_time(
    reminder: str,
) -> None:
    for earlier in (BOOKED, SELECTED, (reminder, says(LATER)), (reminder, says(visit_id="v2"))):
        assert judge(reminder, says(), earlier=(earlier,)) == Told(reminder, says())


@pytest.mark.parametrize("state", [s for s in VisitState if s is not VisitState.SCHEDULED])
def test_no_customer_is_reminded_of_a_visit_that_has_begun_or_is_not_known(
    state: VisitState,
) -> None:
    reminder = "visit.due_in_a_day"
    assert judge(reminder, says(), visits={"v1": visit(state, ann=RESERVED)}) is OVERTAKEN
    assert judge(reminder, says(), visits={"v2": visit(ann=RESERVED)}) is OVERTAKEN
