"""What was accepted of an expert's reports and is refused since, shown where they look anyway."""

from fastapi import APIRouter, Depends, Request

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES, document_of
from api.visit.report_schemas import RefusedReportView
from models.db.visit.refused import RefusedReport, RefusedReports
from models.errors import NotFound
from models.identity import RefusedReportId

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.delete(
    "/me/refused-reports/{refused_id}",
    status_code=204,
    summary="Say that you have seen why a report was refused",
)
async def see_refused_report(
    refused_id: RefusedReportId, principal: Expert, services: With
) -> None:
    """It is not shown any more. Said again, nothing changes."""
    now, who = services.clock(), principal.subject
    if not await services.reads.write(lambda s: RefusedReports(s).seen(who, refused_id, now)):
        raise NotFound("refused-report-unknown", "There is no such refused report of yours.")


def refused_view(request: Request, report: RefusedReport) -> RefusedReportView:
    """A refusal as its sender would have been answered. It is the same whenever it is read."""
    document = document_of(request, report.refusal())
    path = f"/v1/visits/{report.visit_id}/events"
    return RefusedReportView(
        **report.model_dump(include={"visit_id", "client_event_id", "occurred_at", "refused_at"}),
        id=report.id,
        type=report.kind,
        problem=document.model_copy(update={"instance": path, "trace_id": ""}),
    )
