"""Files of visits: which reports name them, whether their bytes are here, and which are missing.

The bytes themselves are in the store of files (`models/db/files`). A report that was refused names
nothing: its names are taken back, and a file that nobody names is not there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models import subject
from models.actor import SYSTEM, Actor
from models.base import Value
from models.db.effect import record_next
from models.db.visit.tables import FileRow, NamedFileRow, WorkReportRow
from models.events.visit import ProofComplete, ProofFacts, ProofMissing
from models.identity import derived_id
from models.proof import FileKind, FileType


class NewFile(Value):
    """What a report says of a file."""

    kind: FileKind
    sha256: str
    media_type: str | None = None
    size: int | None = None
    taken_at: datetime | None = None


class Naming(Value):
    """That a report names files. `client_event_id` is the name that histories have for it."""

    report_id: str
    ticket_id: str
    visit_id: str
    expert_id: str
    client_event_id: str
    named_at: datetime
    files: tuple[NewFile, ...]


class FileRepository:
    """What becomes of files."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def name(self, naming: Naming) -> None:
        """Expect the files that a report names. One that another report names too is the same
        file; one that only a refused report named is as new."""
        rows: dict[str, dict[str, Any]] = {}
        for new in naming.files:
            identifier = file_id(naming.visit_id, new.sha256)
            where = naming.model_dump(include={"ticket_id", "visit_id", "named_at"})
            rows.setdefault(identifier, {**new.model_dump(), "id": identifier, **where})
        if not rows:
            return
        file = upsert(FileRow).values([rows[identifier] for identifier in sorted(rows)])
        said = ("kind", "media_type", "size", "taken_at", "named_at")
        nobody = ~exists().where(col(NamedFileRow.file_id) == col(FileRow.id))
        self._session.execute(
            file.on_conflict_do_update(
                index_elements=["id"],
                set_={name: file.excluded[name] for name in said},
                where=nobody & col(FileRow.stored_at).is_(None),
            )
        )
        sender = naming.model_dump(include={"report_id", "expert_id", "client_event_id"})
        self._session.execute(
            upsert(NamedFileRow)
            .values([{"file_id": identifier, **sender} for identifier in sorted(rows)])
            .on_conflict_do_nothing()
        )

    def unname(self, expert_id: str, client_event_id: str) -> None:
        """Expect no more what a report named that was refused. Bytes that came stay."""
        row = NamedFileRow
        pending = select(col(FileRow.id)).where(col(FileRow.stored_at).is_(None))
        self._session.execute(
            delete(row).where(
                col(row.expert_id) == expert_id,
                col(row.client_event_id) == client_event_id,
                col(row.file_id).in_(pending),
            )
        )

    def stored(self, file_id: str, came: FileType, size: int, by: Actor, at: datetime) -> bool:
        """The bytes of a file are in the store, which has answered; False if they were before."""
        row = FileRow
        new = self._session.scalar(
            update(row)
            .where(col(row.id) == file_id, col(row.stored_at).is_(None))
            .values(stored_at=at, media_type=came, size=size)
            .returning(col(row.id))
        )
        if new is None:
            return False
        names = select(col(NamedFileRow.report_id)).where(col(NamedFileRow.file_id) == file_id)
        for report in self._locked(self._session.scalars(names).all()):
            if not self._pending(report):
                self._happened(report, ProofComplete(**report.stated), by, at)
        return True

    def missed(self, report_id: str, at: datetime) -> bool:
        """Have a person look at the files of a report that are not here; False if somebody has."""
        row = NamedFileRow
        for report in self._locked([report_id]):
            pending = self._pending(report)
            new = self._session.scalars(
                update(row)
                .where(
                    col(row.report_id) == report_id,
                    col(row.file_id).in_(pending),
                    col(row.missed_at).is_(None),
                )
                .values(missed_at=at)
                .returning(col(row.file_id))
            ).all()
            if new:
                facts = ProofMissing(**report.stated, files=len(pending))
                self._happened(report, facts, SYSTEM, at)
                return True
        return False

    def _locked(self, report_ids: Sequence[str]) -> list["_Report"]:
        """Reports in the order of their locks: of two files that come at once, the later one sees
        that it is the last."""
        row = WorkReportRow
        found = self._session.execute(
            select(col(row.id), col(row.ticket_id), col(row.visit_id), col(row.expert_id))
            .where(col(row.id).in_(report_ids))
            .order_by(col(row.id))
            .with_for_update()
        )
        return [_Report(*columns) for columns in found]

    def _pending(self, report: "_Report") -> Sequence[str]:
        """The files of a report that are not here."""
        return self._session.scalars(
            select(col(FileRow.id))
            .join(NamedFileRow, col(NamedFileRow.file_id) == col(FileRow.id))
            .where(col(NamedFileRow.report_id) == report.id, col(FileRow.stored_at).is_(None))
        ).all()

    def _happened(self, report: "_Report", facts: ProofFacts, by: Actor, at: datetime) -> None:
        about = subject.ticket(report.ticket_id)
        record_next(self._session, about, facts, by, at, aggregate=report.id)


class _Report(NamedTuple):
    """Whose files are looked at."""

    id: str
    ticket_id: str
    visit_id: str
    expert_id: str

    @property
    def stated(self) -> dict[str, str]:
        """What every event of its files says."""
        return {
            "report_id": self.id,
            "visit_id": self.visit_id,
            "expert_id": self.expert_id,
        }


def file_id(visit_id: str, sha256: str) -> str:
    """The file of a visit that has these bytes: of another visit it is another one, for nobody gets
    a customer's picture by knowing its hash."""
    return derived_id("fil", visit_id, sha256)
