"""Articles as they stand."""

from datetime import datetime

from sqlalchemy import func, select, tuple_
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


_ARTICLES = select(ArticleRow, _MODEL, _CATEGORY).outerjoin(
    TicketRow, col(TicketRow.id) == col(ArticleRow.ticket_id)
)


def _article(row: ArticleRow, model_id: str | None, category: str | None) -> Article:
    return Article.model_validate({**row.model_dump(), "model_id": model_id, "category": category})
