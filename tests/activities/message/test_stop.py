"""Whoever answered STOP is left in peace over that channel, and their file says so."""

import pytest

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from models.db.people.reads import PeopleReads
from models.message.notification import MessageChannel, Stop
from models.rules.message.reaching import has_stopped
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.post_office import PostOffice, stands

STOP = Fault(status=400, code=21610)
NUMBER = "+491713920039"


def stops(office: PostOffice) -> tuple[Stop, ...]:
    """What the first customer's file says."""
    with office.database.reading() as session:
        file = PeopleReads(session).customer(FIRST_CUSTOMER_ID)
    assert file is not None
    return file.opted_out


def test_who_answered_stop_is_tried_once_and_never_again(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    assert stops(office) == ()
    twilio.will(STOP)
    first = office.received()
    office.deliver()
    assert stands(office.told(first)) == [("SENT", ["sms FAILED", "email SENT"])]
    [stop] = stops(office)
    assert (stop.channel, stop.since <= office.now()) == (MessageChannel.SMS, True)
    asked = len(twilio.requests)
    second = office.received()
    office.deliver()
    assert stands(office.told(second)) == [("SENT", ["email SENT"])]
    assert (len(twilio.requests), len(mail_server.accepted)) == (asked, 2)


def test_a_try_that_waits_while_its_reader_says_stop_is_not_made(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket, relay = office.received(), office.relay()
    relay.take_up()
    office.change(opted_out={"sms": {"address": NUMBER, "since": "2026-01-01T00:00:00+00:00"}})
    office.deliver(relay)
    assert stands(office.told(ticket)) == [("SENT", ["sms FAILED", "email SENT"])]
    [(_, [sms, _])] = office.told(ticket)
    assert (sms.error, sms.attempts) == ("recipient-opted-out", 0)
    assert not twilio.requests


def test_another_number_has_said_nothing(office: PostOffice, twilio: TwilioServer) -> None:
    twilio.will(STOP)
    office.received()
    office.deliver()
    office.change(phone="+491713920099")
    assert stops(office) == ()
    ticket = office.received()
    office.deliver()
    assert stands(office.told(ticket)) == [("SENT", ["sms SENT"])]


def test_who_can_be_reached_by_nothing_else_is_for_the_helpdesk(
    office: PostOffice, twilio: TwilioServer
) -> None:
    office.change(email="")
    twilio.will(STOP)
    first = office.received()
    office.deliver()
    second = office.received()
    office.deliver()
    assert stands(office.told(first)) == [("UNDELIVERABLE", ["sms FAILED"])]
    assert stands(office.told(second)) == [("UNDELIVERABLE", [])]
    assert len([r for r in twilio.requests if r.startswith("POST")]) == 1


def test_an_expert_says_stop_too(office: PostOffice, twilio: TwilioServer) -> None:
    twilio.will(*[STOP] * 20)
    office.matching()
    office.deliver()
    with office.database.reading() as session:
        expert = PeopleReads(session).expert_file(FIRST_EXPERT_ID)
    assert expert is not None
    assert [stop.channel for stop in expert.opted_out] == [MessageChannel.SMS]


@pytest.mark.parametrize(("address", "stopped"), [(NUMBER, True), ("+4917", False)])
def test_a_stop_holds_for_the_address_it_came_from(address: str, stopped: bool) -> None:
    said = {"sms": {"address": NUMBER, "since": ""}}
    assert has_stopped(said, MessageChannel.SMS, address) is stopped
    assert not has_stopped(said, MessageChannel.EMAIL, address)
