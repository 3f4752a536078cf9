# ruff: noqa: S608, names of tables and words are ours; values travel as parameters.
"""Files of visits as they are known: what was named by whom, and what is here of it."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from models.base import Value
from models.db.visit.files import file_id
from models.events.field import REPORTS
from models.events.visit import VisitReportKept, VisitReportWithdrawn
from models.proof import FileKind, FileState, FileType
from models.recorded import Recorded

_REPORTED = tuple(declared.kind for declared in REPORTS.values())
_HAPPENED = """exists (select from events e where e.ticket_id = f.ticket_id
    and e.facts ->> 'client_event_id' = n.client_event_id and e.type"""
_STANDS = f"not {_HAPPENED} = '{VisitReportWithdrawn.kind}')"
_COUNTS = f"""exists (select from named_files n where n.file_id = f.id
    and {_HAPPENED} in {_REPORTED}) and {_STANDS})"""
_TAKEN = f"{_HAPPENED} in {(*_REPORTED, VisitReportKept.kind)}) and {_STANDS}"
"""By its ticket, whether or not it counts: one that waits for its ticket may yet be refused."""
_FILES = f"""select f.*, {_COUNTS} as counts, named.experts
from visit_files f join lateral (
    select array_agg(distinct n.expert_id) as experts from named_files n where n.file_id = f.id
) named on named.experts is not null
where true"""
_IN_ORDER = " order by f.named_at, f.id limit %(limit)s"
_AFTER = " and (f.named_at, f.id) > (%(at)s, %(id)s)"
_NAMED = " and f.id = %(id)s"
_OF_VISIT = " and f.visit_id = %(visit_id)s"
_OWN = " and %(expert_id)s = any(named.experts)"
_SHOWN = f" and {_COUNTS} and f.media_type is distinct from '{FileType.PDF}'"
_STATES = {
    FileState.PENDING: " and f.stored_at is null",
    FileState.STORED: " and f.stored_at is not null",
}
_OLDER = " and f.named_at <= %(before)s"
_OVERDUE = f"""select n.report_id from visit_files f join named_files n on n.file_id = f.id
where f.stored_at is null and f.named_at <= %(before)s and n.missed_at is null and {_TAKEN}
group by n.report_id order by min(f.named_at), n.report_id limit %(limit)s"""
_IS_MISSED = """select exists (select from visit_files f join named_files n on n.file_id = f.id
where f.ticket_id = %(ticket_id)s and f.stored_at is null and n.missed_at is not null)"""


class KnownFile(Value):
    """A file of a visit. `experts` are those whose reports name it; it `counts` once one of these
    reports does. `media_type` and `size` are as named, or as they came."""

    id: str
    ticket_id: str
    visit_id: str
    sha256: str
    kind: Recorded[FileKind]
    media_type: str | None
    size: int | None
    taken_at: datetime | None
    named_at: datetime
    stored_at: datetime | None
    experts: tuple[str, ...]
    counts: bool

    @property
    def state(self) -> FileState:
        """Whether its bytes are here."""
        return FileState.PENDING if self.stored_at is None else FileState.STORED

    @property
    def is_for_customers(self) -> bool:
        """Whether the customer may have a copy: of what counts, and can be made anew without what
        it says of places."""
        return self.counts and self.media_type != FileType.PDF


class Part(NamedTuple):
    """Which files of a visit somebody may know: all, those that one expert named, those that
    customers see."""

    expert_id: str | None = None
    for_customers: bool = False


EVERY_FILE = Part()
Position = tuple[datetime, str]


class FileReads:
    """What is known of files."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def file(self, visit_id: str, sha256: str) -> KnownFile | None:
        """A file of a visit, if any report names it."""
        found = self._files(_FILES + _NAMED, id=file_id(visit_id, sha256))
        return found[0] if found else None

    def of_visit(
        self, visit_id: str, part: Part, after: Position | None, limit: int
    ) -> list[KnownFile]:
        """The files of a visit in the order in which they were named, after a position."""
        asked = _FILES + _OF_VISIT
        if part.expert_id is not None:
            asked += _OWN
        if part.for_customers:
            asked += _SHOWN
        return self._page(asked, after, limit, visit_id=visit_id, expert_id=part.expert_id)

    def everywhere(
        self, state: FileState | None, before: datetime | None, after: Position | None, limit: int
    ) -> list[KnownFile]:
        """Files of every visit in the order in which they were named: in a state, and named no
        later than a moment, if these are given."""
        asked = _FILES + (_STATES[state] if state else "")
        return self._page(asked + (_OLDER if before else ""), after, limit, before=before)

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """The reports that named a file by then which is not here, and of which nobody was told;
        the oldest first. Only of those that their ticket took."""
        asked = {"before": before, "limit": limit}
        found = self._session.connection().exec_driver_sql(_OVERDUE, asked)
        return list(found.scalars())

    def are_missed(self, ticket_id: str) -> bool:
        """Whether a person is to look at files of a ticket that did not come."""
        asked = {"ticket_id": ticket_id}
        return bool(self._session.connection().exec_driver_sql(_IS_MISSED, asked).scalar())

    def _page(
        self, asked: str, after: Position | None, limit: int, **values: Any
    ) -> list[KnownFile]:
        if after:
            asked += _AFTER
            values |= {"at": after[0], "id": after[1]}
        return self._files(asked + _IN_ORDER, **values, limit=limit)

    def _files(self, asked: str, **values: Any) -> list[KnownFile]:
        found = self._session.connection().exec_driver_sql(asked, values).mappings()
        return [KnownFile.model_validate(dict(row)) for row in found]
