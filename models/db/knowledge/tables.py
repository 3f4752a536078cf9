"""What was learned."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant


class ArticleRow(SQLModel, table=True):
    """An article, and the report that it was first written in."""

    __tablename__ = "articles"
    __table_args__ = (
        Index("articles_by_time", "created_at", "id"),
        Index("articles_by_ticket", "ticket_id"),
        Index("articles_by_model", "model_id"),
        Index("articles_by_author", "author_id"),
    )

    id: str = Field(primary_key=True)
    state: str
    version: int
    ticket_id: str
    visit_id: str
    report_id: str
    model_id: str | None = None
    category: str | None = None
    author_id: str
    body: str
    created_at: datetime = Field(sa_type=Instant)
