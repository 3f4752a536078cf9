"""A worker, put together: the same for production, the local stack and the tests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.gateways.travel.scouting import RECKONING, KnownWays
from activities.ticket.paying import Accounts
from models.db.engine import Database
from temporal.flags import Flags
from temporal.queues import TICKETS
from temporal.sandbox import workflow_runner
from temporal.sealing import IntakeKeyring
from workers.roster.tickets import WORKFLOWS, activities

THREADS, ORDINARY = 16, 100
"""Local and ordinary activities at one time."""
CONNECTIONS = 2 * THREADS
"""To Postgres. More would not make it faster; who waits for one is tried again."""


def ticket_worker(
    client: Client,
    database: Database,
    keyring: IntakeKeyring,
    flags: Flags,
    ways: KnownWays = RECKONING,
    accounts: Accounts | None = None,
    *,
    sandboxed: bool = True,
) -> Worker:
    """The worker of the ticket queue. Its activities block, so each has a thread."""
    return Worker(
        client,
        task_queue=TICKETS,
        workflows=WORKFLOWS,
        activities=activities(database, keyring, client, flags, ways, accounts),
        # One for each that may run: an attempt that waited for a thread would spend its time there.
        activity_executor=ThreadPoolExecutor(ORDINARY + THREADS, thread_name_prefix="activity"),
        max_concurrent_activities=ORDINARY,
        workflow_runner=workflow_runner(sandboxed=sandboxed),
        max_concurrent_local_activities=THREADS,
        # A worker that was killed holds its tickets back for this long; a person waits for them.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        graceful_shutdown_timeout=timedelta(seconds=5),
        max_workflow_task_external_storage_concurrency=1,
    )
