"""Who is logged in, kept in a signed cookie, and that a form was ours.

The cookie is written at the login and never again: its signature is dated, so a session ends eight
hours after the login whatever is done meanwhile.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware

from api.web.desk.refused import FormNotOurs, LoginNeeded
from models.actor import Actor, Role
from models.base import Value

LIFETIME = 8 * 3600
_PERSON, _CSRF = "person", "csrf"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


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


def install(app: Starlette, secret: str, *, secure: bool) -> None:
    """Keep sessions in a cookie that is signed with a key derived from `secret`."""
    app.add_middleware(
        SessionMiddleware,
        secret_key=hmac.digest(secret.encode(), b"desk-session", hashlib.sha256).hex(),
        session_cookie=cookie_name(secure=secure),
        max_age=LIFETIME,
        same_site="lax",
        https_only=secure,
    )


def enter(request: Request, person: Person) -> None:
    """Begin a session; nothing of an earlier one is left."""
    request.session.clear()
    request.session[_PERSON] = person.model_dump(mode="json")
    request.session[_CSRF] = secrets.token_urlsafe(24)


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


def csrf_token(request: Request) -> str:
    """What every form of ours sends back as `csrf`; empty for who is not logged in."""
    token: str = request.session.get(_CSRF, "")
    return token


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


async def unforged(request: Request) -> None:
    """Whatever changes something comes from a form of ours.

    Raises:
        FormNotOurs: the form has no token, or another session's.
    """
    if request.method in _SAFE_METHODS:
        return
    sent = (await request.form()).get(_CSRF)
    expected = csrf_token(request)
    if not expected or not isinstance(sent, str):
        raise FormNotOurs
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise FormNotOurs
