"""Articles as they stand."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select, tuple_
from sqlmodel import Session, col

from models.base import Value
from models.db.knowledge.tables import ArticleRow
from models.db.ticket.tables import TicketRow
from models.knowledge import ArticleState
from models.recorded import Recorded

_MODEL = func.coalesce(col(ArticleRow.model_id), col(TicketRow.model_id))
_CATEGORY = func.coalesce(col(ArticleRow.category), col(TicketRow.category))
"""Found later than the report came, they are the draft's too."""


class Article(Value):
    """An article: by whom, of which ticket and model, and what it says."""

    id: str
    state: Recorded[ArticleState]
    version: int
    ticket_id: str
    visit_id: str
    model_id: str | None
    category: str | None
    author_id: str
    body: str
    created_at: datetime


class ArticleReads:
    """What was learned."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def article(self, article_id: str) -> Article | None:
        """An article."""
        query = _ARTICLES.where(col(ArticleRow.id) == article_id)
        found = self._session.execute(query).one_or_none()
        return None if found is None else _article(*found)

    def articles(
        self,
        *,
        state: ArticleState | None,
        model_id: str | None,
        ticket_id: str | None,
        author_id: str | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Article]:
        """Articles, the newest first, before a position."""
        query = _ARTICLES.order_by(col(ArticleRow.created_at).desc(), col(ArticleRow.id).desc())
        if state:
            query = query.where(col(ArticleRow.state) == state)
        if model_id:
            query = query.where(_MODEL.is_not_distinct_from(model_id))
        if ticket_id:
            query = query.where(col(ArticleRow.ticket_id) == ticket_id)
        if author_id:
            query = query.where(col(ArticleRow.author_id) == author_id)
        if before:
            position = tuple_(col(ArticleRow.created_at), col(ArticleRow.id))
            query = query.where(position < before)
        return [_article(*row) for row in self._session.execute(query.limit(limit))]

    def for_models(
        self, model_ids: Collection[str], expert_id: str, most: int
    ) -> dict[str, list[Article]]:
        """What an expert may read about each model, the newest first, so many at the most: what is
        published, and their own drafts."""
        state, author = col(ArticleRow.state), col(ArticleRow.author_id)
        own = and_(state == ArticleState.DRAFT, author == expert_id)
        place = (
            func.row_number()
            .over(partition_by=_MODEL, order_by=(col(ArticleRow.created_at).desc(), _ID.desc()))
            .label("place")
        )
        ranked = (
            select(_ID, place)
            .outerjoin(TicketRow, col(TicketRow.id) == col(ArticleRow.ticket_id))
            .where(_MODEL.in_(model_ids), or_(state == ArticleState.PUBLISHED, own))
            .subquery()
        )
        query = (
            _ARTICLES.join(ranked, ranked.c.id == _ID)
            .where(ranked.c.place <= most)
            .order_by(ranked.c.place)
        )
        found: dict[str, list[Article]] = {model_id: [] for model_id in model_ids}
        for row in self._session.execute(query):
            article = _article(*row)
            found[article.model_id or ""].append(article)
        return found


_ID = col(ArticleRow.id)
_ARTICLES = select(ArticleRow, _MODEL, _CATEGORY).outerjoin(
    TicketRow, col(TicketRow.id) == col(ArticleRow.ticket_id)
)


def _article(row: ArticleRow, model_id: str | None, category: str | None) -> Article:
    return Article.model_validate({**row.model_dump(), "model_id": model_id, "category": category})
