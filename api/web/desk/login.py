"""Logging in and out."""

from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api.http.auth import WrongClaim, principal_of
from api.web.desk.door import At
from api.web.desk.pages import page
from api.web.desk.paths import safe_path
from api.web.desk.refused import Refused
from api.web.desk.session import Person, enter, leave, person_of

CALLBACK = "/oidc/callback"
_NEXT = "next"
_LONGEST_NAME = 80

router = APIRouter()
log = structlog.get_logger("api.web.desk")


@router.get("/login")
@router.get("/auth/sso")
async def log_in(
    request: Request, door: At, next: str | None = None, returnUrl: str | None = None
) -> Response:
    """Go to the provider and come back to `next`. The Temporal UI, which has a login page of its
    own, calls the way `/auth/sso` and the page `returnUrl`."""
    wanted = safe_path(next or returnUrl, door.public_url)
    if person_of(request) is not None:
        return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    redirect = await door.provider.begin(request, door.public_url + CALLBACK)
    request.session[_NEXT] = wanted
    return redirect


@router.get(CALLBACK)
async def come_back(request: Request, door: At) -> Response:
    """Whoever comes back from the provider is let in, if they are staff."""
    claims = await door.provider.finish(request)
    wanted = safe_path(request.session.get(_NEXT), door.public_url)
    try:
        principal = principal_of(dict(claims))
    except WrongClaim:
        principal = None
    if principal is None or not principal.role.is_staff:
        leave(request)
        log.warning("entry_refused", role=principal.role if principal else None)
        raise Refused(
            403,
            "This is for the helpdesk",
            "You are known, but not as helpdesk, manager or admin. If you should be, ask whoever "
            "runs your company's accounts, then log in again.",
        )
    name = _readable(claims.get("name")) or principal.subject
    enter(request, Person(role=principal.role, subject=principal.subject, name=name))
    log.info("entered", role=principal.role, actor=principal.subject)
    return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """End the session."""
    leave(request)
    return page(request, "left.html")


def _readable(name: object) -> str:
    text = name if isinstance(name, str) else ""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST_NAME]
