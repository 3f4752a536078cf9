"""Providers on loopback, and our gateways pointed at them."""

from collections.abc import Iterator

import pytest

from activities.gateways.message import OutgoingMessage
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer

PHONE = "+15005550100"
MAILBOX = "ada@example.org"
TEXT = "We are coming on Tuesday."


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture
def sms(twilio: TwilioServer) -> TwilioSms:
    return TwilioSms(
        twilio.account_sid, twilio.auth_token, "+15005550006", twilio.base_url, timeout=0.4
    )


@pytest.fixture
def mail_server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def email(mail_server: SmtpServer) -> SmtpEmail:
    return SmtpEmail(
        mail_server.host,
        mail_server.port,
        username=None,
        password=None,
        sender="Sysops Squad <no-reply@sysops.example>",
        starttls=False,
        timeout=0.5,
    )


@pytest.fixture
def text_message() -> OutgoingMessage:
    return OutgoingMessage("ntf_7", PHONE, None, TEXT)


@pytest.fixture
def letter() -> OutgoingMessage:
    return OutgoingMessage("ntf_7", MAILBOX, "Your visit", TEXT)
