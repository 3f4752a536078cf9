"""What experts left at the end of their visits."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session

from models.base import Value
from models.db.visit.tables import WorkReportRow


class KeptReport(Value):
    """Notes, parts, photos and a signature, as they were sent; the id names these very words."""

    id: str
    ticket_id: str
    visit_id: str
    expert_id: str
    written_at: datetime
    notes: str
    parts: list[dict[str, Any]]
    photos: list[dict[str, Any]]
    signature: dict[str, Any] | None


def keep_report(session: Session, report: KeptReport) -> None:
    """Keep what an expert left behind; the same id keeps it once."""
    session.execute(upsert(WorkReportRow).values(report.model_dump()).on_conflict_do_nothing())
