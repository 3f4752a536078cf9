"""Looking again and again: what the chores of a worker have in common."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


async def keep_looking(look: Callable[[], Awaitable[object]], pause: float, blind: str) -> None:
    """Look until cancelled; what cannot be seen to now is seen to the next time.

    Args:
        look: one look.
        pause: seconds between two.
        blind: what the log says of a look that failed.
    """
    while True:
        try:
            await look()
        except Exception as error:
            log.warning(blind, error=type(error).__name__)
        await asyncio.sleep(pause)
