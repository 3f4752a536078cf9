"""A worker, put together: the same for production, the local stack and the tests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from models.db.engine import Database
from temporal.queues import TICKETS
from temporal.sandbox import workflow_runner
from temporal.sealing import IntakeKeyring
from workers.roster import WORKFLOWS, activities

THREADS = 16


def ticket_worker(
    client: Client, database: Database, keyring: IntakeKeyring, *, sandboxed: bool = True
) -> Worker:
    """The worker of the ticket queue. Its activities block, so each has a thread."""
    return Worker(
        client,
        task_queue=TICKETS,
        workflows=WORKFLOWS,
        activities=activities(database, keyring, client),
        # Local ones and ordinary ones do not wait for each other's threads.
        activity_executor=ThreadPoolExecutor(2 * THREADS, thread_name_prefix="activity"),
        workflow_runner=workflow_runner(sandboxed=sandboxed),
        max_concurrent_local_activities=THREADS,
        # A worker that was killed holds its tickets back for this long; a person waits for them.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        graceful_shutdown_timeout=timedelta(seconds=5),
        max_workflow_task_external_storage_concurrency=1,
    )
