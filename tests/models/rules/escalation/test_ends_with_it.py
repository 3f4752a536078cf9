"""What cancelling a visit ends: the visit, or the ticket with it where nothing else is left."""

import pytest

from models.brief import Expected
from models.escalation import Action, Brief, EscalationReason
from models.field import FactKind
from models.rules.escalation.briefing import brief_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.page import page
from models.ticket import Ticket
from models.visit import AssignmentState, VisitState
from tests.models.rules.escalation.test_escalating import asked
from tests.models.rules.stories import ANNA, NOW, after, named, scheduled

ONLY = "It is the only visit that is left: the ticket is cancelled with it"
NO_SHOW = ", and it counts as the customer's no-show"


def brief(ticket: Ticket, reason: EscalationReason) -> Brief:
    anna = Expected(
        expert_id=ANNA, expert_no=17, skill="refrigeration", state=AssignmentState.ON_SITE
    )
    seen = Picture(ticket=ticket, now=NOW, number=7, visit=ticket.visits[0], crew=(anna,))
    return brief_of(seen, asked().but(reason=reason))


def with_another(ticket: Ticket, state: VisitState) -> Ticket:
    other = ticket.visits[0].but(id=named("vis", 2), seq=2, state=state, assignments=(), facts=())
    return ticket.but(visits=(*ticket.visits, other))


@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        (FactKind.CANNOT_ARRIVE, EscalationReason.CANNOT_ARRIVE, ONLY),
        (FactKind.CANNOT_ENTER, EscalationReason.CANNOT_ENTER, ONLY + NO_SHOW),
    ],
)
@pytest.mark.parametrize("other", [None, VisitState.CANCELLED])
def test_with_the_only_visit_that_is_left_the_ticket_is_said_to_be_cancelled(
    kind: FactKind, reason: EscalationReason, words: str, other: VisitState | None
) -> None:
    before = () if kind is FactKind.CANNOT_ARRIVE else (FactKind.ON_SITE,)
    ticket = after(scheduled(), *before, kind)
    found = brief(with_another(ticket, other) if other else ticket, reason)
    assert found.at_stake.endswith(f"1 booked). {words}")
    said = found.says[Action.CANCEL_VISIT]
    assert said.label == "Cancel the visit, and the ticket with it"
    assert said.explains == f"Everybody concerned is told. {words}."
    assert any(fact.startswith("It is the only visit that is left") for fact in found.facts)
    shown = page(asked().but(reason=reason, brief=found))
    assert "4 Cancel the visit, and the ticket with it" in shown
    assert "goes on" not in shown


@pytest.mark.parametrize("state", [VisitState.SCHEDULED, VisitState.COMPLETED])
def test_where_more_is_left_or_was_done_only_the_visit_ends(state: VisitState) -> None:
    ticket = with_another(after(scheduled(), FactKind.CANNOT_ARRIVE), state)
    found = brief(ticket, EscalationReason.CANNOT_ARRIVE)
    assert found.at_stake == "visit 1 of T-7 (Tue 03 Mar 08:00 (UTC), 1 booked)"
    assert found.says == {}
    assert not any("the only visit" in fact for fact in found.facts)
