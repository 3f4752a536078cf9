"""Reports that were accepted while nobody could answer, and are refused since: kept for whoever
sent them, who was told otherwise."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.base import Value
from models.db.visit.tables import FieldReportRow, FileRow, RefusedReportRow
from models.errors import Category, DomainError, domain_error
from models.field import FactKind
from models.identity import derived_id
from models.recorded import Recorded

SHOWN_FOR = timedelta(days=14)
"""How long a refusal is shown that nobody says they have seen (docs/rules/states.md, Refused
later)."""
_MOST = 100
"""Shown at a time, the oldest first: what is seen makes room."""


class RefusedReport(Value):
    """A report of an expert under its phone's name for it, and why it was refused; `content` is the
    hash of all that makes it this report."""

    expert_id: str
    client_event_id: str
    content: str
    visit_id: str
    kind: Recorded[FactKind] | None
    occurred_at: datetime
    category: Category
    code: str
    detail: str
    field: str | None
    evidence: dict[str, Any]
    refused_at: datetime

    @property
    def id(self) -> str:
        """The same report has one refusal, whoever hears of it, and however often."""
        return _id(self.expert_id, self.client_event_id, self.content)

    def refusal(self) -> DomainError:
        """What its sender would have been answered."""
        return domain_error(self.category, self.code, self.detail, self.field, self.evidence)


class RefusedReports:
    """The refusals of reports that their senders had let go of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, report: RefusedReport) -> None:
        """Keep why a report was refused; the first time counts."""
        values = {"id": report.id, **report.model_dump()}
        self._session.execute(upsert(RefusedReportRow).values(values).on_conflict_do_nothing())

    def of(self, expert_id: str, client_event_id: str, content: str) -> RefusedReport | None:
        """Why this very report was refused, if it was."""
        row = self._session.get(RefusedReportRow, _id(expert_id, client_event_id, content))
        return None if row is None else _read(row)

    def to_see(self, expert_id: str, now: datetime) -> list[RefusedReport]:
        """What an expert is to see, the oldest first: what they have not said they saw, what is not
        too old, and of which no other report was made since under its name, nor the file brought
        that has it for a hash."""
        row, name = RefusedReportRow, FieldReportRow
        mended = exists().where(
            col(name.expert_id) == col(row.expert_id),
            col(name.client_event_id) == col(row.client_event_id),
            col(name.received_at) > col(row.refused_at),
        )
        file = FileRow
        brought = exists().where(
            col(file.visit_id) == col(row.visit_id),
            col(file.sha256) == col(row.client_event_id),
            col(file.stored_at).is_not(None),
        )
        found = self._session.scalars(
            select(row)
            .where(
                col(row.expert_id) == expert_id,
                col(row.refused_at) > now - SHOWN_FOR,
                col(row.seen_at).is_(None),
                ~mended,
                ~brought,
            )
            .order_by(col(row.refused_at), col(row.id))
            .limit(_MOST)
        )
        return [_read(one) for one in found]

    def seen(self, expert_id: str, refused_id: str, now: datetime) -> bool:
        """An expert has seen a refusal; whether there is such a one of theirs. Again, nothing
        changes."""
        row = RefusedReportRow
        own = (col(row.id) == refused_id, col(row.expert_id) == expert_id)
        self._session.execute(
            update(row).where(*own, col(row.seen_at).is_(None)).values(seen_at=now)
        )
        return self._session.scalar(select(col(row.id)).where(*own)) is not None

    def sweep(self, before: datetime) -> None:
        """Forget what was refused before an instant."""
        row = RefusedReportRow
        self._session.execute(delete(row).where(col(row.refused_at) < before))


def _id(expert_id: str, client_event_id: str, content: str) -> str:
    return derived_id("rfr", expert_id, client_event_id, content)


def _read(row: RefusedReportRow) -> RefusedReport:
    return RefusedReport.model_validate(row, from_attributes=True)
