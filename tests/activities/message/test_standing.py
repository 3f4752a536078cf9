"""What a relay says of its channels; also that one is back, with nobody to be told anything."""

from datetime import timedelta

import psycopg

from activities.message.delivery import Delivery
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.post_office import PostOffice
from tests.until import awaited


def said(office: PostOffice, part: str) -> str:
    with psycopg.connect(office.url) as session:
        [(state,)] = session.execute(
            "select state from standings where part = %s", (part,)
        ).fetchall()
    return str(state)


def test_a_provider_that_is_down_is_away_until_it_answers_and_nobody_is_told_anything_meanwhile(
    office: PostOffice, twilio: TwilioServer
) -> None:
    relay = office.relay()
    relay.tell()
    assert (said(office, "messages.sms"), said(office, "messages.email")) == ("ok", "ok")
    twilio.will(*[Fault(status=503)] * 100)
    for _ in range(10):
        office.received()
    office.deliver(relay)
    relay.tell()
    assert (said(office, "messages.sms"), said(office, "messages.email")) == ("away", "ok")
    sent = len(twilio.accepted)
    assert not _is_found(office, relay)
    twilio.faults.clear()
    awaited(lambda: _is_found(office, relay), "the channel")
    assert len(twilio.accepted) == sent, "to ask has no effect"


def test_a_mail_server_that_hung_up_is_found_to_be_back(
    office: PostOffice, mail_server: SmtpServer
) -> None:
    relay = office.relay()
    office.change(channels=["email"])
    mail_server.at_data = "451 try later"
    for _ in range(10):
        office.received()
    office.deliver(relay, patiently=False)
    relay.tell()
    assert said(office, "messages.email") == "away"
    mail_server.at_data = None
    letters = len(mail_server.accepted)
    awaited(lambda: _is_found(office, relay, "messages.email"), "the channel")
    assert len(mail_server.accepted) == letters


def _is_found(office: PostOffice, relay: Delivery, part: str = "messages.sms") -> bool:
    """Whether a relay that looks again, as often as that is due, finds its channel back."""
    office.push_clock(timedelta(seconds=6))
    relay.tell()
    return said(office, part) == "ok"
