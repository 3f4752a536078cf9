"""E-mail through the standard library's client, against a real SMTP server."""

import socket
from dataclasses import replace

import pytest

from activities.gateways.message import (
    Attachment,
    DeliveryRefused,
    DeliveryUncertain,
    FailureCode,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
)
from activities.gateways.message.smtp import SmtpEmail
from tests.activities.gateways.conftest import MAILBOX
from tests.activities.gateways.smtp_server import SmtpServer

INVITATION = Attachment(
    "visit.ics", "text/calendar; method=PUBLISH; charset=utf-8", b"BEGIN:VCALENDAR\r\n"
)


def _at(server: SmtpServer, username: str | None, password: str | None, tls: bool) -> SmtpEmail:
    sender = "no-reply@sysops.example"
    return SmtpEmail(server.host, server.port, username, password, sender, tls, timeout=0.5)


def test_a_letter_arrives_whole(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    words = "Grüße!\n.\n.. and a line of dots\n" + "long " * 400
    receipt = email.send(replace(letter, subject="Ihr Termin: Dienstag, zehn Uhr ä", text=words))
    [taken] = mail_server.accepted
    assert receipt == Receipt("smtp", "<ntf_7@sysops.example>")
    assert mail_server.recipients == [MAILBOX]
    assert taken["To"] == MAILBOX
    assert taken["From"] == "Sysops Squad <no-reply@sysops.example>"
    assert taken["Subject"] == "Ihr Termin: Dienstag, zehn Uhr ä"
    assert taken["Date"]
    assert taken.get_content().splitlines() == words.splitlines()


def test_an_invitation_travels_as_a_calendar_file(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    email.send(replace(letter, attachments=(INVITATION,)))
    [calendar] = mail_server.accepted[0].iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "PUBLISH"
    assert calendar.get_filename() == "visit.ics"
    assert calendar.get_payload(decode=True) == INVITATION.content


def test_sending_twice_says_so_by_one_message_id(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    assert email.send(letter) == email.send(letter)
    assert len({taken["Message-ID"] for taken in mail_server.accepted}) == 1
    assert email.find(letter) is None


def test_a_busy_server_has_not_accepted_the_letter(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    mail_server.at_recipient = "451 4.7.1 greylisted"
    with pytest.raises(GatewayUnavailable) as busy:
        email.send(letter)
    mail_server.at_recipient, mail_server.at_data = None, "451 4.3.0 disk full"
    with pytest.raises(GatewayUnavailable):
        email.send(letter)
    assert busy.value.provider_code == 451


def test_an_unknown_mailbox_is_refused_for_good(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    mail_server.at_recipient = f"550 5.1.1 {MAILBOX} unknown"
    with pytest.raises(DeliveryRefused) as refused:
        email.send(letter)
    assert refused.value.code is FailureCode.RECIPIENT_INVALID
    assert refused.value.provider_code == 550


def test_a_letter_refused_for_its_content_is_refused_for_good(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    mail_server.at_data = "554 5.7.1 looks like spam"
    with pytest.raises(DeliveryRefused) as refused:
        email.send(letter)
    assert refused.value.code is FailureCode.MESSAGE_REJECTED


def test_a_connection_cut_after_the_letter_leaves_us_uncertain(
    mail_server: SmtpServer, email: SmtpEmail, letter: OutgoingMessage
) -> None:
    mail_server.disappears = True
    with pytest.raises(DeliveryUncertain):
        email.send(letter)
    mail_server.disappears = False
    email.send(letter)
    first, second = mail_server.accepted
    assert first["Message-ID"] == second["Message-ID"], "the mailbox can drop one of them"


def test_a_server_that_cannot_be_reached_or_says_nothing_has_accepted_nothing(
    letter: OutgoingMessage,
) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        host, port = mute.getsockname()
        gateway = SmtpEmail(host, port, None, None, "a@sysops.example", False, timeout=0.3)
        with pytest.raises(GatewayUnavailable):
            gateway.send(letter)
        mute.listen()
        with pytest.raises(GatewayUnavailable):
            gateway.send(letter)


def test_nothing_is_said_in_the_clear_where_tls_is_insisted_on(
    mail_server: SmtpServer, letter: OutgoingMessage
) -> None:
    with pytest.raises(GatewayUnavailable):
        _at(mail_server, None, None, tls=True).send(letter)
    assert mail_server.accepted == []


def test_the_right_password_is_admitted_and_the_wrong_one_is_our_fault(
    letter: OutgoingMessage,
) -> None:
    with SmtpServer("squad", "right") as server:
        _at(server, "squad", "right", tls=False).send(letter)
        with pytest.raises(DeliveryRefused) as refused:
            _at(server, "squad", "wrong", tls=False).send(letter)
        assert len(server.accepted) == 1
    assert refused.value.code is FailureCode.SENDER_REJECTED
