"""Channel after channel (docs/rules/messages.md, When a channel fails): real Postgres, Twilio's
own SDK, real SMTP."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from activities.gateways.message.twilio import TwilioSms
from api.http.auth import Principal
from api.http.reads import Reads
from api.ticket import history
from models.actor import Role
from models.message.notification import MessageChannel
from models.rules.message.fallback import QUICK_TRIES
from models.ticket import Ticket
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.post_office import PostOffice, stands

PHONE, MAILBOX = "+491713920039", "friederike.albrecht@example.com"
ALWAYS = 500


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=500), "provider-unavailable"),
        (Fault(status=503), "provider-unavailable"),
        (Fault(status=429, code=20429), "provider-rate-limited"),
        (Fault(status=429, code=20429, retry_after="3600"), "provider-rate-limited"),
        (Fault(status=400, code=21610), "recipient-opted-out"),
        (Fault(status=401, code=20003), "sender-rejected"),
    ],
)
async def test_what_sms_does_not_take_goes_by_email_and_the_timeline_shows_both(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer, fault: Fault, code: str
) -> None:
    twilio.will(*[fault] * ALWAYS)
    ticket = office.received()
    office.deliver()
    [(told, [sms, email])] = office.told(ticket)
    assert told.state == "SENT"
    assert (sms.channel, sms.state, sms.error, sms.fallback_of) == ("sms", "FAILED", code, None)
    assert (email.channel, email.state, email.fallback_of) == ("email", "SENT", sms.id)
    assert (len(twilio.accepted), mail_server.recipients) == (0, [MAILBOX])
    shown = [(e.type, e.data["channel"]) for e in await _timeline(office, ticket)]
    assert shown == [("notification.failed", "sms"), ("notification.sent", "email")]


def test_a_provider_that_cannot_be_reached_is_tried_three_times_within_seconds(
    office: PostOffice, mail_server: SmtpServer
) -> None:
    nowhere = TwilioSms("AC0", "secret", "+15005550006", "http://127.0.0.1:1", timeout=1)
    office.gateways[MessageChannel.SMS] = nowhere
    began = office.now()
    ticket = office.received()
    office.deliver()
    [(_, [sms, email])] = office.told(ticket)
    assert (sms.attempts, email.state) == (QUICK_TRIES, "SENT")
    assert email.sent_at is not None
    assert email.sent_at - began < timedelta(seconds=10)


def test_a_moment_of_weakness_does_not_change_the_channel(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(Fault(status=503))
    ticket = office.received()
    office.deliver()
    assert stands(office.told(ticket)) == [("SENT", ["sms SENT"])]
    assert (len(twilio.accepted), len(mail_server.accepted)) == (1, 0)


def test_the_customers_favourite_channel_is_the_first(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    office.change(channels=["email", "sms"])
    mail_server.at_recipient = "550 no such mailbox"
    ticket = office.received()
    office.deliver()
    assert stands(office.told(ticket)) == [("SENT", ["email FAILED", "sms SENT"])]
    assert [message["to"] for message in twilio.accepted] == [PHONE]


def test_when_both_refuse_the_message_is_undeliverable_and_the_ticket_goes_on(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(*[Fault(status=400, code=21211)] * ALWAYS)
    mail_server.at_recipient = "550 no such mailbox"
    ticket = office.scheduled()
    with capture_logs() as logs:
        office.deliver()
    mine = [told for told in office.told(ticket) if told[0].recipient_role == "customer"]
    mine = [(told, tries) for told, tries in mine if "due_in" not in told.template]
    assert stands(mine) == [("UNDELIVERABLE", ["sms FAILED", "email FAILED"])] * 2
    assert "notification_undeliverable" in [line["event"] for line in logs]
    twilio.faults.clear()
    mail_server.at_recipient = None
    cancelled = office.cancelled(ticket)
    office.deliver()
    [(told, _)] = office.told(cancelled, "ticket.cancelled")
    assert told.state == "SENT"


def test_somebody_who_is_gone_is_told_nothing(office: PostOffice) -> None:
    office.change(phone="", email="")
    ticket = office.received()
    office.deliver()
    assert stands(office.told(ticket)) == [("UNDELIVERABLE", [])]


def test_channels_that_we_do_not_have_are_passed_over(office: PostOffice) -> None:
    office.change(channels=["fax", "email"])
    ticket = office.received()
    office.deliver()
    assert stands(office.told(ticket)) == [("SENT", ["email SENT"])]


async def _timeline(office: PostOffice, ticket: Ticket) -> list[Any]:
    reads = Reads(office.database)
    services = cast(Any, SimpleNamespace(reads=reads, clock=lambda: datetime.now(UTC)))
    seen = await history.read_timeline(
        ticket.id, Principal(role=Role.HELPDESK, subject="usr_helpdesk"), services
    )
    reads.close()
    return [e for e in seen.entries if e.type.startswith("notification.")]
