"""What a person reads, and may decide, of somebody who may not come any more."""

from typing import Any

import pytest

from models.brief import Expected
from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import KINDS
from models.rules.visit.missing import is_in_vain
from models.visit import AssignmentState, Visit, VisitState
from tests.models.rules.escalation.briefs import candidate
from tests.models.rules.stories import ANNA, BEN, NOW, scheduled

KIND = KINDS[EscalationReason.CANNOT_ARRIVE]


def visit(barred: str | None = "skill-missing", **changes: Any) -> Visit:
    """One that Anna may not come to, though Ben may."""
    [stands] = scheduled(ANNA, BEN, skills=("a", "b")).visits
    first, second = stands.assignments
    return stands.but(assignments=(first.but(barred=barred), second), **changes)


def picture(about: Visit, **more: Any) -> Picture:
    return Picture(ticket=scheduled(), now=NOW, number=1001, visit=about, **more)


@pytest.mark.parametrize(
    ("barred", "words"),
    [
        ("skill-missing", "will not hold the skill then"),
        ("outside-area", "does not work in the area any more"),
        ("expert-not-verified", "may not work for us any more"),
        ("what-comes-later", "may not come any more"),
    ],
)
def test_it_says_who_may_not_come_and_why(barred: str, words: str) -> None:
    crew = tuple(
        Expected(expert_id=who, expert_no=n, skill="a", state=AssignmentState.RESERVED, barred=why)
        for n, (who, why) in enumerate(((ANNA, barred), (BEN, None)), start=1)
    )
    seen = picture(visit(barred), crew=crew)
    assert KIND.headline(seen) == "The expert of visit 1 of T-1001 may not come any more."
    facts = KIND.facts(seen)
    assert f"Expert no. 1 (a) {words}" in facts
    assert "Expert no. 2 (a) has not answered" in facts


def test_somebody_takes_their_place_or_all_of_it_is_matched_anew() -> None:
    one = (candidate(1, 3),)
    anew = [Action.RESCHEDULE, Action.CANCEL_VISIT]
    asking = [*anew, Action.ASK_CUSTOMER]
    assert KIND.possible(picture(visit(), candidates=one)) == [*asking, Action.REPLACE]
    assert KIND.possible(picture(visit())) == asking
    waits = visit(state=VisitState.OPEN)
    assert KIND.possible(picture(waits, candidates=one)) == anew


@pytest.mark.parametrize("state", VisitState)
def test_it_is_asked_while_somebody_else_can_still_come(state: VisitState) -> None:
    ahead = state in (
        VisitState.OPEN,
        VisitState.SCHEDULED,
        VisitState.EN_ROUTE,
        VisitState.ON_SITE,
        VisitState.BLOCKED,
    )
    assert is_in_vain(visit(state=state)) is ahead
    assert not is_in_vain(visit(None, state=state))
    assert not is_in_vain(visit(state=VisitState.OPEN, start=None))
