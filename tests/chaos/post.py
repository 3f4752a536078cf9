"""An SMS and a mail server on loopback that count every message by whom it was for and what it
said."""

import re
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Self

from activities.gateways.message import MessageGateway
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from models.message.notification import MessageChannel
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer

_TAG = re.compile(r"#[A-Z2-7]{8}\s*$")
OUR_NUMBER = "+15005550006"


@dataclass(frozen=True)
class Sent:
    """A message that left the house. `mark` is how its sender tells it from others: the tag at the
    end of an SMS, the reference in a mail's Message-ID."""

    channel: str
    to: str
    mark: str
    text: str


class Post:
    """A context manager around both servers."""

    def __init__(self) -> None:
        self._sms, self._mail = TwilioServer(), SmtpServer()

    def __enter__(self) -> Self:
        self._sms.__enter__()
        self._mail.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._mail.__exit__()
        self._sms.__exit__()

    def environment(self) -> dict[str, str]:
        """What a relay has to be told to send by these servers."""
        return {
            "SMS_GATEWAY": "twilio",
            "TWILIO_ACCOUNT_SID": self._sms.account_sid,
            "TWILIO_AUTH_TOKEN": self._sms.auth_token,
            "TWILIO_SENDER": OUR_NUMBER,
            "TWILIO_BASE_URL": self._sms.base_url,
            "EMAIL_GATEWAY": "smtp",
            "SMTP_HOST": self._mail.host,
            "SMTP_PORT": str(self._mail.port),
            "SMTP_STARTTLS": "false",
        }

    def gateways(self) -> dict[MessageChannel, MessageGateway]:
        """What a relay within a test sends by."""
        sms = TwilioSms(self._sms.account_sid, self._sms.auth_token, OUR_NUMBER, self._sms.base_url)
        server = self._mail.host, self._mail.port
        mail = SmtpEmail(*server, None, None, "service@sysops-squad.example", starttls=False)
        return {MessageChannel.SMS: sms, MessageChannel.EMAIL: mail}

    def sent(self) -> list[Sent]:
        """Every message so far."""
        texts = [_text(m["to"], m["body"]) for m in list(self._sms.accepted)]
        letters = zip(list(self._mail.recipients), list(self._mail.accepted), strict=False)
        return texts + [_letter(to, letter) for to, letter in letters]

    def counted(self) -> Counter[Sent]:
        """How often each message was sent."""
        return Counter(self.sent())


def _text(to: str, body: str) -> Sent:
    found = _TAG.search(body)
    return Sent("sms", to, found[0].strip() if found else "", body)


def _letter(to: str, letter: EmailMessage) -> Sent:
    body = letter.get_body(("plain",))
    reference = str(letter["Message-ID"]).strip("<>").partition("@")[0]
    return Sent("email", to, reference, body.get_content() if body else "")
