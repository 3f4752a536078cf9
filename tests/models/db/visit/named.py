"""Reports that name files, kept in a database of their own; and what their ticket makes of them."""

import hashlib
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from models.db.engine import Database
from models.db.visit.reports import KeptReport, ReportName, keep_report, named
from models.events.field import VisitCompleted
from tests.models.rules.stories import NOW

TICKET, VISIT = "tkt_1", "vis_1"
ANA, BEN = "exp_ana", "exp_ben"
_TAKEN = """insert into events (id, subject_kind, subject_id, aggregate, seq, type, occurred_at,
    recorded_at, actor_role, actor_id, facts)
    select %(id)s, 'ticket', %(ticket)s::text, %(ticket)s::text, 1 + count(*), %(type)s, %(at)s,
    %(at)s, 'expert', 'exp_ana', %(facts)s from events where aggregate = %(ticket)s::text"""


def sha(of: str) -> str:
    """The hash of a file, by what it shows."""
    return hashlib.sha256(of.encode()).hexdigest()


def photo(of: str, **more: Any) -> dict[str, Any]:
    """A photo as a report names it."""
    known = {"name": "x.jpg", "media_type": "image/jpeg", "size": 7, "taken_at": NOW.isoformat()}
    return {**known, "sha256": sha(of), **more}


def signature(of: str) -> dict[str, Any]:
    """A signature as a report names it."""
    return {"signed_by": "Sam Roe", "sha256": sha(of), "signed_at": NOW.isoformat()}


def report(
    database: Database,
    *photos: str,
    expert: str = ANA,
    event: str = "phone-1",
    at: datetime = NOW,
    visit: str = VISIT,
    signed: str | None = None,
    **more: Any,
) -> ReportName:
    """Keep a report that names files; the name that its phone has for it."""
    name = ReportName(
        expert_id=expert, client_event_id=event, content=f"of {event}", received_at=at
    )
    kept = KeptReport(
        id=f"rpt_{expert}_{event}",
        ticket_id=TICKET,
        visit_id=visit,
        expert_id=expert,
        client_event_id=name.event_id,
        written_at=at,
        notes="Done.",
        parts=[],
        photos=[photo(of, **more) for of in photos],
        signature=signature(signed) if signed else None,
    )
    with database.unit_of_work() as session:
        assert named(session, name) == name
        keep_report(session, kept)
    return name


def taken(url: str, name: ReportName, type_: str = VisitCompleted.kind) -> None:
    """The ticket took a report, in one way or another."""
    values = {
        "id": f"evt_{type_}_{name.event_id}",
        "ticket": TICKET,
        "type": type_,
        "at": NOW,
        "facts": Jsonb({"client_event_id": name.event_id}),
    }
    with psycopg.connect(url) as session:
        session.execute(_TAKEN, values)


def happened(url: str) -> list[tuple[str, int, str, int | None]]:
    """What happened to reports: which one, its number, the kind, how many files."""
    with psycopg.connect(url, row_factory=dict_row) as session:
        found = session.execute(
            "select * from events where type like 'proof.%' order by aggregate, seq"
        )
        return [(e["aggregate"], e["seq"], e["type"], e["facts"].get("files")) for e in found]
