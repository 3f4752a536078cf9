"""A day as a phone takes it along to where there is no network."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES
from api.http.tags import IfNoneMatch, unless_known
from api.http.text import Day
from api.people.errands import stop_view
from api.people.planning import gathered
from api.people.refused import refused_view
from api.people.road import DayView
from api.people.work import articles_for, work_view
from models.db.engine import Session
from models.db.visit.refused import RefusedReports

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.get(
    "/me/day",
    summary="Read all of a day",
    response_model=DayView,
    responses={304: {"description": "It is as you have it."}},
)
async def read_day(
    principal: Expert,
    request: Request,
    services: With,
    day: Annotated[
        Day | None,
        Query(alias="date", description="YYYY-MM-DD, where you live; today, if not said."),
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Visits with address and contact, your notes, articles about the model, what is expected of
    you next, errands, and what was refused after it was accepted: in one answer, to be kept for
    where there is no network."""
    now = services.clock()

    def read(session: Session) -> DayView:
        found = gathered(session, principal.subject, day, now)
        articles = articles_for(session, found.items, principal.subject)
        refused = RefusedReports(session).to_see(principal.subject, now)
        return DayView(
            date=found.day,
            tz=found.tz,
            visits=[work_view(item, articles) for item in found.items],
            stops=[stop_view(errand) for errand in found.errands],
            refused_reports=[refused_view(request, one) for one in refused],
        )

    return unless_known(await services.reads.run(read), if_none_match)
