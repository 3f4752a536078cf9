"""What can wait, waits while the house is spared."""

from fastapi import Request

from api.http.dependencies import With
from models.errors import Unavailable

RETRY_AFTER = 60
"""Seconds. It is a person who ends it."""
WAITS = frozenset({"surveys", "reports", "exports"})
"""The tags of operations that can wait: each that bears one, and no other. Filing, the field and
decisions never do."""


async def not_degraded(services: With) -> None:
    """Let nobody in while the flag `degraded_mode` is on (docs/flags.md).

    Raises:
        Unavailable: `degraded-mode`.
    """
    if services.flags.is_on("degraded_mode"):
        raise Unavailable(
            "degraded-mode",
            "This waits until what is urgent is done.",
            retry_after=RETRY_AFTER,
        )


async def unless_it_can_wait(request: Request, services: With) -> None:
    """As `not_degraded`, for what can wait: decided by the operation's tag, so that none forgets to
    ask.

    Raises:
        Unavailable: `degraded-mode`.
    """
    if not WAITS.isdisjoint(request.scope["route"].tags):
        await not_degraded(services)
