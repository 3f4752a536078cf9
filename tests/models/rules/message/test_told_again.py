"""What is told once more to who did not answer, and what is found out later, judged without a
server."""

import pytest

from models.rules.message.judging import Told
from models.ticket import TicketStatus
from models.visit import VisitState
from tests.models.rules.message.test_overtaking import (
    ACKNOWLEDGED,
    LATER,
    NOTHING_NEW,
    OPEN,
    OVERTAKEN,
    RESERVED,
    SELECTED,
    judge,
    says,
    text,
    visit,
)

AGAIN = ("assignment.resent", says(expert_id="ann"))
FOUND_OUT = {"model_id": "mod_1"}


def test_who_has_said_nothing_is_told_again_of_the_visit_as_it_stands() -> None:
    assert judge(*AGAIN, earlier=(SELECTED,)) == Told(*AGAIN)
    assert judge(*AGAIN) == Told(*AGAIN), "the first may have reached nobody"


@pytest.mark.parametrize(
    "now",
    [
        visit(ann=ACKNOWLEDGED),
        visit(start=LATER, ann=RESERVED),
        visit(ben=RESERVED),
        visit(OPEN, None),
        visit(VisitState.CANCELLED, ann=RESERVED, start=None),
        visit(ann=RESERVED)._replace(barred=frozenset(["ann"])),
    ],
)
def test_who_answered_comes_at_another_time_or_not_at_all_is_not_told_again(now: object) -> None:
    assert judge(*AGAIN, visits={"v1": now}, earlier=(SELECTED,)) is OVERTAKEN  # type: ignore[dict-item]


def test_whom_only_the_second_reached_knows_of_the_visit() -> None:
    moved = says(LATER, expert_id="ann")
    visits = {"v1": visit(start=LATER, ann=RESERVED)}
    told = judge("proposal.selected", moved, visits=visits, earlier=(AGAIN,))
    assert text(told) == "assignment.moved"
    gone = {"v1": visit(OPEN, None)}
    let_go = judge("assignment.cancelled", says(expert_id="ann"), visits=gone, earlier=(AGAIN,))
    assert text(let_go) == "assignment.cancelled"


@pytest.mark.parametrize("lead", ["a_day", "two_hours"])
def test_who_was_replaced_is_reminded_of_nothing(lead: str) -> None:
    replaced = {"v1": visit(ben=RESERVED)}
    reminder = f"assignment.due_in_{lead}"
    assert judge(reminder, says(), visits=replaced, earlier=(SELECTED,)) is OVERTAKEN


def test_a_customer_hears_which_appliance_was_found_out_and_nothing_of_a_mended_file() -> None:
    review = TicketStatus.REVIEW
    told = judge("ticket.enriched", FOUND_OUT, status=review)
    assert told == Told("ticket.enriched", FOUND_OUT)
    assert judge("ticket.enriched", {}, status=review) is NOTHING_NEW
    for over in (TicketStatus.CLOSED, TicketStatus.CANCELLED):
        assert judge("ticket.enriched", FOUND_OUT, status=over) is OVERTAKEN
