"""What is still news of work that takes longer, or goes on another day."""

import pytest

from models.message.notification import Suppression
from models.rules.message.judging import Told
from models.visit import AssignmentState, VisitState
from tests.models.rules.message.test_overtaking import (
    BOOKED,
    FIRST,
    LATER,
    NOTHING_NEW,
    OPEN,
    OVERTAKEN,
    SELECTED,
    judge,
    says,
    text,
    visit,
)

FIRST_TOLD = ("visit.open_first", {"visit_id": "v1", "expert_id": "ann"})
WAITS = {"v1": visit(OPEN, None)}


def test_who_was_told_of_a_visit_first_is_not_told_of_it_again() -> None:
    both = {"visit_id": "v1", "also": "v2"}
    assert text(judge(*FIRST_TOLD, visits=WAITS)) == "visit.open_first"
    assert (
        judge("visit.open", {"visit_id": "v1"}, visits=WAITS, earlier=(FIRST_TOLD,)) is NOTHING_NEW
    )
    two = {**WAITS, "v2": visit(OPEN, None)}
    told = judge("visit.open", both, visits=two, earlier=(FIRST_TOLD,))
    assert isinstance(told, Told)
    assert told.facts == {"visit_id": "v2"}
    assert judge(*FIRST_TOLD) is OVERTAKEN, "it is settled"


@pytest.mark.parametrize("template", ["follow_up.planned", "slots.needed"])
@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (OPEN, None),
        (VisitState.SCHEDULED, OVERTAKEN),
        (VisitState.CANCELLED, OVERTAKEN),
    ],
)
def test_of_a_follow_up_a_customer_hears_until_it_is_booked_or_not_needed(
    template: str, state: VisitState, verdict: Suppression | None
) -> None:
    judgement = judge(template, {"visit_id": "v1"}, visits={"v1": visit(state)})
    assert judgement is verdict if verdict else text(judgement) == template
    assert judge(template, {"visit_id": "v9"}) is OVERTAKEN


@pytest.mark.parametrize(
    "template", ["assignment.extended", "assignment.shortened", "visit.extension_refused"]
)
@pytest.mark.parametrize("state", AssignmentState)
def test_of_time_hears_who_is_there(template: str, state: AssignmentState) -> None:
    facts = {"visit_id": "v1", "expert_id": "ann", "end": LATER.isoformat()}
    judgement = judge(template, facts, visits={"v1": visit(VisitState.ON_SITE, ann=state)})
    is_there = state in (AssignmentState.ON_SITE, AssignmentState.WORKING)
    assert text(judgement) == template if is_there else judgement is OVERTAKEN


@pytest.mark.parametrize("template", ["assignment.shifted", "assignment.brought_forward"])
@pytest.mark.parametrize("state", AssignmentState)
def test_who_comes_later_or_earlier_again_hears_so_until_they_are_there(
    template: str, state: AssignmentState
) -> None:
    facts = says(LATER, expert_id="ann")
    judgement = judge(template, facts, visits={"v1": visit(start=LATER, ann=state)})
    comes = state in (
        *(AssignmentState.RESERVED, AssignmentState.ACKNOWLEDGED),
        AssignmentState.EN_ROUTE,
    )
    assert text(judgement) == template if comes else judgement is OVERTAKEN
    other = {"v1": visit(start=FIRST, ann=state)}
    assert judge(template, facts, visits=other) is OVERTAKEN


def test_who_never_heard_of_a_later_hour_hears_of_no_way_back() -> None:
    there = {"v1": visit(start=FIRST, ann=AssignmentState.RESERVED)}
    back = says(FIRST, expert_id="ann")
    shifted = ("assignment.shifted", says(LATER, expert_id="ann"))
    told = ("assignment.brought_forward", back)
    assert judge(*told, visits=there, earlier=(SELECTED,)) is NOTHING_NEW
    assert text(judge(*told, visits=there, earlier=(SELECTED, shifted))) == told[0]
    assert judge(*told, visits=there, earlier=(SELECTED, shifted, told)) is NOTHING_NEW


def test_whoever_was_to_come_later_still_is_told_that_it_is_earlier() -> None:
    there = {"v1": visit(start=LATER, ann=AssignmentState.RESERVED)}
    shifted = ("assignment.shifted", says(LATER, expert_id="ann"))
    still = ("assignment.shifted", says(LATER + (LATER - FIRST), expert_id="ann"))
    assert text(judge(*shifted, visits=there, earlier=(SELECTED,))) == "assignment.shifted"
    back = judge(*shifted, visits=there, earlier=(SELECTED, still))
    assert text(back) == "assignment.brought_forward"


def test_who_was_told_of_a_later_time_knows_of_it() -> None:
    shifted = ("assignment.shifted", says(LATER, expert_id="ann"))
    moved = {"v1": visit(start=LATER, ann=AssignmentState.RESERVED)}
    again = says(LATER, expert_id="ann")
    assert text(judge("proposal.selected", again, visits=moved, earlier=(SELECTED, shifted))) == (
        "assignment.kept"
    )
    changed = says(LATER, expert_ids="ann")
    assert text(judge("visit.changed", changed, visits=moved, earlier=(BOOKED,))) == "visit.changed"
