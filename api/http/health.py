"""Whether we live, and whether we are ready."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from api.http.dependencies import With
from api.http.policy import public
from api.http.services import Services
from api.intake.looking import bounded
from models.db.catalogue.reads import ReferenceReads
from models.errors import DomainError
from temporal.queues import TICKETS

router = APIRouter(tags=["operations"])
_GLANCE = timedelta(seconds=1)
_ASKS_WITHIN, _LIES_ABOUT = timedelta(seconds=75), timedelta(seconds=10)
"""Temporal lets a worker wait for a minute, then it asks again; a task waits for no such time."""


class Health(BaseModel):
    """What works: `ok` or the code of what does not."""

    status: Literal["ok", "impaired", "not-ready"]
    parts: dict[str, str]


@router.get("/healthz", summary="Is the process alive?")
@public
async def check_health() -> Health:
    """It is, if it answers."""
    return Health(status="ok", parts={})


@router.get("/readyz", summary="Can the process do its work?", responses={503: {"model": Health}})
@public
async def check_readiness(response: Response, services: With) -> Health:
    """200 as long as tickets are accepted, `ok` or `impaired`; every part says how it is."""
    temporal, workers, postgres, files = await asyncio.gather(
        temporal_stands(services), workers_stand(services), _postgres(services), _files(services)
    )
    seals = await asyncio.to_thread(services.keyring.seals, services.clock())
    parts = {
        "temporal": temporal,
        "workers": workers,
        "postgres": postgres,
        "files": files,
        "command_log": "ok" if services.commands.is_durable else "disk-refuses",
        "intake_keys": "ok" if seals else "intake-key-unusable",
    }
    if seals and not services.keyring.is_writable:
        parts["intake_keys"] = "directory-unwritable"
    kept_somewhere = services.commands.outlives_us or "ok" in (temporal, postgres)
    ready = kept_somewhere and seals
    response.status_code = 200 if ready else 503
    whole = all(part == "ok" for part in parts.values())
    return Health(status="ok" if whole else "impaired" if ready else "not-ready", parts=parts)


async def temporal_stands(services: Services) -> str:
    """`ok`, or the code of what is wrong with Temporal."""
    try:
        alive = await bounded(services.temporal.service_client.check_health(retry=True), _GLANCE)
    except DomainError as error:
        return error.code
    return "ok" if alive else "engine-unavailable"


async def workers_stand(services: Services) -> str:
    """Somebody asked for tickets' tasks as late as whoever lives does, and none lies about."""
    temporal = services.temporal
    queue = DescribeTaskQueueRequest(
        namespace=temporal.namespace,
        task_queue=TaskQueue(name=TICKETS),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        report_stats=True,
    )
    try:
        known = await bounded(
            temporal.workflow_service.describe_task_queue(queue, timeout=_GLANCE), _GLANCE
        )
    except DomainError as error:
        return error.code
    since = datetime.now(UTC) - _ASKS_WITHIN
    asked = (p.last_access_time.ToDatetime(UTC) for p in known.pollers)
    if not any(at > since for at in asked):
        return "nobody-works"
    lies = known.stats.approximate_backlog_age.ToTimedelta()
    return "nobody-works" if lies > _LIES_ABOUT else "ok"


async def _postgres(services: Services) -> str:
    try:
        await services.reads.run(ReferenceReads.probe)
    except DomainError as error:
        return error.code
    return "ok"


async def _files(services: Services) -> str:
    try:
        await services.files.check(_GLANCE.total_seconds())
    except DomainError as error:
        return error.code
    return "ok"
