"""Which setting chooses which provider."""

from pathlib import Path
from typing import Any

import pytest

from activities.gateways.message import MessageGateway, OutgoingMessage
from activities.gateways.message.folder import FolderMessages
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from models.message.notification import MessageChannel
from models.settings.processes import RelaySettings
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from workers.wiring import message_gateways, office

TWILIO = {
    "SMS_GATEWAY": "twilio",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_SENDER": "+15005550006",
}
SMTP = {"EMAIL_GATEWAY": "smtp"}
MESSAGE = OutgoingMessage("ntf_7", "+15005550100", "Your visit", "We are coming.")
LETTER = OutgoingMessage("ntf_7", "ada@example.org", "Your visit", "We are coming.")


def settings(**environment: str) -> RelaySettings:
    least = {
        "DATABASE_URL": "postgresql://u:p@db/sysops",
        "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
    }
    return RelaySettings.from_environment(least | environment)


@pytest.mark.parametrize(
    ("environment", "sms", "email"),
    [
        ({}, FolderMessages, FolderMessages),
        (TWILIO, TwilioSms, FolderMessages),
        (SMTP, FolderMessages, SmtpEmail),
        (TWILIO | SMTP, TwilioSms, SmtpEmail),
    ],
    ids=["neither", "twilio", "smtp", "both"],
)
def test_each_setting_chooses_its_provider(
    environment: dict[str, str], sms: type, email: type
) -> None:
    gateways = message_gateways(settings(**environment))
    assert set(gateways) == set(MessageChannel)
    assert type(gateways[MessageChannel.SMS]) is sms
    assert type(gateways[MessageChannel.EMAIL]) is email


def test_the_folder_that_is_set_is_written_to(tmp_path: Path) -> None:
    gateways = message_gateways(settings(OUTBOX_DIRECTORY=str(tmp_path)))
    for channel in MessageChannel:
        gateways[channel].send(MESSAGE)
    written = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.txt"))
    assert written == ["email/ntf_7.txt", "sms/ntf_7.txt"]


def test_twilio_is_spoken_to_where_and_as_whom_it_is_set() -> None:
    with TwilioServer() as server:
        account = {
            "TWILIO_ACCOUNT_SID": server.account_sid,
            "TWILIO_AUTH_TOKEN": server.auth_token,
            "TWILIO_BASE_URL": server.base_url,
        }
        _sms(**TWILIO | account).send(MESSAGE)
    [accepted] = server.accepted
    assert (accepted["from"], accepted["to"]) == ("+15005550006", "+15005550100")


def test_the_mail_server_is_spoken_to_where_and_as_whom_it_is_set() -> None:
    with SmtpServer("service", "password") as server:
        environment = {
            **SMTP,
            "SMTP_HOST": server.host,
            "SMTP_PORT": str(server.port),
            "SMTP_USERNAME": "service",
            "SMTP_PASSWORD": "password",
            "SMTP_STARTTLS": "false",
            "EMAIL_SENDER": "Service <service@sysops.example>",
        }
        message_gateways(settings(**environment))[MessageChannel.EMAIL].send(LETTER)
    assert [letter["From"] for letter in server.accepted] == ["Service <service@sysops.example>"]


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER"])
def test_a_twilio_account_that_is_not_whole_is_one_clear_line_at_the_start(missing: str) -> None:
    with pytest.raises(SystemExit) as refused:
        settings(**TWILIO | {missing: ""})
    assert refused.value.code == f"{missing}: SMS_GATEWAY=twilio needs it"


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(SystemExit) as refused:
        settings(SMS_GATEWAY="twilio")
    lines = str(refused.value.code).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        name for name in TWILIO if name != "SMS_GATEWAY"
    ]


@pytest.mark.parametrize(
    ("given", "missing"),
    [("SMTP_USERNAME", "SMTP_PASSWORD"), ("SMTP_PASSWORD", "SMTP_USERNAME")],
)
def test_half_a_mail_account_is_named_too(given: str, missing: str) -> None:
    with pytest.raises(SystemExit) as refused:
        settings(**SMTP | {given: "something"})
    assert refused.value.code == f"{missing}: the other half is given"


def test_an_account_of_a_provider_that_is_not_chosen_is_nobodys_business() -> None:
    message_gateways(settings(TWILIO_SENDER="+15005550006", SMTP_USERNAME="service"))


@pytest.mark.parametrize(
    ("name", "value"), [("SMS_GATEWAY", "pigeon"), ("EMAIL_GATEWAY", "twilio")]
)
def test_a_provider_we_do_not_have_is_named(name: str, value: str) -> None:
    with pytest.raises(SystemExit, match=f"^{name}: "):
        settings(**{name: value})


def test_letters_know_where_we_are() -> None:
    ours = office(
        settings(
            API_PUBLIC_URL="https://api.example",
            DESK_PUBLIC_URL="https://desk.example",
            HELPDESK_EMAIL="help@example.org",
            MANAGER_EMAIL="boss@example.org",
        )
    )
    assert (ours.public_url, ours.desk_url) == ("https://api.example", "https://desk.example")
    assert [ours.email_of(role) for role in ("helpdesk", "manager", "admin")] == [
        "help@example.org",
        "boss@example.org",
        "help@example.org",
    ]
    token = ours.surveys.token("svy_7")
    assert ours.surveys.survey_id(token) == "svy_7"


def _sms(**environment: Any) -> MessageGateway:
    return message_gateways(settings(**environment))[MessageChannel.SMS]
