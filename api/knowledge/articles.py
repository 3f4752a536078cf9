"""Articles: so far drafts, for their author and for whoever reviews them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.http.dependencies import ExpertOrStaff, With, known_parameters
from api.http.ids import ArticleRef, CodeRef, ExpertRef, TicketRef, VisitRef
from api.http.paging import Cursor, Limit, Page, decode_moment, page_of
from api.http.problems import RESPONSES
from models.actor import Role
from models.db.knowledge.reads import Article, ArticleReads
from models.errors import NotFound
from models.identity import ArticleId, Code, TicketId
from models.knowledge import ArticleState
from models.recorded import Recorded

router = APIRouter(
    prefix="/kb/articles",
    tags=["knowledge"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


class ArticleSummary(BaseModel):
    """An article in a list: what it is about, and who wrote it."""

    id: ArticleRef
    state: Recorded[ArticleState]
    version: int
    ticket_id: TicketRef
    visit_id: VisitRef
    model_id: CodeRef | None
    category: CodeRef | None
    author_id: ExpertRef
    created_at: datetime


class ArticleView(ArticleSummary):
    """An article, with what it says."""

    body: str


@router.get("", summary="List articles, the newest first")
async def list_articles(
    principal: ExpertOrStaff,
    services: With,
    state: Annotated[ArticleState | None, Query()] = None,
    model_id: Annotated[Code | None, Query()] = None,
    ticket_id: Annotated[TicketId | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ArticleSummary]:
    """What you wrote yourself; the helpdesk sees everybody's."""
    before = decode_moment(cursor)
    mine = principal.subject if principal.role is Role.EXPERT else None
    found = await services.reads.run(
        lambda s: ArticleReads(s).articles(
            state=state,
            model_id=model_id,
            ticket_id=ticket_id,
            author_id=mine,
            before=before,
            limit=limit + 1,
        )
    )
    return page_of(found, limit, lambda one: [one.created_at.isoformat(), one.id], _summary)


@router.get("/{article_id}", summary="Read an article")
async def read_article(
    article_id: ArticleId, principal: ExpertOrStaff, services: With
) -> ArticleView:
    """Whole. A draft is for whoever wrote it, and for the helpdesk; what is published is for every
    expert."""
    found = await services.reads.run(lambda s: ArticleReads(s).article(article_id))
    theirs = found is not None and (
        principal.role.is_staff
        or found.author_id == principal.subject
        or found.state is ArticleState.PUBLISHED
    )
    if found is None or not theirs:
        raise NotFound("article-unknown", "There is no such article.")
    return ArticleView(**found.model_dump())


def _summary(article: Article) -> ArticleSummary:
    return ArticleSummary(**article.model_dump(exclude={"body"}))
