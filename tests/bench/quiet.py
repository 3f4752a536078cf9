"""`python -m tests.bench.quiet`: our worker without the relay, on a queue of its own.

The production process is `python -m workers`; the difference between the two is what delivering
notifications costs.
"""

import asyncio
import os
import signal

import temporal.queues

QUEUE = "tickets-quiet"


async def serve() -> None:
    """Work until told to stop."""
    # Whoever names the queue copies it on import.
    temporal.queues.TICKETS = QUEUE
    from models.db.engine import Database
    from models.settings import Settings
    from temporal.client import connect
    from temporal.logs import configure
    from temporal.sealing import IntakeKeyring
    from workers.assembly import THREADS, ticket_worker

    settings = Settings.from_environment()
    configure(settings.log_format, settings.log_level)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(settings.database_url, pool_size=THREADS + 2)
    client = await connect(settings.temporal_address, settings.temporal_namespace)
    async with ticket_worker(client, database, IntakeKeyring(settings.intake_key_directory)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
    os._exit(0)
