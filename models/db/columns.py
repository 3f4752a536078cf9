"""The column types that rows share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Computed,
    DateTime,
    ForeignKey,
    SQLColumnExpression,
    String,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """`timestamptz`, always handed out in UTC whatever the session's zone is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """See base class."""
        return None if value is None else value.astimezone(UTC)


def plain(text: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """Words without case, blanks and marks, to be compared; those of marks alone, as they are."""
    letters = func.regexp_replace(func.lower(text), "[^[:alnum:]]+", "", "g")
    return func.coalesce(func.nullif(letters, ""), text)


Json: Any = JSONB(none_as_null=True)


def ticket_of_subject(*, known: bool = False) -> Column[str]:
    """The ticket that a row is about, where its subject is one; written by the database itself, and
    `known` to be there."""
    written = Computed(
        # As Postgres words it, so that a comparison finds no difference.
        "CASE WHEN ((subject_kind)::text = 'ticket'::text) THEN subject_id"
        " ELSE NULL::character varying END",
        persisted=True,
    )
    return Column(String, *([ForeignKey("tickets.id")] if known else []), written, nullable=True)
