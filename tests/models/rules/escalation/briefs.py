"""Facts that leave every decision open, and an escalation that has them."""

from typing import Any

from models.brief import Candidate, Option
from models.escalation import Action, Brief, Escalation
from models.rules.escalation.escalating import briefed
from tests.models.rules.escalation.test_escalating import asked
from tests.models.rules.stories import NOW, VISIT, named


def candidate(number: int, expert: int) -> Candidate:
    """An expert under a number."""
    return Candidate(
        number=number,
        expert_id=named("exp", expert),
        expert_no=expert,
        visit_id=VISIT,
        position=0,
        start=NOW,
        distance_km=1.0,
    )


def brief(**more: Any) -> Brief:
    """Three candidates, two models, and everything may be decided."""
    facts = {
        "headline": "?",
        "candidates": tuple(candidate(n, n) for n in (1, 2, 3)),
        "options": (
            Option(number=1, value="mod_a", line="A"),
            Option(number=2, value="mod_b", line="B"),
        ),
        "possible": tuple(Action),
    }
    return Brief.model_validate(facts | more)


def told(*briefs: Brief) -> Escalation:
    """An escalation whose facts were gathered so often."""
    escalation = asked()
    for facts in briefs or (brief(),):
        escalation = briefed(escalation, facts)
    return escalation
