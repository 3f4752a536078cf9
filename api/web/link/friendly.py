"""What a page behind a link says when it cannot do what was asked: never a problem document, and
always a way on."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import structlog
from fastapi import Request, Response

from api.http.dependencies import With
from api.http.policy import admitted_by_address, public
from api.http.problems import refusal_of
from api.web.link.showing import page
from api.web.origin import is_from_our_page
from models.errors import Forbidden, NotFound

log = structlog.get_logger("api.web.link")

Page = Callable[..., Awaitable[Response]]
KINDS = {403: "foreign", 404: "unknown", 429: "busy", 503: "busy"}


def unknown_link() -> NotFound:
    """The answer to a link that is none of ours, or about what is not there."""
    return NotFound("link-unknown", "The link is wrong.")


def friendly(endpoint: Page) -> Page:
    """A page for everybody who has the link: as often as one address may, and changing something
    only from a page of ours."""

    @wraps(endpoint)
    async def answered(request: Request, services: With, **named: Any) -> Response:
        try:
            await admitted_by_address(request)
            if not is_from_our_page(request.method, request.headers, services.public_url):
                log.warning("foreign_page", origin=request.headers.get("origin"))
                raise Forbidden("foreign-page", "Another site's page sent it.")
            return await endpoint(request=request, services=services, **named)
        except Exception as error:
            return refused(request, error)

    return public(answered)


def refused(request: Request, error: Exception) -> Response:
    """The page that says what happened, and what to do."""
    refusal = refusal_of(error)
    kind = KINDS.get(refusal.status_code, "broken")
    return page(
        request, "said.html", kind=kind, status=refusal.status_code, headers=refusal.headers
    )
