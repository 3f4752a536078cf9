"""What is told of an event, and what is not."""

import pytest

from models.actor import SYSTEM
from models.event import Audience, Cause, Facts, event_of
from models.events.every import EVENTS
from models.events.matching import ProposalSelected
from models.events.ticket import CommandRejected, SlotsChanged, TicketReopened
from models.events.visit import VisitReleased, VisitScheduled
from models.rules.message.notices import NOTICES, Notice, notice_of
from tests.models.rules.stories import NOW, TICKET

WHO_IS_TOLD = {
    "ticket.received": (Audience.CUSTOMER, "ticket.received"),
    "visit.offered": (Audience.OPEN_EXPERTS, "visit.open"),
    "slots.offered": (Audience.CUSTOMER, "slots.offered"),
    "visit.scheduled": (Audience.CUSTOMER, "visit.scheduled"),
    "visit.changed": (Audience.CUSTOMER, "visit.changed"),
    "visit.released": (Audience.CUSTOMER, "visit.cancelled"),
    "proposal.selected": (Audience.EXPERT, "proposal.selected"),
    "expert.assigned": (Audience.EXPERT, "expert.assigned"),
    "proposal.released": (Audience.EXPERT, "proposal.released"),
    "visit.en_route": (Audience.CUSTOMER, "visit.on_the_way"),
    "assignment.released": (Audience.EXPERT, "assignment.cancelled"),
    "ticket.cancelled": (Audience.CUSTOMER, "ticket.cancelled"),
    "ticket.completed": (Audience.CUSTOMER, "ticket.completed"),
    "ticket.reopened": (Audience.CUSTOMER, "ticket.reopened"),
    "ticket.closed": (Audience.CUSTOMER, "ticket.closed"),
    "invoice.issued": (Audience.CUSTOMER, "invoice.issued"),
    "payment.requested": (Audience.CUSTOMER, "payment.requested"),
    "assignment.reminded": (Audience.EXPERT, "assignment.reminder"),
    "escalation.opened": (Audience.HELPDESK, "escalation.opened"),
    "escalation.raised_again": (Audience.HELPDESK, "escalation.opened"),
    "escalation.stepped": (Audience.HELPDESK, "escalation.stepped"),
}
"""The whole matrix, written a second time: nobody begins or ceases to be told by accident."""


def notice(facts: Facts) -> Notice | None:
    return notice_of(event_of(facts, TICKET, 1, NOW, Cause(actor=SYSTEM)))


def test_who_is_told_of_what() -> None:
    assert {kind: tells[:2] for kind, tells in NOTICES.items()} == WHO_IS_TOLD


@pytest.mark.parametrize(
    "facts", [SlotsChanged(slots=2, note_id=None), CommandRejected(command="a", code="b")]
)
def test_of_most_that_happens_nobody_is_told(facts: Facts) -> None:
    assert notice(facts) is None


def test_words_and_counts_stay_behind_ids_and_times_go_along() -> None:
    told = notice(TicketReopened(round=2, note_id="not_1"))
    assert told is not None
    assert told.facts == {"round": "2"}


def test_what_is_not_known_does_not_travel() -> None:
    told = notice(VisitReleased(visit_id="v", start=None))
    assert told is not None
    assert told.facts == {"visit_id": "v"}


def test_several_visits_that_are_settled_at_once_are_told_in_one_message() -> None:
    first = VisitScheduled(visit_id="v1", start="s", end="e", expert_ids=["x"], also=["v2", "v3"])
    second = VisitScheduled(visit_id="v2", start="s", end="e", expert_ids=["x"], told_with="v1")
    told = notice(first)
    assert told is not None
    assert told.facts == {"visit_id": "v1", "start": "s", "end": "e", "also": "v2 v3"}
    assert notice(second) is None


def test_an_intent_names_its_recipient_and_may_say_more_than_the_event() -> None:
    won = ProposalSelected(proposal_id="p", visit_id="v", expert_id="x", position=0, start="s")
    told = notice(won)
    assert told is not None
    intent = told.to("expert", "x", workflow_id="w")
    assert (intent.recipient_role, intent.recipient_id) == ("expert", "x")
    assert (intent.event_id, intent.template) == (told.event_id, "proposal.selected")
    assert intent.facts == {"visit_id": "v", "expert_id": "x", "start": "s", "workflow_id": "w"}


def test_no_event_tells_a_note_or_the_words_of_anybody() -> None:
    told = {fact for tells in NOTICES.values() for fact in tells.facts}
    ids = {"visit_id", "expert_id", "invoice_id", "offer_id"}
    assert told == ids | {"start", "end", "round", "reason", "expires_at", "level"}
    assert EVENTS.keys() >= WHO_IS_TOLD.keys()
