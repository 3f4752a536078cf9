"""A day as a phone takes it along to where there is no network."""

import re
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES
from api.http.text import Day
from api.people.errands import stop_view
from api.people.planning import Gathered, gathered
from api.people.road import DayView, DayVisitView
from api.people.work import work_fields

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
_TAG = '(W/)?"[!#-~]{0,80}"'
_OPAQUE = re.compile('"[!#-~]*"')
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        pattern=f"^([*]|{_TAG}( ?, ?{_TAG}){{0,9}})$",
        description="The ETag of the day as you have it: 304 without a body, if it is still so.",
    ),
]


@router.get(
    "/me/day",
    summary="Read all of a day",
    response_model=DayView,
    responses={304: {"description": "It is as you have it."}},
)
async def read_day(
    principal: Expert,
    services: With,
    response: Response,
    day: Annotated[
        Day | None,
        Query(alias="date", description="YYYY-MM-DD, where you live; today, if not said."),
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Visits with address and contact, your notes, what is expected of you next, and errands: in
    one answer, to be kept for where there is no network."""
    now = services.clock()
    found = await services.reads.run(lambda s: gathered(s, principal.subject, day, now))
    document = _view(found).model_dump_json()
    tag = f'"{sha256(document.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == "*" or tag in _OPAQUE.findall(if_none_match or ""):
        return Response(status_code=304, headers=headers)
    return Response(document, media_type="application/json", headers=headers)


def _view(found: Gathered) -> DayView:
    return DayView(
        date=found.day,
        tz=found.tz,
        visits=[DayVisitView(**work_fields(item), articles=[]) for item in found.items],
        stops=[stop_view(errand) for errand in found.errands],
    )
