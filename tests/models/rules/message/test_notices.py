"""Whom an event concerns, what goes with the message, and what does not."""

import pytest

from models.event import OURSELVES
from models.rules.message.notices import NOTICES, Audience, Notice, notice_of
from models.ticket import Ticket
from tests.models.rules.stories import NOW, admitted

WHO = {
    Audience.CUSTOMER: {
        "ticket.received",
        "slots.offered",
        "visit.scheduled",
        "visit.changed",
        "visit.released",
        "visit.en_route",
        "ticket.cancelled",
        "ticket.completed",
        "ticket.reopened",
        "ticket.closed",
        "invoice.issued",
        "payment.requested",
    },
    Audience.EXPERT: {
        "proposal.selected",
        "proposal.released",
        "expert.assigned",
        "assignment.released",
        "assignment.reminded",
    },
    Audience.OPEN_EXPERTS: {"visit.offered"},
    Audience.HELPDESK: {"escalation.opened", "escalation.raised_again", "escalation.stepped"},
}


def after(kind: str, **facts: object) -> Ticket:
    return admitted().happened(kind, NOW, OURSELVES, **facts)


def notice(kind: str, **facts: object) -> Notice | None:
    return notice_of(after(kind, **facts).news[-1])


def told(kind: str, **facts: object) -> dict[str, str]:
    found = notice(kind, **facts)
    assert found is not None
    return dict(found.facts)


def test_everybody_hears_of_what_concerns_them() -> None:
    assert {
        audience: {k for k, (a, _) in NOTICES.items() if a is audience} for audience in WHO
    } == (WHO)


@pytest.mark.parametrize("kind", NOTICES)
def test_an_event_is_told_to_its_audience_by_its_text(kind: str) -> None:
    event = after(kind, visit_id="vis_1").news[-1]
    audience, template = NOTICES[kind]
    assert notice_of(event) == Notice(
        event_id=event.id, audience=audience, template=template, facts={"visit_id": "vis_1"}
    )


def test_what_concerns_nobody_is_told_to_nobody() -> None:
    assert notice("visit.opened", visit_id="vis_1") is None
    assert notice("group.finalised", told_with=None) is None


def test_what_came_too_late_or_was_told_with_another_is_not_told() -> None:
    assert notice("visit.en_route", out_of_order=True) is None
    assert notice("visit.scheduled", told_with="vis_1") is None
    assert notice("visit.scheduled", out_of_order=False, told_with="") is not None


def test_ids_times_and_codes_travel_and_nothing_else_does() -> None:
    facts = {
        "visit_id": "vis_1",
        "expert_id": "exp_1",
        "start": "8",
        "end": "9",
        "round": 2,
        "reason": "confirmed",
        "invoice_id": "inv_1",
        "offer_id": "off_1",
        "expires_at": "10",
    }
    written = {name: str(value) for name, value in facts.items()}
    assert told("ticket.closed", note_id="not_1", position=1, **facts) == written


def test_what_is_not_known_does_not_travel() -> None:
    assert told("visit.released", visit_id="vis_1", start=None) == {"visit_id": "vis_1"}
    assert told("ticket.reopened", round=0) == {"round": "0"}


def test_the_other_visits_of_one_message_are_named_in_it() -> None:
    assert told("visit.scheduled", also=["vis_2", "vis_3"]) == {"also": "vis_2 vis_3"}
    assert told("visit.scheduled", also=[]) == {}
