"""A day as a phone takes it along to where there is no network."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from textwrap import shorten
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES
from api.http.text import Day
from api.people.errands import stop_view
from api.people.planning import Gathered, gathered
from api.people.refused import refused_view
from api.people.road import DayArticleView, DayView, DayVisitView
from api.people.work import work_fields
from api.visit.report_schemas import RefusedReportView
from models.db.engine import Session
from models.db.knowledge.reads import Article, ArticleReads
from models.db.market.work import WorkItem
from models.db.visit.refused import RefusedReport, RefusedReports

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
_MOST_ARTICLES, _LONGEST_TITLE = 10, 80
"""Of one model; signs."""
_Articles = Mapping[str, Sequence[Article]]
"""By model."""
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
    request: Request,
    services: With,
    response: Response,
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

    def look(session: Session) -> tuple[Gathered, _Articles, list[RefusedReport]]:
        found = gathered(session, principal.subject, day, now)
        models = {item.model_id for item in found.items if item.model_id}
        known = ArticleReads(session).for_models(models, principal.subject, _MOST_ARTICLES)
        return found, known, RefusedReports(session).to_see(principal.subject, now)

    found, known, refused = await services.reads.run(look)
    view = _view(found, known, [refused_view(request, one) for one in refused])
    document = view.model_dump_json()
    tag = f'"{sha256(document.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == "*" or tag in _OPAQUE.findall(if_none_match or ""):
        return Response(status_code=304, headers=headers)
    return Response(document, media_type="application/json", headers=headers)


def _view(found: Gathered, articles: _Articles, refused: list[RefusedReportView]) -> DayView:
    def about(item: WorkItem) -> list[DayArticleView]:
        return [_article(one) for one in articles.get(item.model_id or "", ())]

    return DayView(
        date=found.day,
        tz=found.tz,
        visits=[DayVisitView(**work_fields(item), articles=about(item)) for item in found.items],
        stops=[stop_view(errand) for errand in found.errands],
        refused_reports=refused,
    )


def _article(article: Article) -> DayArticleView:
    first = article.body.strip().partition("\n")[0].strip()
    title = shorten(first, _LONGEST_TITLE, placeholder="…")
    return DayArticleView(id=article.id, state=article.state, title=title, body=article.body)
