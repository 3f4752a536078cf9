"""A post office of its own for every test: real Postgres, real client libraries, fake providers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.gateways.message import MessageGateway
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from models.message.notification import MessageChannel
from tests.activities.gateways.conftest import mail_server as mail_server
from tests.activities.gateways.conftest import twilio as twilio
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from tests.databases import database_of_its_own
from tests.post_office import PostOffice


@pytest.fixture
def office(
    postgres_url: str, tmp_path: Path, twilio: TwilioServer, mail_server: SmtpServer
) -> Iterator[PostOffice]:
    """Tickets, and relays that tell people of them by SMS and e-mail."""
    sms = TwilioSms(
        twilio.account_sid, twilio.auth_token, "+15005550006", twilio.base_url, timeout=2
    )
    email = SmtpEmail(
        mail_server.host, mail_server.port, None, None, "no-reply@sysops.example", False, timeout=2
    )
    gateways: dict[MessageChannel, MessageGateway] = {
        MessageChannel.SMS: sms,
        MessageChannel.EMAIL: email,
    }
    with database_of_its_own(postgres_url) as url:
        office = PostOffice(url, tmp_path, gateways)
        yield office
        office.database.close()


@pytest.fixture
def by_email(office: PostOffice) -> PostOffice:
    """The customer prefers e-mail."""
    office.change(channels=["email"])
    return office
