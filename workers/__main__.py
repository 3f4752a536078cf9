"""`python -m workers [tickets | relay]`: a worker; or a relay, which delivers notifications."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar

import structlog
import uvloop
from prometheus_client import CollectorRegistry

from activities.message.arrivals import Arrivals
from activities.message.delivery import Delivery
from models.db.engine import GENERIC, Database
from models.db.flag.following import following
from models.settings.processes import RelaySettings, Service, WorkerSettings
from models.status import RELAY
from temporal import failpoints
from temporal.flags import Flags
from temporal.logs import configure
from temporal.metrics import measured_runtime, served_metrics
from temporal.queues import TICKETS
from temporal.sealing import IntakeKeyring
from workers.assembly import CONNECTIONS, ticket_worker
from workers.housekeeping import keep_house
from workers.metrics import RelayCollector, lateness
from workers.paying import Paying
from workers.policies import PolicyNews
from workers.proofs import Proofs
from workers.reconciliation import Reconciliation
from workers.relay import Relay
from workers.remembering import Remembering
from workers.restoring import Restoring
from workers.rights import Rights
from workers.routes import Routes
from workers.schedules import keep_scheduled
from workers.telling import keep_telling
from workers.watch import Watch
from workers.wiring import accounts, connected, message_gateways, office, ways

LONGEST_FAREWELL = 8.0
"""Seconds. A worker gives its activities five of them, a relay its calls four; Docker kills after
ten."""

log = structlog.get_logger()


async def work(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Work on tickets until told to stop."""
    database = Database(settings.database.url, pool_size=CONNECTIONS, plans=GENERIC)
    measured = measured_runtime(settings.metrics.host, settings.metrics.port)
    client = await connected(settings.temporal, measured)
    keyring, flags = IntakeKeyring(settings.intake_keys.directory), Flags(settings.flags.file)
    known, paid = ways(settings.maps, flags, database), accounts(settings.accounts)
    with following(settings.database.url, flags.take):
        guarded = settings.sandbox.guarded
        async with ticket_worker(client, database, keyring, flags, known, paid, sandboxed=guarded):
            log.info("worker_started", queue=TICKETS)
            chores = (
                asyncio.create_task(keep_house(database, keyring)),
                asyncio.create_task(Watch(database, client).keep()),
                asyncio.create_task(Reconciliation(database, client).keep()),
                asyncio.create_task(Rights(database, client).keep()),
                asyncio.create_task(Proofs(database).keep()),
                asyncio.create_task(PolicyNews(database, client).keep()),
                asyncio.create_task(keep_scheduled(client)),
                asyncio.create_task(keep_telling(database, known, paid)),
                asyncio.create_task(Restoring(database, settings.restored.quiet).keep()),
                asyncio.create_task(Routes(database, known).keep()),
                asyncio.create_task(Paying(database, client, paid).keep()),
                asyncio.create_task(Remembering(database, paid).keep()),
            )
            await stop.wait()
            for chore in chores:
                chore.cancel()
    known.close()
    paid.close()
    database.close()
    log.info("worker_stopped", queue=TICKETS)


async def deliver(settings: RelaySettings, stop: asyncio.Event) -> None:
    """Deliver notifications until told to stop."""
    database = Database(settings.database.url, pool_size=2, plans=GENERIC)
    flags = Flags(settings.flags.file)
    known = ways(settings.maps, flags, database)
    delivery = Delivery(
        *(database, message_gateways(settings), office(settings), lambda: datetime.now(UTC)),
        arrivals=Arrivals(database, known),
        is_on=lambda channel: flags.is_on(f"messages.{channel}"),
    )
    delivery.bulletin.watch("maps", known.seen)
    relay = Relay(delivery, settings.database.url)
    # Connections of its own: whoever reads the metrics keeps nobody's message back.
    asked = Database(settings.database.url, pool_size=1, statement_seconds=1)
    registry = CollectorRegistry()
    registry.register(RelayCollector(delivery.tally, partial(lateness, asked)))
    relay.start()
    log.info("relay_started")
    with (
        served_metrics(settings.metrics.host, settings.metrics.port, registry),
        following(settings.database.url, flags.take),
    ):
        await stop.wait()
    await asyncio.to_thread(relay.stop)
    known.close()
    asked.close()
    database.close()
    log.info("relay_stopped")


S = TypeVar("S", bound=Service)


@dataclass(frozen=True, slots=True)
class Duty(Generic[S]):
    """What a process is there for, and what it has to be told."""

    settings: type[S]
    do: Callable[[S, asyncio.Event], Awaitable[None]]


DUTIES: Mapping[str, Duty[Any]] = {
    TICKETS: Duty(WorkerSettings, work),
    RELAY: Duty(RelaySettings, deliver),
}


async def serve(duty: Duty[S], settings: S) -> None:
    """Do one's duty until told to stop; whoever then stays too long is ended."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if not stop.is_set():
            leave_within(LONGEST_FAREWELL)
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, asked)
    await duty.do(settings, stop)


def leave_within(seconds: float) -> None:
    """End the process by then, whatever it waits for.

    A local activity that is tried again holds a worker back that asks for no work any more. It is
    begun anew by the next worker, as after a kill.
    """

    def end() -> None:
        log.warning("left_hard", seconds=seconds)
        sys.stdout.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def main(asked: list[str]) -> int:
    """Check what is asked for, then serve."""
    [name, *more] = asked or [TICKETS]
    if name not in DUTIES or more:
        print(f"usage: python -m workers [{' | '.join(DUTIES)}]", file=sys.stderr)
        return 2
    duty = DUTIES[name]
    settings = duty.settings.from_environment()
    configure(settings.running.log_format, settings.running.log_level)
    failpoints.arm(settings.running.failpoints)
    # What was imported stays: the collector need not look at it again and again.
    gc.freeze()
    uvloop.run(serve(duty, settings))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
