"""A day as a phone takes it along to where there is no network."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES
from api.http.tags import IfNoneMatch, unless_known
from api.http.text import Day
from api.people.errands import stop_view
from api.people.planning import gathered
from api.people.road import DayView
from api.people.work import articles_for, work_view
from models.db.engine import Session

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
    services: With,
    day: Annotated[
        Day | None,
        Query(alias="date", description="YYYY-MM-DD, where you live; today, if not said."),
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Visits with address and contact, your notes, articles about the model, what is expected of
    you next, and errands: in one answer, to be kept for where there is no network."""
    now = services.clock()

    def read(session: Session) -> DayView:
        found = gathered(session, principal.subject, day, now)
        articles = articles_for(session, found.items, principal.subject)
        return DayView(
            date=found.day,
            tz=found.tz,
            visits=[work_view(item, articles) for item in found.items],
            stops=[stop_view(errand) for errand in found.errands],
        )

    return unless_known(await services.reads.run(read), if_none_match)
