"""The short way to a workflow's instructions: links in messages know its id, never its run."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api.http.dependencies import With
from api.intake.looking import bounded
from api.web.desk.refused import Refused
from models.errors import NotFound, Unavailable
from temporal.client import IMPATIENCE

_LONGEST_ID = 1000

router = APIRouter()


@router.get("/go/{workflow_id:path}")
async def go(request: Request, workflow_id: str, services: With) -> Response:
    """To the tab of the workflow's latest run that says what to do.

    Raises:
        Refused: 404, there is no such workflow; 503, Temporal is away.
    """
    if not 0 < len(workflow_id) <= _LONGEST_ID:
        raise _unknown()
    handle = services.temporal.get_workflow_handle(workflow_id)
    try:
        described = await bounded(handle.describe(rpc_timeout=IMPATIENCE), IMPATIENCE)
    except NotFound:
        raise _unknown() from None
    except Unavailable:
        raise Refused(
            503,
            "Temporal does not answer",
            "Nothing is lost. Try again in a few seconds.",
            retry_after=5,
        ) from None
    namespace = quote(services.temporal_namespace, safe="")
    run = quote(described.run_id, safe="")
    place = f"/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}/{run}"
    return RedirectResponse(f"{place}/user-metadata", HTTPStatus.FOUND)


def _unknown() -> Refused:
    return Refused(
        404,
        "There is no such workflow",
        "The link may be incomplete: copy the whole of it. Workflows that ended long ago are gone.",
    )
