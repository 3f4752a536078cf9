"""By whom and in whose name people are told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from models.settings.section import Section, Variable


class Outbox(Section):
    """Messages as files."""

    directory: Annotated[
        Path, Variable("OUTBOX_DIRECTORY", "where the `folder` gateways write")
    ] = Path("outbox")


class Sms(Section):
    """Who carries texts."""

    gateway: Annotated[
        Literal["folder", "twilio"], Variable("SMS_GATEWAY", "`folder` or `twilio`")
    ] = "folder"
    account_sid: Annotated[str, Variable("TWILIO_ACCOUNT_SID", "Twilio account")] = ""
    auth_token: Annotated[str, Variable("TWILIO_AUTH_TOKEN", "Twilio secret")] = ""
    sender: Annotated[str, Variable("TWILIO_SENDER", "number or service that texts come from")] = ""
    base_url: Annotated[
        str | None, Variable("TWILIO_BASE_URL", "another Twilio endpoint, for tests")
    ] = None

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if self.gateway != "twilio":
            return
        for field in ("account_sid", "auth_token", "sender"):
            if not getattr(self, field):
                yield field, "SMS_GATEWAY=twilio needs it"


class Email(Section):
    """Who carries letters."""

    gateway: Annotated[
        Literal["folder", "smtp"], Variable("EMAIL_GATEWAY", "`folder` or `smtp`")
    ] = "folder"
    host: Annotated[str, Variable("SMTP_HOST", "mail server")] = "localhost"
    port: Annotated[int, Variable("SMTP_PORT", "its port")] = 587
    username: Annotated[str, Variable("SMTP_USERNAME", "its account, if it wants one")] = ""
    password: Annotated[str, Variable("SMTP_PASSWORD", "its password")] = ""
    starttls: Annotated[bool, Variable("SMTP_STARTTLS", "`false` to speak plain text")] = True
    sender: Annotated[str, Variable("EMAIL_SENDER", "address that mail comes from")] = (
        "service@sysops-squad.example"
    )

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class. An account without its password, or the reverse, would silently send
        without either."""
        given = bool(self.username), bool(self.password)
        if self.gateway == "smtp" and given[0] != given[1]:
            yield "password" if given[0] else "username", "the other half is given"


class Staff(Section):
    """Where our own people are told."""

    helpdesk: Annotated[str, Variable("HELPDESK_EMAIL", "where escalations are announced")] = (
        "helpdesk@sysops-squad.example"
    )
    manager: Annotated[
        str | None, Variable("MANAGER_EMAIL", "where the second level is told; none: helpdesk")
    ] = None
    admin: Annotated[
        str | None, Variable("ADMIN_EMAIL", "where the third level is told; none: helpdesk")
    ] = None
