"""The relay, a process of its own: woken by the bell, ended by nothing but being told to stop."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from activities.gateways.message import OutgoingMessage, Receipt
from activities.message.delivery import Delivery
from activities.message.dispatch import LEASE
from models.db.bell import Bell, listeners
from models.db.effect import WAKE_CHANNEL
from models.message.notification import MessageChannel
from models.status import RELAY
from models.ticket import Ticket
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.activities.gateways.wrapped import Wrapped
from tests.architecture.source import ROOT
from tests.databases import outage
from tests.post_office import OFFICE, PostOffice, stands
from tests.until import awaited
from workers.__main__ import main
from workers.relay import GATHERING, Relay

SENT = [("SENT", ["sms SENT"])]


@contextmanager
def running(office: PostOffice, delivery: Delivery | None = None) -> Iterator[Relay]:
    relay = Relay(delivery or office.relay(), office.url)
    relay.start()
    yield relay
    relay.stop()


@contextmanager
def program(
    office: PostOffice, twilio: TwilioServer, folder: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m workers relay`, the process itself; `more` of what it is told."""
    environment = {
        "DATABASE_URL": office.url,
        "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
        "SMS_GATEWAY": "twilio",
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_SENDER": "+15005550006",
        "TWILIO_BASE_URL": twilio.base_url,
        "OUTBOX_DIRECTORY": str(folder / "outbox"),
        **more,
    }
    command = [sys.executable, "-m", "workers", RELAY]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_bell_wakes_a_resting_relay_within_a_second(
    office: PostOffice, twilio: TwilioServer
) -> None:
    def seconds_until_told() -> float:
        twilio.accepted.clear()
        ticket = office.received()
        began = time.monotonic()
        awaited(lambda: twilio.accepted, "the message")
        took = time.monotonic() - began
        awaited(lambda: stands(office.told(ticket)) == SENT, "its end")
        return took

    with running(office):
        seconds_until_told()  # Nobody rests yet.
        assert max(seconds_until_told() for _ in range(3)) < 1.0


def test_many_rings_at_once_are_few(office: PostOffice) -> None:
    with closing(Bell(office.url, "notifications")) as bell:
        assert bell.wait(0.1), "hanging it up rings, for what was missed"
        assert not bell.wait(0.1)
        for _ in range(50):
            office.received()
        rings = 0
        while bell.wait(0.5):
            rings += 1
    assert 1 <= rings < 10


def test_a_bell_without_a_database_is_silent_and_rings_when_it_is_back(office: PostOffice) -> None:
    with closing(Bell(office.url, "notifications")) as bell:
        bell.wait(0.1)
        with outage(office.url):
            assert not bell.wait(0.1)
            assert not bell.wait(0.1)
        assert bell.wait(0.1)


@pytest.mark.long
def test_an_outage_of_postgres_does_not_end_the_relay(office: PostOffice) -> None:
    with capture_logs() as logs, running(office):
        awaited(lambda: _listening(office), "the relay")
        with outage(office.url):
            awaited(lambda: _waits_for_the_database(logs), "the outage")
        ticket = _received_again(office)
        awaited(lambda: stands(office.told(ticket)) == SENT)
    assert "relay_stumbled" not in [line["event"] for line in logs]


def test_an_outage_between_sending_and_writing_down_sends_nothing_twice(
    office: PostOffice, twilio: TwilioServer
) -> None:
    sent, written = threading.Event(), threading.Event()

    class Cut(Wrapped):
        def send(self, message: OutgoingMessage) -> Receipt:
            receipt = super().send(message)
            sent.set()
            written.wait(10)
            return receipt

    ticket = office.received()
    cut = office.relay(dict.fromkeys(MessageChannel, Cut(office.gateways[MessageChannel.SMS])))
    with capture_logs() as logs, running(office, cut):
        assert sent.wait(10)
        with outage(office.url):
            written.set()
            awaited(lambda: _waits_for_the_database(logs), "the outage")
        _received_again(office)
        awaited(lambda: stands(office.told(ticket)) == SENT)
    bodies = [message["body"] for message in twilio.accepted]
    assert len(bodies) == len(set(bodies))
    assert not [request for request in twilio.requests if request.startswith("GET")]


