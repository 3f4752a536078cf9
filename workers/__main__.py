"""`python -m workers [tickets]`: a worker, and the relay that delivers notifications."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

import structlog

from activities.delivery import Delivery
from models.db.engine import Database
from models.settings import Settings
from temporal.client import connect
from temporal.logs import configure
from temporal.queues import TICKETS
from temporal.sealing import IntakeKeyring
from workers.assembly import THREADS, ticket_worker
from workers.housekeeping import keep_house
from workers.relay import Relay
from workers.wiring import message_gateways, office

log = structlog.get_logger()


async def serve(settings: Settings) -> None:
    """Work until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    database = Database(settings.database_url, pool_size=THREADS + 2)
    delivery = Delivery(
        database, message_gateways(settings), office(settings), lambda: datetime.now(UTC)
    )
    client = await connect(
        settings.temporal_address,
        settings.temporal_namespace,
        api_key=settings.temporal_api_key,
        tls=settings.temporal_tls,
    )
    relay = Relay(delivery, settings.database_url)
    relay.start()
    keyring = IntakeKeyring(settings.intake_key_directory)
    async with ticket_worker(client, database, keyring):
        log.info("worker_started", queue=TICKETS)
        housekeeping = asyncio.create_task(keep_house(database, keyring))
        await stop.wait()
        housekeeping.cancel()
    relay.stop()
    database.close()
    log.info("worker_stopped", queue=TICKETS)


def main(queues: list[str]) -> int:
    """Check the queue's name, then serve."""
    if queues not in ([], [TICKETS]):
        print(f"usage: python -m workers [{TICKETS}]", file=sys.stderr)
        return 2
    settings = Settings.from_environment()
    configure(settings.log_format, settings.log_level)
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
