"""Providers that are down, hang or stumble: what that costs, and whom."""

import threading
from datetime import timedelta

import psycopg
from structlog.testing import capture_logs

from activities.gateways.message import OutgoingMessage, Receipt
from activities.message.lane import HANDS
from models.message.notification import MessageChannel
from models.rules.message.fallback import QUICK_TRIES
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.activities.gateways.wrapped import Wrapped
from tests.post_office import PostOffice, stands

MAILBOX = "friederike.albrecht@example.com"
SMS = MessageChannel.SMS
ALWAYS = 500


def test_an_outage_of_every_provider_loses_nothing(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(*[Fault(status=503)] * ALWAYS)
    mail_server.at_data = "451 try later"
    tickets = [office.received() for _ in range(5)]
    relay = office.relay()
    for _ in range(30):
        office.deliver(relay, patiently=False)
        office.push_clock(timedelta(seconds=40))
    assert all(told[0].state == "QUEUED" for t in tickets for told in office.told(t))
    mail_server.at_data = None
    back = office.now()
    office.deliver(relay)
    assert office.now() - back < timedelta(seconds=40)
    assert sorted(mail_server.recipients) == [MAILBOX] * 5
    assert all(len(tries) == 2 for t in tickets for _, tries in office.told(t))


def test_after_a_day_of_it_a_message_is_given_up(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(*[Fault(status=503)] * ALWAYS)
    mail_server.at_data = "451 try later"
    ticket, relay = office.received(), office.relay()
    office.deliver(relay, patiently=False)
    for _ in range(10):
        office.push_clock(timedelta(hours=5))
        office.deliver(relay, patiently=False)
    [(told, _)] = office.told(ticket)
    assert told.state == "UNDELIVERABLE"


def test_a_provider_that_is_down_is_not_asked_for_every_message(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(*[Fault(status=503)] * ALWAYS)
    for _ in range(40):
        office.received()
    with capture_logs() as logs:
        office.deliver()
    assert len(mail_server.accepted) == 40
    assert len(twilio.requests) <= 40 * QUICK_TRIES / 3
    [down] = [line for line in logs if line["event"] == "provider_down"]
    assert (down["channel"], down["provider"]) == ("sms", "twilio")


def test_a_provider_that_was_down_is_found_to_be_back(
    office: PostOffice, twilio: TwilioServer
) -> None:
    twilio.will(*[Fault(status=503)] * ALWAYS)
    relay = office.relay()
    for _ in range(10):
        office.received()
    office.deliver(relay)
    twilio.faults.clear()
    office.push_clock(timedelta(seconds=10))
    with capture_logs() as logs:
        for _ in range(3):
            office.received()
            office.deliver(relay)
    assert [line["channel"] for line in logs if line["event"] == "provider_back"] == ["sms"]
    assert len(twilio.accepted) == 3


def test_a_provider_that_hangs_holds_up_no_other_channel(
    office: PostOffice, mail_server: SmtpServer
) -> None:
    let_go = threading.Event()

    class Hanging:
        def send(self, message: OutgoingMessage) -> Receipt:
            let_go.wait(20)
            return Receipt("hanging", message.reference)

        def find(self, message: OutgoingMessage) -> Receipt | None:
            return None

        def check(self) -> None:
            let_go.wait(20)

    office.gateways[MessageChannel.SMS] = Hanging()
    relay = office.relay()
    waiting = [office.received() for _ in range(20)]
    relay.take_up()
    relay.deliver_due()
    office.change(channels=["email"])
    ticket = office.received()
    relay.take_up()
    relay.deliver_due()
    relay.deliver_due()
    assert stands(office.told(ticket)) == [("SENT", ["email SENT"])]
    leased = [d for t in waiting for _, tries in office.told(t) for d in tries if d.attempts]
    assert len(leased) == HANDS, "what no hand is free for is left to other relays"
    let_go.set()
    office.deliver(relay)


def test_no_transaction_is_open_while_a_provider_is_called(office: PostOffice) -> None:
    open_meanwhile: list[int] = []

    class Curious(Wrapped):
        def send(self, message: OutgoingMessage) -> Receipt:
            threading.Event().wait(0.3)
            with psycopg.connect(office.url) as session:
                found = session.execute(
                    "select count(*) from pg_stat_activity where datname = current_database()"
                    " and backend_type = 'client backend' and pid <> pg_backend_pid()"
                    # The relay may look at what is due; what it began before the call is over.
                    " and clock_timestamp() - xact_start > interval '250 milliseconds'"
                ).fetchone()
            assert found is not None
            open_meanwhile.append(found[0])
            return super().send(message)

    office.received()
    relay = office.relay({**office.gateways, SMS: Curious(office.gateways[SMS])})
    office.deliver(relay)
    assert open_meanwhile == [0]


def test_a_bug_of_a_gateways_costs_no_other_message(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    class Buggy(Wrapped):
        def send(self, message: OutgoingMessage) -> Receipt:
            if message.reference == broken.id:
                raise RuntimeError(f"cannot send to {message.recipient}")
            return super().send(message)

    ticket, others = office.received(), [office.received() for _ in range(5)]
    [(broken, _)] = office.told(ticket)
    office.deliver(office.relay({**office.gateways, SMS: Buggy(office.gateways[SMS])}))
    assert stands(office.told(ticket)) == [("SENT", ["sms FAILED", "email SENT"])]
    assert all(stands(office.told(t)) == [("SENT", ["sms SENT"])] for t in others)
