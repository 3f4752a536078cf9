"""An SMTP server on loopback, with failures to order."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class SmtpServer:
    """A context manager. `accepted` is what it took.

    Set `at_recipient` or `at_data` to an SMTP answer such as `451 later` to hear it, or
    `disappears` to have the connection cut once the letter has been read; `keeps` says whether
    that letter was kept.
    """

    def __init__(self, username: str | None = None, password: str | None = None) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.at_recipient: str | None = None
        self.at_data: str | None = None
        self.disappears = False
        self.keeps = True
        self._wanted = (username, password)
        self._controller = _Controller(
            _Handler(self),
            hostname="127.0.0.1",
            port=0,
            auth_require_tls=False,
            authenticator=self._admit,
        )

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return self._controller.port

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def _admit(
        self, _server: object, _session: object, _envelope: object, *given: Any
    ) -> AuthResult:
        login = given[1]
        spoken = (login.login.decode(), login.password.decode())
        return AuthResult(success=spoken == self._wanted, handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # The parent knocks on the port it asked for; we let the system choose.
        self.port = cast(Any, self.server).sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Handler:
    def __init__(self, owner: SmtpServer) -> None:
        self._owner = owner

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._owner.at_recipient:
            return self._owner.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._owner.at_data:
            return self._owner.at_data
        if self._owner.keeps:
            letter = message_from_bytes(cast(bytes, envelope.content), policy=default)
            self._owner.accepted.append(letter)
            self._owner.recipients.extend(envelope.rcpt_tos)
        if self._owner.disappears:
            cast(Any, server.transport).abort()
        return "250 OK"
