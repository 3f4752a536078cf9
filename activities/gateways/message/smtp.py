"""E-mail through any SMTP server."""

import re
import smtplib
import ssl
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import formataddr, formatdate, parseaddr

from activities.gateways.message import (
    Attachment,
    DeliveryRefused,
    DeliveryUncertain,
    FailureCode,
    GatewayError,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
    flaw,
)

PROVIDER = "smtp"
_ADDRESS = re.compile(r'[^\s@<>(),:;"\[\]\\]+@[^\s@<>(),:;"\[\]\\]+')
_POLICY = SMTP.clone(cte_type="7bit")
_NO_SUBJECT = "Sysops Squad"


class SmtpEmail:
    """A `MessageGateway` for e-mail.

    SMTP cannot be asked what it accepted. The Message-ID is made from our reference instead, the
    same for every attempt, so that a mailbox which gets the message twice shows it once.

    Args:
        username, password: None for a server that asks for neither.
        sender: an address, or `Name <address>`.
        starttls: insist on TLS before anything is said; False only on a trusted wire.
        timeout: seconds, for the connection and for each wait for bytes.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        sender: str,
        starttls: bool,
        timeout: float = 8.0,
    ) -> None:
        self._server = (host, port)
        self._credentials = (username, password) if username and password else None
        self._sender = parseaddr(sender)
        self._domain = self._sender[1].rpartition("@")[2]
        self._starttls = starttls
        self._timeout = timeout

    def send(self, message: OutgoingMessage) -> Receipt:
        """Hand the letter over, once."""
        if code := flaw(message):
            raise DeliveryRefused(PROVIDER, code)
        recipient = _ascii_address(message.recipient)
        letter = self._letter(message, recipient)
        failure: GatewayError
        smtp: smtplib.SMTP | None = None
        handed_over = False
        try:
            smtp = self._open()
            _expect(smtp.mail(self._sender[1]), 250, FailureCode.SENDER_REJECTED)
            _expect(smtp.rcpt(recipient), 250, FailureCode.RECIPIENT_INVALID)
            _expect(smtp.docmd("DATA"), 354, FailureCode.MESSAGE_REJECTED)
            handed_over = True
            smtp.send(_stuffed(letter.as_bytes()))
            _expect(smtp.getreply(), 250, FailureCode.MESSAGE_REJECTED)
            return Receipt(PROVIDER, str(letter["Message-ID"]))
        except GatewayError as known:
            failure = known
        except smtplib.SMTPAuthenticationError as refused:
            failure = _answer(refused.smtp_code, FailureCode.SENDER_REJECTED)
        except (smtplib.SMTPException, OSError):
            failure = DeliveryUncertain(PROVIDER) if handed_over else GatewayUnavailable(PROVIDER)
        finally:
            _leave(smtp)
        raise failure

    def find(self, message: OutgoingMessage) -> Receipt | None:
        """None, always: sending again is safe, because the Message-ID stays the same."""
        return None

    def check(self) -> None:
        """Come as far as before a letter, and go again."""
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._open()
            return
        except (smtplib.SMTPException, OSError):
            pass
        finally:
            _leave(smtp)
        raise GatewayUnavailable(PROVIDER)

    def _open(self) -> smtplib.SMTP:
        # Without a name of our own smtplib asks the DNS for one, with no limit of time.
        smtp = smtplib.SMTP(*self._server, local_hostname=self._domain, timeout=self._timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if self._starttls:
                smtp.starttls(context=ssl.create_default_context())
            if self._credentials:
                smtp.login(*self._credentials)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _letter(self, message: OutgoingMessage, recipient: str) -> EmailMessage:
        letter = EmailMessage(policy=_POLICY)
        letter["From"] = formataddr(self._sender)
        letter["To"] = recipient
        letter["Subject"] = message.subject or _NO_SUBJECT
        letter["Date"] = formatdate(usegmt=True)
        letter["Message-ID"] = f"<{message.reference}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        for attachment in message.attachments:
            _attach(letter, attachment)
        return letter


def _ascii_address(recipient: str) -> str:
    """The address with its domain in Punycode. A local part beyond ASCII few servers deliver."""
    local, _, domain = recipient.rpartition("@")
    if not _ADDRESS.fullmatch(recipient) or not local.isascii():
        raise DeliveryRefused(PROVIDER, FailureCode.RECIPIENT_INVALID)
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not ascii_domain:
        raise DeliveryRefused(PROVIDER, FailureCode.RECIPIENT_INVALID)
    return f"{local}@{ascii_domain}"


def _attach(letter: EmailMessage, attachment: Attachment) -> None:
    kind = Message()
    kind["Content-Type"] = attachment.media_type
    letter.add_attachment(
        attachment.content,
        maintype=kind.get_content_maintype(),
        subtype=kind.get_content_subtype(),
        filename=attachment.file_name,
        params=dict((kind.get_params() or [])[1:]),
    )


def _stuffed(letter: bytes) -> bytes:
    """The letter as DATA wants it: lines that begin with a dot get another, one dot ends it."""
    ended = letter if letter.endswith(b"\r\n") else letter + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", ended) + b".\r\n"


def _expect(reply: tuple[int, bytes], wanted: int, refused_as: FailureCode) -> None:
    if reply[0] == wanted or (wanted == 250 and 250 <= reply[0] < 260):
        return
    if not 400 <= reply[0] < 600:
        raise smtplib.SMTPException("an answer that is not SMTP")
    raise _answer(reply[0], refused_as)


def _answer(status: int, refused_as: FailureCode) -> GatewayError:
    if status >= 500:
        return DeliveryRefused(PROVIDER, refused_as, provider_code=status)
    return GatewayUnavailable(PROVIDER, provider_code=status)


def _leave(smtp: smtplib.SMTP | None) -> None:
    """Say goodbye; what becomes of that changes nothing about the letter."""
    if smtp is None:
        return
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        pass
    finally:
        smtp.close()
