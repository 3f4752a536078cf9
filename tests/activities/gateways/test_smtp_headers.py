"""What may not get into a letter's headers, nor out in an error."""

from dataclasses import replace

import pytest

from activities.gateways.message import (
    Attachment,
    DeliveryRefused,
    FailureCode,
    GatewayError,
    OutgoingMessage,
)
from activities.gateways.message.smtp import SmtpEmail
from tests.activities.gateways.conftest import MAILBOX, TEXT
from tests.activities.gateways.smtp_server import SmtpServer


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x00"])
def test_no_second_header_can_be_smuggled_in(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage, newline: str
) -> None:
    smuggled = f"{newline}Bcc: everybody@example.org"
    for forged in (
        replace(letter, subject=f"Hello{smuggled}"),
        replace(letter, recipient=f"{MAILBOX}{smuggled}"),
    ):
        with pytest.raises(DeliveryRefused):
            email.send(forged)
    assert mail_server.accepted == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "a@b@c",
        "ada@example.org,eve@example.org",
        "A <a@b.c>",
        "a b@c.d",
        "ü@b.c",
        "a@.b",
    ],
)
def test_what_is_not_one_address_is_refused(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage, address: str
) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        email.send(replace(letter, recipient=address))
    assert refused.value.code is FailureCode.RECIPIENT_INVALID
    assert mail_server.accepted == []


def test_a_domain_with_an_umlaut_is_reached(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    email.send(replace(letter, recipient="info@müller.example"))
    assert mail_server.recipients == ["info@xn--mller-kva.example"]


@pytest.mark.parametrize("answer", ["451 no", f"550 {MAILBOX} unknown"])
def test_neither_address_nor_text_is_in_an_error(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage, answer: str
) -> None:
    mail_server.at_recipient = answer
    for message in (letter, replace(letter, recipient=f"ada\n{MAILBOX}")):
        with pytest.raises(GatewayError) as failure:
            email.send(message)
        assert "ada" not in str(failure.value) + repr(failure.value) + repr(message)
        assert TEXT not in str(failure.value)
        assert failure.value.__cause__ is failure.value.__context__ is None


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("../visit.ics", "text/calendar"), ("a\nb", "text/calendar"), ("a.ics", "text/x\nBcc: b")],
)
def test_an_attachment_has_a_plain_name_and_kind(name: str, media_type: str) -> None:
    with pytest.raises(ValueError, match=r"attachment's name|media type"):
        Attachment(name, media_type, b"")
