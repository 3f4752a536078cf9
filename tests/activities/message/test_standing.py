"""What a relay says of its channels; also that one is back, with nobody to be told anything."""

from datetime import timedelta

import psycopg

from activities.breaker import FAILURES
from activities.message.delivery import Delivery
from models.db.status.standings import StandingRepository
from models.status import PartState, Standing
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.post_office import PostOffice
from tests.until import awaited


def said(office: PostOffice, part: str, process: str = "%") -> str:
    with psycopg.connect(office.url) as session:
        [(state,)] = session.execute(
            "select state from standings where part = %s and process like %s", (part, process)
        ).fetchall()
    return str(state)


def test_a_provider_that_is_down_is_away_until_it_answers_and_nobody_is_told_anything_meanwhile(
    office: PostOffice, twilio: TwilioServer
) -> None:
    relay = office.relay()
    relay.tell()
    assert (said(office, "messages.sms"), said(office, "messages.email")) == ("ok", "ok")
    assert house(office)["messages.sms"].state is PartState.OK
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


def test_a_relay_that_takes_anothers_place_does_not_say_that_a_provider_is_back_that_it_never_asked(
    office: PostOffice, twilio: TwilioServer
) -> None:
    old, new = office.relay(), office.relay()
    old.bulletin.process, new.bulletin.process = "relay old", "relay new"
    twilio.will(*[Fault(status=503)] * 200)
    for _ in range(10):
        office.received()
    office.deliver(old)
    old.tell()
    began = house(office)["messages.sms"]
    assert began.state is PartState.AWAY
    gone(office, "relay old")
    new.tell()
    assert house(office)["messages.sms"] == began
    for _ in range(FAILURES):
        asked(office, new)
        assert house(office)["messages.sms"].but(as_of=None) == began
    assert said(office, "messages.sms", "relay new") == "away", "it has found out itself"
    twilio.faults.clear()
    sent = len(twilio.accepted)
    awaited(lambda: is_well(office, new), "the channel")
    assert len(twilio.accepted) == sent, "to ask has no effect"


def test_a_relay_that_begins_asks_at_once_who_is_held_to_be_away(
    office: PostOffice, twilio: TwilioServer
) -> None:
    old, new = office.relay(), office.relay()
    old.bulletin.process, new.bulletin.process = "relay old", "relay new"
    twilio.will(*[Fault(status=503)] * 100)
    for _ in range(10):
        office.received()
    office.deliver(old)
    old.tell()
    assert house(office)["messages.sms"].state is PartState.AWAY
    gone(office, "relay old")
    twilio.faults.clear()
    new.tell()
    assert new.pause(60) < 1, "it looks again soon"
    awaited(lambda: is_well(office, new, timedelta(0)), "the channel")
    assert house(office)["messages.email"].state is PartState.OK


def house(office: PostOffice) -> dict[str, Standing]:
    """How the house does, as whoever puts it together writes it down."""
    with office.database.unit_of_work() as session:
        return {one.part: one for one in StandingRepository(session).settle()}


def gone(office: PostOffice, process: str) -> None:
    """Nothing was heard of a process for a while."""
    with psycopg.connect(office.url) as session:
        session.execute(
            "update standings set seen_at = seen_at - interval '21 seconds' where process = %s",
            (process,),
        )


def asked(office: PostOffice, relay: Delivery) -> None:
    """A relay has heard of the channels that it asks, when that is due."""
    office.push_clock(timedelta(seconds=6))
    relay.tell()
    awaited(lambda: not _is_asking(relay), "the answer")


def _is_asking(relay: Delivery) -> bool:
    relay.tell()
    return relay.pause(60) < 1


def is_well(office: PostOffice, relay: Delivery, passes: timedelta = timedelta(seconds=6)) -> bool:
    office.push_clock(passes)
    relay.tell()
    return house(office)["messages.sms"].state is PartState.OK


def _is_found(office: PostOffice, relay: Delivery, part: str = "messages.sms") -> bool:
    """Whether a relay that looks again, as often as that is due, finds its channel back."""
    office.push_clock(timedelta(seconds=6))
    relay.tell()
    return said(office, part) == "ok"
