# ruff: noqa: S608, names of tables and words are ours; values travel as parameters.
"""What experts wrote of their work on a visit, as its ticket took it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.base import Value
from models.db.visit.proof import Part
from models.events.field import REPORTS
from models.events.visit import VisitReportKept, VisitReportWithdrawn
from models.field import FactKind
from models.recorded import Recorded

_KINDS = {declared.kind: kind for kind, declared in REPORTS.items()}
_SAID = "e.ticket_id = r.ticket_id and e.facts ->> 'client_event_id' = r.client_event_id"
_WRITTEN = f"""select r.id, r.visit_id, r.expert_id, r.written_at, r.notes, r.parts,
    r.parts_needed, r.photos, r.signature, r.kb_note, taken.type, taken.reported
from work_reports r join visits v on v.id = r.visit_id cross join lateral (
    select e.type, e.facts ->> 'reported' as reported from events e
    where {_SAID} and e.type in {(*_KINDS, VisitReportKept.kind)}
    union all select case v.state when 'COMPLETED' then '{REPORTS[FactKind.COMPLETED].kind}'
        else '{REPORTS[FactKind.INCOMPLETE].kind}' end, null
    where r.client_event_id is null and r.id = v.report_id limit 1) taken
where r.visit_id = %(visit_id)s
and not exists (select from events e where {_SAID} and e.type = '{VisitReportWithdrawn.kind}')"""
"""What a ticket refused, has not taken yet, or was taken back, is not among it. Of what an earlier
release kept it is known only which one ended the visit."""
_OWN = " and r.expert_id = %(expert_id)s"
_DONE = f" and taken.type = '{REPORTS[FactKind.COMPLETED].kind}'"
"""A customer reads what was done, and not why it was not."""
_AFTER = " and (r.written_at, r.id) > (%(at)s, %(id)s)"
_IN_ORDER = " order by r.written_at, r.id limit %(limit)s"


class Written(Value):
    """Words, parts, photos and a signature that an expert left with a report; it is `recorded_only`
    if it came from somebody who may not work any more, or too late to change anything."""

    id: str
    visit_id: str
    expert_id: str
    written_at: datetime
    kind: Recorded[FactKind]
    recorded_only: bool
    notes: str
    parts: list[dict[str, Any]]
    parts_needed: list[dict[str, Any]]
    photos: list[dict[str, Any]]
    signature: dict[str, Any] | None
    kb_note: str | None


def written_of(
    session: Session, visit_id: str, part: Part, after: tuple[datetime, str] | None, limit: int
) -> list[Written]:
    """What was written of a visit that is somebody's business, the oldest first, after a
    position."""
    asked = _WRITTEN + (_OWN if part.expert_id else "") + (_DONE if part.for_customers else "")
    values: dict[str, Any] = {"visit_id": visit_id, "expert_id": part.expert_id, "limit": limit}
    if after:
        asked += _AFTER
        values |= {"at": after[0], "id": after[1]}
    found = session.connection().exec_driver_sql(asked + _IN_ORDER, values).mappings()
    return [_written(dict(row)) for row in found]


def _written(row: dict[str, Any]) -> Written:
    kept = row["type"] == VisitReportKept.kind
    kind = row["reported"] if kept else _KINDS[row["type"]]
    return Written.model_validate({**row, "kind": kind, "recorded_only": kept})
