"""A question that ended without a person says of itself by what."""

from datetime import timedelta

import pytest

from models.escalation import EscalationReason, Question
from models.field import FactKind
from models.messages.visit import CustomerComing
from models.rules.escalation.ending import ended_by, ending_in_words
from models.rules.escalation.escalating import healed
from models.rules.escalation.page import page
from models.rules.visit import absence, door, fieldwork
from models.ticket import Ticket
from models.visit import VisitState
from tests.models.rules.escalation.briefs import brief
from tests.models.rules.escalation.test_escalating import asked
from tests.models.rules.stories import (
    BY_CUSTOMER,
    HELPDESK,
    NOW,
    VISIT,
    after,
    fact,
    named,
    scheduled,
)

MINUTE = timedelta(minutes=1)
SOON = NOW + 3 * MINUTE


def why(ticket: Ticket, reason: EscalationReason) -> str | None:
    question = Question(id=named("esc", 1), subject=VISIT, reason=reason, asked_at=NOW)
    return ended_by(ticket, question)


def shut_out() -> Ticket:
    return after(scheduled(), FactKind.ON_SITE, FactKind.CANNOT_ENTER)


def test_a_door_to_which_the_customer_comes_is_said_to_be_that() -> None:
    coming = CustomerComing(visit_id=VISIT, by=BY_CUSTOMER)
    ticket = door.customer_coming(shut_out(), coming, SOON)
    assert why(ticket, EscalationReason.CANNOT_ENTER) == "customer_coming"
    opened, _ = fieldwork.reported(shut_out(), fact(FactKind.STARTED, at=SOON), SOON)
    assert why(opened, EscalationReason.CANNOT_ENTER) == "door_opened"
    assert why(shut_out(), EscalationReason.CANNOT_ENTER) is None


def test_an_expert_who_comes_after_all_or_a_visit_that_is_matched_anew_is_named() -> None:
    gone = absence.sought(after(scheduled(), FactKind.CANNOT_ARRIVE), VISIT, NOW, found=True)
    assert why(gone, EscalationReason.CANNOT_ARRIVE) is None
    back, _ = fieldwork.reported(gone, fact(FactKind.EN_ROUTE, at=SOON), SOON)
    assert why(back, EscalationReason.CANNOT_ARRIVE) == "somebody_comes"
    anew = absence.matched_anew(gone, gone.visits[0], HELPDESK, SOON)
    assert why(anew, EscalationReason.CANNOT_ARRIVE) == "matched_anew"
    off = gone.with_visit(gone.visits[0].but(state=VisitState.CANCELLED))
    assert why(off, EscalationReason.CANNOT_ARRIVE) is None


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ("customer_coming", "The customer said at 13:48 that they come."),
        ("door_opened", "Somebody opened the door."),
        ("late_evidence", "A report came late: what it tells of had happened in time."),
        ("unheard of", ""),
        (None, ""),
    ],
)
def test_the_page_says_it_in_words_on_the_customers_clock(because: str | None, words: str) -> None:
    assert ending_in_words(because, SOON, "Asia/Kathmandu") == words
    done = page(healed(asked().but(brief=brief(tz="Asia/Kathmandu")), SOON, because))
    assert f"It resolved itself on Mon 02 Mar 13:48 (Asia/Kathmandu). {words}".rstrip() in done