def test_a_killed_relay_leaves_its_message_to_the_next_one(
    office: PostOffice, twilio: TwilioServer, tmp_path: Path
) -> None:
    twilio.will(Fault(status=200, accepted=True, silence=60))
    ticket = office.received()
    with program(office, twilio, tmp_path) as doomed:
        awaited(lambda: len(twilio.accepted) == 1, seconds=30)
        doomed.kill()
    office.push_clock(LEASE)
    with running(office):
        awaited(lambda: stands(office.told(ticket)) == SENT)
    assert [request.split()[0] for request in twilio.requests] == ["POST", "GET"]
    assert len(twilio.accepted) == 1


def test_the_program_says_that_it_listens_delivers_and_leaves_when_asked(
    office: PostOffice, twilio: TwilioServer, tmp_path: Path
) -> None:
    with program(office, twilio, tmp_path) as relay:
        # Whoever listened in an earlier test may be about to leave.
        awaited(lambda: _listening(office) == [str(relay.pid)], seconds=30)
        ticket = office.received()
        awaited(lambda: stands(office.told(ticket)) == SENT)
        relay.terminate()
        assert relay.wait(10) == 0
    assert listeners(office.url, WAKE_CHANNEL) == []


def _listening(office: PostOffice) -> list[str]:
    return [who.split("@")[0] for who in listeners(office.url, WAKE_CHANNEL)]


@pytest.mark.parametrize("asked", [["rely"], ["relay", "tickets"]])
def test_an_unknown_duty_is_told_which_there_are(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(asked) == 2
    assert capsys.readouterr().err == "usage: python -m workers [tickets | relay]\n"


def test_news_that_comes_together_is_taken_up_together(
    office: PostOffice, twilio: TwilioServer
) -> None:
    class Counting(Delivery):
        taken_up = 0

        def take_up(self) -> None:
            self.taken_up += 1
            super().take_up()

    counting = Counting(office.database, office.gateways, OFFICE, office.now)
    with running(office, counting):
        began = time.monotonic()
        for _ in range(40):
            office.received()
        awaited(lambda: len(twilio.accepted) == 40)
        took = time.monotonic() - began
    assert counting.taken_up <= took / GATHERING + 2


def test_who_stops_finishes_what_is_being_sent(office: PostOffice, twilio: TwilioServer) -> None:
    begun, told = threading.Event(), threading.Event()

    class Slow(Wrapped):
        def send(self, message: OutgoingMessage) -> Receipt:
            begun.set()
            told.wait(10)
            return super().send(message)

    ticket = office.received()
    slow = office.relay(dict.fromkeys(MessageChannel, Slow(office.gateways[MessageChannel.SMS])))
    with running(office, slow) as relay:
        assert begun.wait(10)
        stopping = threading.Thread(target=relay.stop)
        stopping.start()
        stopping.join(0.5)
        assert stopping.is_alive()
        told.set()
        stopping.join(10)
    assert stands(office.told(ticket)) == SENT


def test_a_bug_does_not_end_the_relay(office: PostOffice) -> None:
    class Stumbling(Delivery):
        stumbled = False

        def take_up(self) -> None:
            if not self.stumbled:
                self.stumbled = True
                raise RuntimeError("a bug")
            super().take_up()

    ticket = office.received()
    delivery = Stumbling(office.database, office.gateways, OFFICE, office.now)
    with capture_logs() as logs, running(office, delivery):
        awaited(lambda: stands(office.told(ticket)) == SENT)
    assert logs[0]["event"] == "relay_stumbled"


def _waits_for_the_database(logs: list[EventDict]) -> bool:
    return "relay_waits_for_database" in [line["event"] for line in logs]


def _received_again(office: PostOffice) -> Ticket:
    """A ticket, once the pool has noticed that its connections are gone."""
    while True:
        try:
            return office.received()
        except Exception as error:
            if not office.database.is_outage(error):
                raise
