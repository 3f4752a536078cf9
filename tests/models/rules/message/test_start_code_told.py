"""A customer has the code that whoever comes needs, before they begin."""

import pytest

from models.visit import AssignmentState, VisitState
from tests.models.rules.message.test_overtaking import (
    HOUR,
    NOTHING_NEW,
    NOW,
    OVERTAKEN,
    RESERVED,
    judge,
    text,
    visit,
)

WAY, CODE = "visit.on_the_way", "visit.start_code"
NEEDED = {"visit_id": "v1", "expert_id": "ben", "start_code": "True", "appointment": "a1"}
"""Ben needs the customer's code."""


@pytest.mark.parametrize("news", [WAY, CODE])
@pytest.mark.parametrize(
    ("state", "told"),
    [
        (AssignmentState.ON_SITE, True),
        (RESERVED, False),
        (AssignmentState.WORKING, False),
        (AssignmentState.DONE, False),
        (AssignmentState.CANNOT_ARRIVE, False),
    ],
)
def test_the_code_is_told_until_whoever_needs_it_has_begun(
    news: str, state: AssignmentState, told: bool
) -> None:
    there = {"v1": visit(VisitState.ON_SITE, NOW + HOUR, ben=state)}
    judgement = judge(news, NEEDED, visits=there)
    assert (text(judgement) == CODE) if told else judgement is OVERTAKEN


@pytest.mark.parametrize(("ahead", "now"), [(13, 0), (1, 1.3)])
def test_whoever_comes_too_early_or_too_late_to_be_told_of_needs_the_code(
    ahead: float, now: float
) -> None:
    way = AssignmentState.EN_ROUTE
    coming = {"v1": visit(VisitState.EN_ROUTE, NOW + ahead * HOUR, ben=way)}
    assert text(judge(WAY, NEEDED, visits=coming, now=NOW + now * HOUR)) == CODE
    barred = {"v1": coming["v1"]._replace(barred=frozenset({"ben"}))}
    assert judge(WAY, NEEDED, visits=barred) is judge(CODE, NEEDED, visits=barred) is OVERTAKEN
    assert judge(CODE, NEEDED, visits={"v2": coming["v1"]}) is OVERTAKEN


@pytest.mark.parametrize("earlier", [WAY, CODE])
def test_the_code_is_told_once_a_visit(earlier: str) -> None:
    there = {"v1": visit(VisitState.ON_SITE, NOW + HOUR, ben=AssignmentState.ON_SITE)}
    known = (earlier, NEEDED)
    assert judge(CODE, NEEDED, visits=there, earlier=(known,)) is NOTHING_NEW
    for other in (NEEDED | {"visit_id": "v2"}, {"visit_id": "v1", "expert_id": "ben"}):
        assert text(judge(CODE, NEEDED, visits=there, earlier=((earlier, other),))) == CODE
