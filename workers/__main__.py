"""`python -m workers [tickets | relay]`: a worker; or a relay, which delivers notifications."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import structlog
import uvloop

from activities.message.delivery import Delivery
from models.db.engine import GENERIC, Database
from models.settings import Settings
from temporal import failpoints
from temporal.client import connect
from temporal.logs import configure
from temporal.queues import TICKETS
from temporal.sealing import IntakeKeyring
from workers.assembly import CONNECTIONS, ticket_worker
from workers.housekeeping import keep_house
from workers.reconciliation import Reconciliation
from workers.relay import RELAY, Relay
from workers.watch import Watch
from workers.wiring import message_gateways, office

log = structlog.get_logger()


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work on tickets until told to stop."""
    database = Database(settings.database_url, pool_size=CONNECTIONS, plans=GENERIC)
    client = await connect(
        settings.temporal_address,
        settings.temporal_namespace,
        api_key=settings.temporal_api_key,
        tls=settings.temporal_tls,
    )
    keyring = IntakeKeyring(settings.intake_key_directory)
    async with ticket_worker(client, database, keyring, sandboxed=settings.workflow_sandbox):
        log.info("worker_started", queue=TICKETS)
        chores = (
            asyncio.create_task(keep_house(database, keyring)),
            asyncio.create_task(Watch(database, client).keep()),
            asyncio.create_task(Reconciliation(database, client).keep()),
        )
        await stop.wait()
        for chore in chores:
            chore.cancel()
    database.close()
    log.info("worker_stopped", queue=TICKETS)


async def deliver(settings: Settings, stop: asyncio.Event) -> None:
    """Deliver notifications until told to stop."""
    database = Database(settings.database_url, pool_size=2, plans=GENERIC)
    delivery = Delivery(
        database, message_gateways(settings), office(settings), lambda: datetime.now(UTC)
    )
    relay = Relay(delivery, settings.database_url)
    relay.start()
    log.info("relay_started")
    await stop.wait()
    await asyncio.to_thread(relay.stop)
    database.close()
    log.info("relay_stopped")


DUTIES: Mapping[str, Callable[[Settings, asyncio.Event], Awaitable[None]]] = {
    TICKETS: work,
    RELAY: deliver,
}


async def serve(duty: str, settings: Settings) -> None:
    """Do one's duty until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await DUTIES[duty](settings, stop)


def main(asked: list[str]) -> int:
    """Check what is asked for, then serve."""
    [duty, *more] = asked or [TICKETS]
    if duty not in DUTIES or more:
        print(f"usage: python -m workers [{' | '.join(DUTIES)}]", file=sys.stderr)
        return 2
    settings = Settings.from_environment()
    configure(settings.log_format, settings.log_level)
    failpoints.arm(settings.failpoints)
    # What was imported stays: the collector need not look at it again and again.
    gc.freeze()
    uvloop.run(serve(duty, settings))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
