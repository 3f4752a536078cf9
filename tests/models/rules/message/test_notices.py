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
    "service.restored": (Audience.CUSTOMER, "service.restored"),
    "ticket.received": (Audience.CUSTOMER, "ticket.received"),
    "visit.offered": (Audience.OPEN_EXPERTS, "visit.open"),
    "slots.offered": (Audience.CUSTOMER, "slots.offered"),
    "visit.scheduled": (Audience.CUSTOMER, "visit.scheduled"),
    "rights.regained": (Audience.CUSTOMER, "visit.scheduled"),
    "visit.changed": (Audience.CUSTOMER, "visit.changed"),
    "visit.released": (Audience.CUSTOMER, "visit.cancelled"),
    "proposal.selected": (Audience.EXPERT, "proposal.selected"),
    "expert.assigned": (Audience.EXPERT, "expert.assigned"),
    "proposal.released": (Audience.EXPERT, "proposal.released"),
    "visit.en_route": (Audience.CUSTOMER, "visit.on_the_way"),
    "visit.on_site": (Audience.CUSTOMER, "visit.start_code"),
    "visit.called_off": (Audience.CUSTOMER, "visit.cancelled"),
    "visit.times_asked": (Audience.CUSTOMER, "visit.times_asked"),
    "visit.choice_offered": (Audience.CUSTOMER, "visit.choice_offered"),
    "visit.late_start": (Audience.CUSTOMER, "visit.running_late"),
    "visit.cannot_enter": (Audience.CUSTOMER, "visit.at_the_door"),
    "visit.door_closed": (Audience.CUSTOMER, "visit.at_the_door_too"),
    "visit.door_wait_extended": (Audience.EXPERT, "assignment.wait"),
    "visit.customer_coming": (Audience.EXPERT, "assignment.customer_coming"),
    "visit.door_wait_over": (Audience.EXPERT, "assignment.may_leave"),
    "assignment.released": (Audience.EXPERT, "assignment.cancelled"),
    "ticket.cancelled": (Audience.CUSTOMER, "ticket.cancelled"),
    "ticket.completed": (Audience.CUSTOMER, "ticket.completed"),
    "ticket.reopened": (Audience.CUSTOMER, "ticket.reopened"),
    "ticket.closed": (Audience.CUSTOMER, "ticket.closed"),
    "request.refused": (Audience.CUSTOMER, "request.refused"),
    "invoice.issued": (Audience.CUSTOMER, "invoice.issued"),
    "payment.requested": (Audience.CUSTOMER, "payment.requested"),
    "assignment.resent": (Audience.EXPERT, "assignment.resent"),
    "ticket.readmitted": (Audience.CUSTOMER, "ticket.enriched"),
    "ticket.enriched": (Audience.CUSTOMER, "ticket.enriched"),
    "delay.told": (Audience.CUSTOMER, "ticket.delayed"),
    "assignment.reminded": (Audience.EXPERT, "assignment.reminder"),
    "assignment.extended": (Audience.EXPERT, "assignment.extended"),
    "assignment.shortened": (Audience.EXPERT, "assignment.shortened"),
    "assignment.brought_forward": (Audience.EXPERT, "assignment.brought_forward"),
    "visit.extension_refused": (Audience.EXPERT, "visit.extension_refused"),
    "assignment.shifted": (Audience.EXPERT, "assignment.shifted"),
    "visit.offered_first": (Audience.EXPERT, "visit.open_first"),
    "follow_up.planned": (Audience.CUSTOMER, "follow_up.planned"),
    "slots.needed": (Audience.CUSTOMER, "slots.needed"),
    "command.quarantined": (Audience.HELPDESK, "command.quarantined"),
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


def test_who_comes_travels_by_id() -> None:
    told = notice(VisitScheduled(visit_id="v1", start="s", end="e", expert_ids=["x", "y"]))
    assert told is not None
    assert told.facts == {"visit_id": "v1", "start": "s", "end": "e", "expert_ids": "x,y"}


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
    ids = {"visit_id", "expert_id", "expert_ids", "invoice_id", "offer_id", "model_id", "entry"}
    facts = {"start", "end", "round", "reason", "expires_at", "level", "clock", "start_code"}
    facts |= {"appointment", "asked", "refusal", "added", "missing"}
    assert told == ids | facts
    assert EVENTS.keys() >= WHO_IS_TOLD.keys()
