"""Whether we live, whether we are ready, what we count."""

from datetime import timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.http.dependencies import With
from api.http.middleware import render_metrics
from api.http.policy import public
from api.intake.commands import bounded
from models.db.catalogue.reads import ReferenceReads
from models.errors import DomainError

router = APIRouter(tags=["operations"])
_GLANCE = timedelta(seconds=1)


class Health(BaseModel):
    """What works: `ok` or the code of what does not."""

    status: str
    parts: dict[str, str]


@router.get("/healthz", summary="Is the process alive?")
@public
async def healthz() -> Health:
    """It is, if it answers."""
    return Health(status="ok", parts={})


@router.get("/readyz", summary="Can the process do its work?", responses={503: {"model": Health}})
@public
async def readyz(response: Response, services: With) -> Health:
    """200 as long as tickets are accepted; every part says how it is."""
    parts = {"temporal": "ok", "postgres": "ok", "command_log": "ok"}
    try:
        alive = await bounded(services.temporal.service_client.check_health(retry=True), _GLANCE)
        parts["temporal"] = "ok" if alive else "engine-unavailable"
    except DomainError as error:
        parts["temporal"] = error.code
    try:
        await services.reads.run(ReferenceReads.probe)
    except DomainError as error:
        parts["postgres"] = error.code
    if not services.commands.is_durable:
        parts["command_log"] = "disk-refuses"
    ready = parts["temporal"] == "ok"
    response.status_code = 200 if ready else 503
    return Health(status="ok" if ready else "not-ready", parts=parts)


@router.get("/metrics", summary="Read the metrics", include_in_schema=False)
@public
async def metrics() -> Response:
    """In Prometheus's text format."""
    return render_metrics()
