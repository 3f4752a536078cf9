"""The relay works in sets: what a round costs does not grow with what there is to tell."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from activities.gateways.message import GatewayUnavailable, OutgoingMessage, Receipt
from activities.message.delivery import Delivery
from activities.message.dispatch import LEASE, Dispatch
from activities.message.lane import HANDS
from models.db.engine import Database, Session
from models.db.message.due import Due, claim
from models.db.message.tables import DeliveryRow, NotificationRow
from models.message.notification import MessageChannel
from models.ticket import Ticket
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.activities.gateways.wrapped import Wrapped
from tests.post_office import OFFICE, PostOffice, stands

SMS = MessageChannel.SMS
SENT = [("SENT", ["sms SENT"])]
TAKING_UP, LOOKING, RESTING = 2, 1, 1
"""Statements: to choose channels, to find nothing due, to find out for how long."""

REMINDERS = 4
"""Of a visit: two of its customer, two of its expert."""


class Counting(Database):
    """A database that counts what it is asked."""

    asked = 0

    def rows_at_once(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        self.asked += 1
        return super().rows_at_once(statement, values)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        raise AssertionError("a relay has no use for a session")
        yield


@pytest.fixture
def counting(office: PostOffice) -> Iterator[Counting]:
    database = Counting(office.url, pool_size=1)
    yield database
    database.close()


def _relay(office: PostOffice, database: Database) -> Delivery:
    return Delivery(database, office.gateways, OFFICE, office.now)


@pytest.mark.parametrize("messages", [1, HANDS])
def test_a_handful_of_messages_costs_as_many_statements_as_one(
    office: PostOffice, counting: Counting, messages: int
) -> None:
    tickets = [office.received() for _ in range(messages)]
    office.deliver(_relay(office, counting))
    assert all(stands(office.told(ticket)) == SENT for ticket in tickets)
    claimed_and_written = 2
    assert counting.asked == TAKING_UP + claimed_and_written + LOOKING + RESTING


def test_a_whole_life_of_a_ticket_is_told_with_few_statements(
    office: PostOffice, counting: Counting
) -> None:
    tickets = [office.completed() for _ in range(4)]
    office.deliver(_relay(office, counting))
    told = [n.state for ticket in tickets for n, _ in office.told(ticket)]
    assert told.count("QUEUED") == 4 * REMINDERS
    assert set(told) == {"SENT", "SUPPRESSED", "QUEUED"}
    # What one person is told of one ticket goes out one after another, in as many rounds as the
    # machine takes for it: one by one, each message would cost five.
    assert counting.asked < 2 * len(told)


def test_who_has_nothing_to_tell_asks_three_times_and_writes_nothing(
    office: PostOffice, counting: Counting
) -> None:
    relay = _relay(office, counting)
    relay.take_up()
    assert relay.deliver_due() == 0
    assert relay.pause(5.0) == 5.0
    assert counting.asked == 3


def test_postgres_plans_what_the_relay_asks_a_few_times_and_then_never_again(
    office: PostOffice, counting: Counting
) -> None:
    relay = _relay(office, counting)
    for _ in range(10):
        office.received()
        office.deliver(relay)
    planned = counting.rows_at_once(
        "select generic_plans, custom_plans from pg_prepared_statements"
        " where generic_plans + custom_plans >= 10",
        {},
    )
    assert len(planned) == 5
    assert all(custom <= 5 for _, custom in planned)


def test_who_was_passed_over_or_has_no_letter_was_not_tried(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(*[Fault(status=503)] * 500)
    relay = office.relay()
    for _ in range(10):
        office.received()
    office.deliver(relay)
    passed, unwritable = office.received(), office.received()
    with office.database.unit_of_work() as session:
        [(nonsense, _)] = office.told(unwritable)
        session.get_one(NotificationRow, nonsense.id).template = "ticket.exploded"
    office.change(channels=["email", "sms"])
    asked = len(twilio.requests)
    relay.take_up()
    office.change(channels=["sms", "email"])
    office.deliver(relay, patiently=False)
    assert len(twilio.requests) == asked
    assert stands(office.told(passed)) == [("SENT", ["email SENT"])]
    [(_, [email])] = office.told(unwritable)
    assert (email.state, email.attempts, email.error) == ("FAILED", 0, "letter-unwritable")
    another = office.received()
    office.deliver(relay, patiently=False)
    [(_, [sms, email])] = office.told(another)
    assert (sms.state, sms.attempts, sms.uncertain) == ("FAILED", 0, False)
    assert (sms.error, email.state) == ("provider-unavailable", "SENT")


def test_an_answer_about_what_was_erased_meanwhile_is_no_news_and_harms_no_other(
    office: PostOffice, twilio: TwilioServer
) -> None:
    begun, let_go = threading.Event(), threading.Event()

    class Slow(Wrapped):
        def send(self, message: OutgoingMessage) -> Receipt:
            begun.set()
            let_go.wait(20)
            return super().send(message)

    erased, kept = office.received(), office.received()
    relay = office.relay({**office.gateways, SMS: Slow(office.gateways[SMS])})
    relay.take_up()
    relay.deliver_due()
    assert begun.wait(5)
    with office.database.unit_of_work() as session:
        [(notification, [delivery])] = office.told(erased)
        session.delete(session.get_one(DeliveryRow, delivery.id))
        session.flush()
        session.delete(session.get_one(NotificationRow, notification.id))
    let_go.set()
    office.deliver(relay)
    assert stands(office.told(erased)) == []
    assert stands(office.told(kept)) == SENT
    assert len(twilio.accepted) == 2


def _leased(office: PostOffice) -> Due:
    [due] = claim(office.database, {SMS: 1}, office.now(), office.now() + LEASE)
    return due


def _taken_over(office: PostOffice) -> tuple[Ticket, Due, Due]:
    """A message whose lease ended over its first call, and was taken anew."""
    ticket = office.received()
    office.relay().take_up()
    first = _leased(office)
    office.push_clock(LEASE)
    return ticket, first, _leased(office)


def test_of_good_and_bad_news_of_one_message_the_good_counts(office: PostOffice) -> None:
    ticket, first, again = _taken_over(office)
    assert (first.uncertain, again.uncertain, again.attempt) == (False, True, 2)
    dispatch = Dispatch(office.database, OFFICE, office.now())
    dispatch.answered(again, GatewayUnavailable("slow"), asked_first=True, is_down=False)
    dispatch.answered(first, Receipt("slow", "1"), asked_first=False, is_down=False)
    dispatch.write_down()
    [(_, [sms])] = office.told(ticket)
    assert (sms.state, sms.attempts, sms.provider_ref, sms.error) == ("SENT", 2, "1", None)
    assert stands(office.told(ticket)) == SENT


def test_bad_news_counts_only_from_who_holds_the_lease(office: PostOffice) -> None:
    ticket, first, again = _taken_over(office)
    for due in (first, again):
        late = Dispatch(office.database, OFFICE, office.now())
        late.answered(due, GatewayUnavailable(f"{due.attempt}"), asked_first=False, is_down=False)
        late.write_down()
        [(_, [sms])] = office.told(ticket)
        assert sms.provider == (None if due is first else "2")
    assert timedelta(0) < sms.due_at - office.now() < LEASE


def test_what_another_relay_is_about_to_take_is_left_to_it(office: PostOffice) -> None:
    tickets = [office.received() for _ in range(3)]
    office.relay().take_up()
    with office.database.unit_of_work() as session:
        [(_, [taken])] = office.told(tickets[0])
        session.get_one(DeliveryRow, taken.id, with_for_update=True)
        left = claim(office.database, {SMS: 8}, office.now(), office.now() + LEASE)
    assert {due.subject.id for due in left} == {ticket.id for ticket in tickets[1:]}
