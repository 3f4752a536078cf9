"""How much waits: what an operator is paged by, and what a scaler of processes goes by.

Asked every few seconds behind all requests, and told at `/metrics` as it was last seen: whoever
reads the metrics waits for nobody, and nobody waits for them. What cannot be asked now is not told,
and `depths_known` says so.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from api.http.services import Services
from api.intake.looking import bounded
from models.db.depths import depths
from temporal.queues import TICKETS

EVERY = 5.0
"""Seconds between two looks."""
PATIENCE = timedelta(seconds=2)
QUEUES = (TICKETS,)
_KINDS = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
MEANS = {
    "task_queue_backlog": "Tasks that wait for a worker, as Temporal reckons.",
    "task_queue_oldest_seconds": "How long the oldest of them waits.",
    "outbox_waiting": "Notifications that could be told already.",
    "outbox_oldest_seconds": "How long the oldest of them waits.",
    "intake_copies": "Second copies of what is accepted and not carried out.",
    "intake_oldest_seconds": "How long ago the oldest of them was accepted.",
    "intake_quarantined": "What was accepted, cannot be carried out and is kept for a person.",
    "command_log_pending": "Commands in this process without an outcome.",
    "command_log_oldest_seconds": "How long ago the oldest of them was logged.",
    "command_log_quarantined": "Files of commands that could not be read and were put aside.",
    "command_log_unlisted": "Tickets of this process that are not on the list of the accepted yet.",
    "tickets_unreconciled": "Tickets accepted, and not known to be whole.",
    "tickets_unreconciled_oldest_seconds": "How long the longest of them is so.",
    "tickets_compared_seconds": "How long ago the last look began that came to its end.",
    "depths_known": "Whether a source answered at the last look.",
}
"""Every metric, and what it says."""

Labels = tuple[tuple[str, str], ...]
Values = Mapping[tuple[str, Labels], float]

log = structlog.get_logger("api.http.gauges")


@dataclass(eq=False)
class Gauges(Collector):
    """What was seen last, by name and labels, of each source."""

    seen: dict[str, Values] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        """See base class."""
        now = {key: value for values in self.seen.copy().values() for key, value in values.items()}
        for name, means in MEANS.items():
            told = {labels: value for (named, labels), value in now.items() if named == name}
            if not told:
                continue
            keys = [key for key, _ in next(iter(told))]
            family = GaugeMetricFamily(name, means, labels=keys)
            for labels, value in told.items():
                family.add_metric([text for _, text in labels], value)
            yield family


async def keep_looking(services: Services, gauges: Gauges) -> None:
    """Until cancelled."""
    while True:
        await look(services, gauges)
        await asyncio.sleep(EVERY)


async def look(services: Services, gauges: Gauges) -> None:
    """Ask every source once, each for itself."""
    asked: Mapping[str, Callable[[Services], Coroutine[Any, Any, Values]]] = {
        "temporal": _task_queues,
        "postgres": _database,
        "command_log": _command_log,
    }
    await asyncio.gather(*(_seen(services, gauges, name, ask) for name, ask in asked.items()))


async def _seen(
    services: Services,
    gauges: Gauges,
    name: str,
    ask: Callable[[Services], Coroutine[Any, Any, Values]],
) -> None:
    known: Labels = (("source", name),)
    try:
        gauges.seen[name] = {**await ask(services), ("depths_known", known): 1.0}
    except Exception as error:
        if gauges.seen.get(name, {}).get(("depths_known", known)) != 0.0:
            log.warning("depths_unknown", source=name, error=type(error).__name__)
        gauges.seen[name] = {("depths_known", known): 0.0}


async def _task_queues(services: Services) -> Values:
    found: dict[tuple[str, Labels], float] = {}
    for queue in QUEUES:
        for kind, number in _KINDS.items():
            asked = DescribeTaskQueueRequest(
                namespace=services.temporal.namespace,
                task_queue=TaskQueue(name=queue),
                task_queue_type=number,
                report_stats=True,
            )
            service = services.temporal.workflow_service
            answer = service.describe_task_queue(asked, timeout=PATIENCE)
            stats = (await bounded(answer, PATIENCE)).stats
            labels: Labels = (("queue", queue), ("kind", kind))
            found["task_queue_backlog", labels] = stats.approximate_backlog_count
            age = stats.approximate_backlog_age.ToTimedelta().total_seconds()
            found["task_queue_oldest_seconds", labels] = age
    return found


async def _database(services: Services) -> Values:
    seen = await services.reads.run(depths)

    def age(since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (seen.at - since).total_seconds())

    found = {
        "outbox_waiting": float(seen.untold),
        "outbox_oldest_seconds": age(seen.untold_since),
        "intake_copies": float(seen.kept),
        "intake_oldest_seconds": age(seen.kept_since),
        "intake_quarantined": float(seen.quarantined),
        "tickets_unreconciled": float(seen.unreconciled),
        "tickets_unreconciled_oldest_seconds": age(seen.unreconciled_since),
    }
    if seen.compared_at is not None:
        found["tickets_compared_seconds"] = age(seen.compared_at)
    return {(name, ()): value for name, value in found.items()}


async def _command_log(services: Services) -> Values:
    commands = services.commands
    pending = commands.outstanding()
    oldest = min((command.due_since for command in pending), default=services.clock())
    return {
        ("command_log_pending", ()): float(len(pending)),
        ("command_log_oldest_seconds", ()): (services.clock() - oldest).total_seconds(),
        ("command_log_quarantined", ()): float(await asyncio.to_thread(commands.quarantined)),
        ("command_log_unlisted", ()): float(len(services.started)),
    }
