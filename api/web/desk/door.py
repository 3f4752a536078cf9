"""What the desk needs to know beside what the API knows."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.web.desk.provider import Provider


@dataclass(frozen=True, slots=True)
class Door:
    """Where the door is and who guards it.

    Args:
        public_url: where staff reach the desk, without a slash at the end.
        secret: what session cookies are signed with.
        provider: who knows the staff.
        ui_url: where the Temporal UI answers; only the desk should reach it.
    """

    public_url: str
    secret: str
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
