"""Whom the news of a ticket concerns."""

from models.message.notification import Intent
from models.messages.ticket import CancelTicket, ConfirmTicket, RecordTicket
from models.rules.ticket import closing
from models.rules.ticket.recording import record_of
from models.rules.ticket.telling import intents_of, visits_to_show
from models.ticket import Ticket
from models.visit import FactKind
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    filed,
    proposed,
    scheduled,
)

START, END = NOW + 24 * HOUR, NOW + 25.5 * HOUR


def told(ticket: Ticket, *willing: str) -> list[tuple[str, str, dict[str, str]]]:
    """Who is told, by which text, with which facts."""
    intents: list[Intent] = intents_of(recorded(ticket), {VISIT: willing})
    return [(i.recipient_id, i.template, i.facts) for i in intents]


def recorded(ticket: Ticket) -> RecordTicket:
    """The ticket on its way to the database."""
    return record_of(ticket, None, (), "")


def news(ticket: Ticket) -> Ticket:
    """The ticket with what was just told left behind."""
    return ticket.but(news=())


def test_whoever_files_a_ticket_hears_that_it_was_received() -> None:
    [intent] = intents_of(recorded(filed()), {})
    assert intent.event_id == filed().news[0].id
    assert (intent.recipient_role, intent.recipient_id) == ("customer", CUSTOMER)
    assert (intent.template, intent.facts) == ("ticket.received", {})


def test_experts_who_could_come_hear_of_an_open_visit_each_once() -> None:
    ticket = admitted()
    assert [visit.id for visit in visits_to_show(recorded(ticket))] == [VISIT]
    assert told(ticket, ANNA, BEN)[1:] == [
        (ANNA, "visit.open", {"visit_id": VISIT}),
        (BEN, "visit.open", {"visit_id": VISIT}),
    ]


def test_where_nobody_could_come_nobody_is_told_of_a_visit() -> None:
    assert [template for _, template, _ in told(admitted())] == ["ticket.received"]
    assert visits_to_show(recorded(filed())) == ()


def test_customer_and_winner_hear_of_the_time_and_the_others_that_theirs_is_free() -> None:
    before = proposed(admitted(), 2, BEN)
    assert told(news(before)) == []
    ticket = scheduled(ANNA)
    when = {"visit_id": VISIT, "start": START.isoformat()}
    assert told(ticket)[1:] == [
        (CUSTOMER, "visit.scheduled", when | {"end": END.isoformat()}),
        (ANNA, "proposal.selected", when | {"expert_id": ANNA}),
    ]


def test_who_is_on_the_way_is_told_to_the_customer_unless_it_is_told_too_late() -> None:
    on_the_way = after(news(scheduled()), FactKind.EN_ROUTE)
    assert told(on_the_way) == [
        (CUSTOMER, "visit.on_the_way", {"visit_id": VISIT, "expert_id": ANNA})
    ]
    late = after(news(after(scheduled(), FactKind.ON_SITE)), FactKind.EN_ROUTE)
    assert [event.type for event in late.news] == ["visit.en_route"]
    assert told(late) == []


def test_a_cancellation_is_told_to_the_customer_and_to_whoever_was_to_come() -> None:
    given_up = closing.cancelled(news(scheduled()), CancelTicket(by=BY_CUSTOMER), NOW)
    assert told(given_up) == [
        (CUSTOMER, "ticket.cancelled", {}),
        (ANNA, "assignment.cancelled", {"visit_id": VISIT, "expert_id": ANNA}),
    ]


def test_the_end_of_a_ticket_is_told_with_its_round_and_its_reason() -> None:
    done = completed()
    assert told(done)[-1] == (CUSTOMER, "ticket.completed", {"round": "1"})
    closed = closing.confirmed(news(done), ConfirmTicket(by=BY_CUSTOMER), NOW)
    assert told(closed) == [(CUSTOMER, "ticket.closed", {"reason": "confirmed"})]
