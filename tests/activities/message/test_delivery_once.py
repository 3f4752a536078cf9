"""Nobody is told a thing twice: lost answers, dead relays, several relays, repeated records."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from activities.gateways.message import (
    GatewayUnavailable,
    MessageGateway,
    OutgoingMessage,
    Receipt,
)
from activities.message.dispatch import LEASE
from models.actor import SYSTEM
from models.db.effect import Effect, Moved, take_effect
from models.event import Cause
from models.message.notification import Intent, MessageChannel
from models.messages.ticket import CancelTicket
from models.rules.ticket.closing import cancelled
from models.subject import Subject, SubjectKind
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.activities.gateways.wrapped import Wrapped
from tests.post_office import PostOffice, stands

SMS = MessageChannel.SMS


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("accepted", [True, False])
def test_after_a_lost_answer_the_provider_is_asked_and_has_one_message(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer, accepted: bool
) -> None:
    twilio.will(Fault(status=0, accepted=accepted))
    ticket = office.received()
    office.deliver()
    assert len(twilio.accepted) == 1
    asked = [request.split()[0] for request in twilio.requests]
    assert asked == (["POST", "GET"] if accepted else ["POST", "GET", "POST"])
    [(_, [sms])] = office.told(ticket)
    assert (sms.state, sms.attempts, sms.provider_ref) == ("SENT", 2, twilio.accepted[0]["sid"])
    assert not mail_server.accepted


def test_while_nobody_can_say_whether_it_was_accepted_it_is_not_sent_again(
    office: PostOffice, twilio: TwilioServer
) -> None:
    twilio.will(Fault(status=0, accepted=True), Fault(status=500))
    office.received()
    office.deliver()
    assert [request.split()[0] for request in twilio.requests] == ["POST", "GET", "GET"]
    assert len(twilio.accepted) == 1


@pytest.mark.parametrize("sent_before", [True, False])
def test_when_a_relay_dies_over_a_message_the_next_one_asks_the_provider_first(
    office: PostOffice, twilio: TwilioServer, sent_before: bool
) -> None:
    class Deadly(Wrapped):
        def send(self, message: OutgoingMessage) -> Receipt:
            if sent_before:
                super().send(message)
            raise Killed

    ticket = office.received()
    doomed = office.relay({**office.gateways, SMS: Deadly(office.gateways[SMS])})
    with pytest.raises(Killed):
        office.deliver(doomed)
    another = office.relay()
    office.deliver(another, patiently=False)
    assert stands(office.told(ticket)) == [("QUEUED", ["sms QUEUED"])], "the lease holds"
    twilio.requests.clear()
    office.push_clock(LEASE)
    office.deliver(another)
    assert twilio.requests[0].startswith("GET")
    assert len(twilio.accepted) == 1
    assert stands(office.told(ticket)) == [("SENT", ["sms SENT"])]


def test_two_relays_at_once_send_every_message_once(
    office: PostOffice, twilio: TwilioServer
) -> None:
    tickets = [office.received() for _ in range(60)]
    relays = [office.relay() for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        # Impatiently: they share a clock, and who pushes it ends the leases of the others.
        list(threads.map(partial(office.deliver, patiently=False), relays))
    tags = [message["body"].rsplit(" ", 1)[1] for message in twilio.accepted]
    assert len(tags) == len(set(tags)) == 60
    assert all(stands(office.told(t)) == [("SENT", ["sms SENT"])] for t in tickets)


class Slow(Wrapped):
    """A gateway that answers when it is let go."""

    def __init__(self, inner: MessageGateway, failure: GatewayUnavailable | None = None) -> None:
        super().__init__(inner)
        self.begun, self.let_go = threading.Event(), threading.Event()
        self._failure = failure

    def send(self, message: OutgoingMessage) -> Receipt:
        self.begun.set()
        self.let_go.wait(20)
        if self._failure:
            raise self._failure
        return super().send(message)


def test_a_failure_after_the_lease_was_taken_over_is_no_news(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket = office.received()
    slow = Slow(office.gateways[SMS], GatewayUnavailable("slow"))
    overtaken = office.relay({**office.gateways, SMS: slow})
    overtaken.take_up()
    overtaken.deliver_due()
    assert slow.begun.wait(5)
    office.push_clock(LEASE)
    office.deliver(office.relay())
    slow.let_go.set()
    overtaken.close()
    [(told, [sms])] = office.told(ticket)
    assert (told.state, sms.state, sms.error, sms.provider) == ("SENT", "SENT", None, "twilio")
    assert len(twilio.accepted) == 1


def test_a_success_after_the_lease_was_taken_over_ends_what_others_try(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    ticket = office.received()
    slow = Slow(office.gateways[SMS])
    overtaken, another = office.relay({**office.gateways, SMS: slow}), office.relay()
    overtaken.take_up()
    overtaken.deliver_due()
    assert slow.begun.wait(5)
    office.push_clock(LEASE)
    twilio.will(*[Fault(status=503)] * 2)
    mail_server.at_data = "451 try later"
    for _ in range(3):
        office.deliver(another, patiently=False)
        office.push_clock(timedelta(seconds=16))
    assert stands(office.told(ticket)) == [("QUEUED", ["sms FAILED", "email QUEUED"])]
    mail_server.at_data = None
    slow.let_go.set()
    overtaken.close()
    office.deliver(another)
    assert stands(office.told(ticket)) == [("SENT", ["sms SENT", "email FAILED"])]
    assert (len(twilio.accepted), len(mail_server.accepted)) == (1, 0)


def test_one_intent_for_an_event_a_recipient_and_a_template_however_often_it_is_recorded(
    office: PostOffice, twilio: TwilioServer
) -> None:
    command = CancelTicket(by=Cause(actor=SYSTEM))
    booked = office.scheduled()
    office.deliver()
    ticket = cancelled(booked, command, office.now())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(office.record, [ticket] * 8))
    told = office.told(ticket)
    assert len({(n.event_id, n.recipient_id, n.template) for n, _ in told}) == len(told)
    assert [n.template for n, _ in told].count("ticket.cancelled") == 1
    [(first, _)] = office.told(ticket, "ticket.cancelled")
    again = Intent(**first.model_dump(include=set(Intent.model_fields) - {"not_before"}))
    twice = Effect(Subject(kind=SubjectKind.TICKET, id=ticket.id), ticket.news, [again, again])
    take_effect(office.database, Moved(sql="select", values={}), twice)
    assert len(office.told(ticket)) == len(told)
    office.deliver()
    due = [n for n, _ in told if "due_in" not in n.template]
    assert len(twilio.accepted) == len([n for n in due if n.template != "visit.open"])
    assert len([n for n in due if n.recipient_role == "customer"]) == 3


def test_nobody_reads_of_a_cancellation_before_they_read_of_the_visit(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket = office.scheduled()
    relay = office.relay()
    twilio.will(*[Fault(status=503)] * 2)
    office.deliver(relay, patiently=False)
    office.push_clock(timedelta(seconds=1))
    office.deliver(relay, patiently=False)
    office.cancelled(ticket)
    office.deliver(relay)
    texts = [m["body"] for m in twilio.accepted if m["to"] == "+491713920039"]
    order = ["eingegangen", "kommt am", "storniert"]
    assert [next(word for word in order if word in text) for text in texts] == order
