"""A request that is put off, as it came."""

import json
from datetime import datetime
from typing import Protocol

import structlog

from api.http.auth import Principal
from api.http.services import Services
from models.base import Value
from models.intake.command import LoggedCommand
from temporal.sealing import Unsealable

log = structlog.get_logger("api.intake.put_off")

KEY = "idempotency-key"
"""The header that says under which key it is sent."""


class PutOff(Value):
    """A request as it came: who sent it, when, and everything that was said. `content`: what makes
    it this one, where it has that name."""

    principal: Principal
    asked_at: datetime
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str
    content: str = ""


class Part(Value):
    """One of several things that a request asks for, as it would be asked for alone. `name` is the
    same whenever it is sent again, whatever else of it is renewed; `content` as of the request."""

    path: str
    body: str
    name: str
    content: str = ""


class Beside(Protocol):
    """What is too large for the command log, and waits beside it."""

    async def check(self) -> None:
        """See that it is what it is said to be, as far as that shows by itself, before anything is
        kept.

        Raises:
            DomainError: it is not.
        """

    async def keep(self, request: str) -> None:
        """Keep it under the name of the request that it belongs to, which is kept by then.

        Raises:
            Unavailable: it cannot be kept.
        """


def unsealed(services: Services, command: LoggedCommand) -> PutOff | None:
    """The request that a command holds; None of one whose key is destroyed."""
    try:
        said = services.keyring.open(json.loads(command.argument), command.update_id)
    except Unsealable:
        log.error("request_unreadable", command=command.id)
        return None
    return PutOff.model_validate(said)
