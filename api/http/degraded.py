"""What can wait, waits while the house is spared."""

from api.http.dependencies import With
from models.errors import Unavailable

RETRY_AFTER = 60
"""Seconds. It is a person who ends it."""


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
