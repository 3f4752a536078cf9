"""Seeing to it that Temporal begins by itself what it has to."""

import asyncio

import structlog
from temporalio.client import Client

from temporal.schedules import schedule

PAUSE_SECONDS = 3600.0
AFTER_A_STUMBLE = 5.0

log = structlog.get_logger()


async def keep_scheduled(client: Client) -> None:
    """Until cancelled: at the start of a worker, and every hour, for somebody may have deleted a
    schedule. Of several who do it, each finds it done."""
    while True:
        try:
            await schedule(client)
            pause = PAUSE_SECONDS
        except Exception as error:
            log.warning("not_scheduled", error=type(error).__name__)
            pause = AFTER_A_STUMBLE
        await asyncio.sleep(pause)
