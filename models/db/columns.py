"""The column types that rows share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Computed, DateTime, ForeignKey, String
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
