"""Messages on a laptop: files that a person can read."""

from dataclasses import replace
from pathlib import Path

import pytest

from activities.gateways.message import (
    Attachment,
    DeliveryRefused,
    GatewayUnavailable,
    MessageGateway,
    OutgoingMessage,
    Receipt,
)
from activities.gateways.message.folder import FolderMessages
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from tests.activities.gateways.conftest import MAILBOX, TEXT


def test_a_person_can_read_what_would_have_been_sent(
    tmp_path: Path, letter: OutgoingMessage
) -> None:
    calendar = Attachment("visit.ics", "text/calendar", b"BEGIN")
    receipt = FolderMessages(tmp_path / "outbox", "email").send(
        replace(letter, attachments=(calendar,))
    )
    assert receipt == Receipt("folder", "email/ntf_7.txt")
    assert (tmp_path / "outbox" / receipt.provider_ref).read_text() == (
        f"To: {MAILBOX}\nSubject: Your visit\nAttachment: visit.ics\n\n{TEXT}\n"
    )
    assert (tmp_path / "outbox/email/ntf_7-visit.ics").read_bytes() == b"BEGIN"


def test_an_sms_brings_no_file_as_no_provider_of_sms_does(
    tmp_path: Path, text_message: OutgoingMessage
) -> None:
    calendar = Attachment("visit.ics", "text/calendar", b"BEGIN")
    FolderMessages(tmp_path, "sms").send(replace(text_message, attachments=(calendar,)))
    [written] = (tmp_path / "sms").iterdir()
    assert written.suffix == ".txt"
    assert "Attachment" not in written.read_text()


def test_sending_twice_writes_once_and_leaves_nothing_unfinished(
    tmp_path: Path, letter: OutgoingMessage
) -> None:
    folder = FolderMessages(tmp_path, "sms")
    assert folder.find(letter) is None
    first = folder.send(letter)
    assert folder.send(replace(letter, text="another text")) == first == folder.find(letter)
    assert [path.name for path in (tmp_path / "sms").iterdir()] == ["ntf_7.txt"]
    assert TEXT in (tmp_path / "sms/ntf_7.txt").read_text()


def test_a_folder_that_cannot_be_written_is_unavailable(
    tmp_path: Path, letter: OutgoingMessage
) -> None:
    (tmp_path / "sms").write_text("in the way")
    with pytest.raises(GatewayUnavailable):
        FolderMessages(tmp_path, "sms").send(letter)


def test_no_second_header_can_be_smuggled_in(tmp_path: Path, letter: OutgoingMessage) -> None:
    with pytest.raises(DeliveryRefused):
        FolderMessages(tmp_path, "email").send(replace(letter, subject="Hello\nTo: eve"))


@pytest.mark.parametrize("reference", ["", "../ntf", "a/b", "a\nb", "-a", "ntf 7", "x" * 101])
def test_a_reference_is_a_plain_name(reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        OutgoingMessage(reference, MAILBOX, None, TEXT)


def test_a_channel_is_a_plain_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="channel"):
        FolderMessages(tmp_path, "../sms")


def test_every_provider_keeps_the_same_promise(
    tmp_path: Path, sms: TwilioSms, email: SmtpEmail, text_message: OutgoingMessage
) -> None:
    everywhere: list[tuple[MessageGateway, OutgoingMessage]] = [
        (sms, text_message),
        (email, replace(text_message, recipient=MAILBOX)),
        (FolderMessages(tmp_path, "sms"), text_message),
    ]
    for gateway, message in everywhere:
        assert gateway.send(message).provider_ref
