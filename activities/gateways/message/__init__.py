"""Messages to people: what every provider of SMS or e-mail promises us.

    GatewayError
    ├── DeliveryRefused      never: this message will not reach this person through this provider
    ├── GatewayUnavailable   not accepted, and may be later: try again, after `retry_after` if given
    └── DeliveryUncertain    the answer was lost: perhaps accepted, so `find` before sending again

The errors carry a stable code and the provider's own number; never an address, never a text. They
are raised without cause or context, because those of the vendors' libraries quote both.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(; [a-z]+=[A-Za-z0-9_-]+)*")
_BREAKS_A_LINE = {"Cc", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message.

    Raises:
        ValueError: the name is not a plain ASCII file name, or the media type is malformed.
    """

    file_name: str
    media_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.file_name):
            raise ValueError("an attachment's name is letters, digits, dots, dashes, underscores")
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise ValueError("a media type reads like text/calendar; method=PUBLISH")


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to one person over one channel.

    `reference` is ours, the same for every attempt (`ntf_...`). The recipient is an E.164 number or
    an e-mail address. Subject and attachments are for channels that have them; SMS ignores both.

    Raises:
        ValueError: the reference is not letters, digits, dashes and underscores.
    """

    reference: str
    recipient: str = field(repr=False)
    subject: str | None = field(repr=False)
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.reference):
            raise ValueError("a reference is letters, digits, dashes and underscores")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has accepted the message; it has not necessarily arrived."""

    provider: str
    provider_ref: str


class FailureCode(StrEnum):
    """Why a message was not accepted. Stable and public."""

    RECIPIENT_INVALID = "recipient-invalid"
    RECIPIENT_OPTED_OUT = "recipient-opted-out"
    RECIPIENT_UNREACHABLE = "recipient-unreachable"
    SENDER_REJECTED = "sender-rejected"
    MESSAGE_REJECTED = "message-rejected"
    MESSAGE_MALFORMED = "message-malformed"
    PROVIDER_UNAVAILABLE = "provider-unavailable"
    PROVIDER_RATE_LIMITED = "provider-rate-limited"
    DELIVERY_UNCERTAIN = "delivery-uncertain"
    CHANNEL_SWITCHED_OFF = "channel-switched-off"


class GatewayError(Exception):
    """A provider did not say yes. Its text is safe to log and to show.

    Args:
        provider: the gateway's own name, e.g. `twilio`.
        code: ours.
        provider_code: the provider's number for it, e.g. 21610 or SMTP's 550.
    """

    def __init__(
        self, provider: str, code: FailureCode, *, provider_code: int | None = None
    ) -> None:
        shown = f" ({provider_code})" if provider_code is not None else ""
        super().__init__(f"{provider}: {code}{shown}")
        self.provider = provider
        self.code = code
        self.provider_code = provider_code


class DeliveryRefused(GatewayError):
    """Permanent: another channel may work, this one will not."""


class GatewayUnavailable(GatewayError):
    """Certainly not accepted, or (from `find`) certainly not known. Later may be better.

    Args:
        retry_after: seconds the provider asked us to wait, if it did.
    """

    def __init__(
        self,
        provider: str,
        code: FailureCode = FailureCode.PROVIDER_UNAVAILABLE,
        *,
        provider_code: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(provider, code, provider_code=provider_code)
        self.retry_after = retry_after


class DeliveryUncertain(GatewayError):
    """The message left us and the answer never came: perhaps accepted."""

    def __init__(self, provider: str, *, provider_code: int | None = None) -> None:
        super().__init__(provider, FailureCode.DELIVERY_UNCERTAIN, provider_code=provider_code)


class MessageGateway(Protocol):
    """One provider of one channel. Blocking and thread-safe: it runs in worker threads."""

    def send(self, message: OutgoingMessage) -> Receipt:
        """Hand the message over, once, without retries of our own.

        Raises:
            DeliveryRefused, GatewayUnavailable, DeliveryUncertain.
        """

    def find(self, message: OutgoingMessage) -> Receipt | None:
        """The receipt of an earlier attempt that was accepted although we never heard so.

        None where there was none, or where the channel cannot tell and its receivers drop
        duplicates themselves.

        Raises:
            GatewayUnavailable: it could not be found out; do not send again on that ground.
        """

    def check(self) -> None:
        """Ask whether the provider is there, without sending anything.

        Raises:
            GatewayError: it is not, or does not want us.
        """


def flaw(message: OutgoingMessage) -> FailureCode | None:
    """What makes the message unfit for any provider: a second line in its headers, broken text."""
    if not _is_one_line(message.recipient):
        return FailureCode.RECIPIENT_INVALID
    if not _is_one_line(message.subject or "") or not _is_unicode(message.text):
        return FailureCode.MESSAGE_MALFORMED
    return None


def _is_one_line(text: str) -> bool:
    return _is_unicode(text) and not any(unicodedata.category(c) in _BREAKS_A_LINE for c in text)


def _is_unicode(text: str) -> bool:
    return not any(unicodedata.category(character) == "Cs" for character in text)
