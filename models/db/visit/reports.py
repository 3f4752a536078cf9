"""What experts report: under which id, and what they left at the end of their visits."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.base import Value
from models.db.visit.files import FileRepository, Naming, NewFile
from models.db.visit.tables import FieldReportRow, WorkReportRow
from models.identity import derived_id
from models.proof import FileKind


class ReportName(Value):
    """What an expert's phone calls a report; `content` is the hash of all that makes it this
    report, and `received_at` when it first came."""

    expert_id: str
    client_event_id: str
    content: str
    received_at: datetime

    @property
    def event_id(self) -> str:
        """The name that histories have for it: the phone's own may say anything."""
        return derived_id("cev", self.expert_id, self.client_event_id)


def named(session: Session, name: ReportName) -> ReportName:
    """The report that has a name: this one, if none had it before."""
    session.execute(upsert(FieldReportRow).values(name.model_dump()).on_conflict_do_nothing())
    row = session.get(FieldReportRow, (name.expert_id, name.client_event_id))
    assert row is not None, "it was there, or is now"
    return ReportName.model_validate(row, from_attributes=True)


def known_by(session: Session, expert_id: str, event_id: str, since: datetime) -> ReportName | None:
    """The report of an expert for which histories have this name, if it came since then and still
    stands for something."""
    row = FieldReportRow
    found = session.scalars(
        select(row).where(col(row.expert_id) == expert_id, col(row.received_at) >= since)
    )
    names = (ReportName.model_validate(one, from_attributes=True) for one in found)
    return next((name for name in names if name.event_id == event_id), None)


def contents(session: Session, expert_id: str, names: Collection[str]) -> dict[str, str]:
    """The contents of an expert's reports, by what their phone calls them."""
    kept = FieldReportRow
    found = session.scalars(
        select(kept).where(col(kept.expert_id) == expert_id, col(kept.client_event_id).in_(names))
    )
    return {row.client_event_id: row.content for row in found}


def unnamed(session: Session, name: ReportName) -> None:
    """Let go of the name of a report that was refused, whenever it came first: nothing came of it,
    and nobody waits for its files. Of another report under that name it lets nothing go."""
    row = FieldReportRow
    gone = session.scalar(
        delete(row)
        .where(
            col(row.expert_id) == name.expert_id,
            col(row.client_event_id) == name.client_event_id,
            col(row.content) == name.content,
        )
        .returning(col(row.content))
    )
    if gone is not None:
        FileRepository(session).unname(name.expert_id, name.event_id)


class KeptReport(Value):
    """Notes, parts that were used, parts that are needed, photos and a signature, as they were
    sent, and what others may learn of it; the id names these very words. `client_event_id` is the
    name that histories have for the report."""

    id: str
    ticket_id: str
    visit_id: str
    expert_id: str
    written_at: datetime
    notes: str
    parts: list[dict[str, Any]]
    parts_needed: list[dict[str, Any]] = []
    photos: list[dict[str, Any]]
    signature: dict[str, Any] | None
    client_event_id: str
    kb_note: str | None = None


class WorkWords(NamedTuple):
    """What an expert wrote of their work on a visit, and which parts they used, or need."""

    expert_id: str
    written_at: datetime
    notes: str
    parts: list[dict[str, Any]]
    parts_needed: list[dict[str, Any]]


def words_of(session: Session, visit_id: str) -> list[WorkWords]:
    """What experts wrote of their work on a visit, the oldest first."""
    row = WorkReportRow
    found = session.execute(
        select(
            *(col(row.expert_id), col(row.written_at), col(row.notes)),
            *(col(row.parts), col(row.parts_needed)),
        )
        .where(col(row.visit_id) == visit_id)
        .order_by(col(row.written_at), col(row.id))
    )
    return [WorkWords(*columns) for columns in found]


def keep_report(session: Session, report: KeptReport) -> None:
    """Keep what an expert left behind, and which files belong to it; the same id keeps it once."""
    columns = report.model_dump()
    session.execute(upsert(WorkReportRow).values(columns).on_conflict_do_nothing())
    FileRepository(session).name(
        Naming(
            **report.model_dump(include={"ticket_id", "visit_id", "expert_id", "client_event_id"}),
            report_id=report.id,
            named_at=report.written_at,
            files=tuple(_files(report)),
        )
    )


def _files(report: KeptReport) -> Iterator[NewFile]:
    for photo in report.photos:
        yield NewFile(kind=FileKind.PHOTO, **photo)
    if (signature := report.signature) is not None:
        signed_at = signature.get("signed_at")
        yield NewFile(kind=FileKind.SIGNATURE, **signature, taken_at=signed_at)
