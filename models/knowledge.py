"""What somebody learned at one customer's and others may need at the next."""

from enum import StrEnum


class ArticleState(StrEnum):
    """How far an article is from being read by others: a draft is for its author and the helpdesk,
    what is published for every expert."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
