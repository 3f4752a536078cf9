"""Who is logged in, kept in a signed cookie.

The cookie is written at the login and never again: its signature is dated, so a session ends eight
hours after the login whatever is done meanwhile. The key that signed it may be followed by another.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from itsdangerous import TimestampSigner
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from api.web.desk.refused import LoginNeeded
from models.actor import Actor, Role
from models.base import Value

LIFETIME = 8 * 3600
_PERSON = "person"


class Person(Value):
    """Who is logged in: as the timeline names them, and as they read their own name."""

    role: Role
    subject: str
    name: str

    @property
    def actor(self) -> Actor:
        """As the timeline names them."""
        return Actor(role=self.role, id=self.subject)


def cookie_name(*, secure: bool) -> str:
    """The session's cookie; over TLS the browser itself guards who may set it."""
    return "__Host-desk" if secure else "desk"


class _Sessions(SessionMiddleware):
    """Signed with the first of several keys; what any of them signed is believed."""

    def __init__(self, app: ASGIApp, keys: Sequence[str], secure: bool) -> None:
        super().__init__(
            app,
            keys[0],
            session_cookie=cookie_name(secure=secure),
            max_age=LIFETIME,
            same_site="lax",
            https_only=secure,
        )
        # The library wants the newest last.
        self.signer = TimestampSigner(keys[::-1])


def install(app: Starlette, keys: Sequence[str], *, secure: bool) -> None:
    """Keep sessions in a cookie that is signed with a key derived from the first of `keys`."""
    derived = [hmac.digest(key.encode(), b"desk-session", hashlib.sha256).hex() for key in keys]
    app.add_middleware(_Sessions, keys=derived, secure=secure)


def enter(request: Request, person: Person) -> None:
    """Begin a session; nothing of an earlier one is left."""
    request.session.clear()
    request.session[_PERSON] = person.model_dump(mode="json")


def leave(request: Request) -> None:
    """End the session."""
    request.session.clear()


def person_of(request: Request) -> Person | None:
    """Who is logged in, or nobody."""
    kept: Mapping[str, Any] | None = request.session.get(_PERSON)
    if kept is None:
        return None
    try:
        person = Person.model_validate(kept)
    except ValidationError:
        return None
    return person if person.role.is_staff else None


async def current_person(request: Request) -> Person:
    """Whoever is logged in.

    Raises:
        LoginNeeded: nobody is.
    """
    person = person_of(request)
    if person is None:
        raise LoginNeeded
    return person


CurrentPerson = Annotated[Person, Depends(current_person)]
