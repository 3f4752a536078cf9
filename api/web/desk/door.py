"""What the desk needs to know beside what the API knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request

from api.web.desk.provider import Provider
from api.web.desk.refused import NotOurPage
from api.web.origin import is_from_our_page

log = structlog.get_logger("api.web.desk")


@dataclass(frozen=True, slots=True)
class Door:
    """Where the door is and who guards it.

    Args:
        public_url: where staff reach the desk, without a slash at the end.
        keys: what session cookies are signed with; the first signs, all are believed.
        provider: who knows the staff.
        ui_url: where the Temporal UI answers; only the desk should reach it.
    """

    public_url: str
    keys: Sequence[str]
    provider: Provider
    ui_url: str

    @property
    def is_secure(self) -> bool:
        """Whether people come over TLS."""
        return self.public_url.startswith("https://")


async def _door(request: Request) -> Door:
    found: Door = request.app.state.door
    return found


At = Annotated[Door, Depends(_door)]


async def from_our_page(request: Request, door: At) -> None:
    """Whatever changes something is sent by a page of this door: asked of every route.

    Raises:
        NotOurPage: it is another's, or of no browser.
    """
    if not is_from_our_page(request.method, request.headers, door.public_url):
        log.warning("foreign_page", method=request.method, origin=request.headers.get("origin"))
        raise NotOurPage
