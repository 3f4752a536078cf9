"""When customers are told that their experts are there: reckoned once, and kept with the news."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import select, text
from sqlmodel import Session, col

from models.base import Value
from models.db.engine import Database
from models.db.message.tables import NotificationRow
from models.db.people.departures import on_the_way_to
from models.db.tables import EventRow
from models.people.route import Arrival
from models.people.travel import TravelSource
from models.recorded import Recorded

ON_THE_WAY, LATE = "visit.on_the_way", "visit.running_late"
"""The messages that say when somebody is there."""
_KEEP = """with kept as (
    update notifications set facts = facts || %(expected)s::jsonb
    where id = %(id)s and not facts ? 'eta' returning facts)
select facts from kept
union all (select facts from notifications where id = %(id)s and not exists (select from kept))"""


class Awaited(NamedTuple):
    """News that somebody is on the way: to which visit, who, and since when; `facts` are those of
    its message."""

    template: str
    ticket_id: str
    visit_id: str
    expert_ids: Sequence[str]
    moment: datetime
    facts: dict[str, str]


class ExpectedArrival(Value):
    """When an expert is there, as their customer was told, or is about to be; who says how long
    the way takes, and the place of that server in the chain."""

    expert_id: str
    at: datetime
    source: Recorded[TravelSource]
    server: int | None = None


def awaited(session: Session, notification_id: str) -> Awaited | None:
    """The news of a message; None, if it tells of nobody who is on the way."""
    row = NotificationRow
    found = session.execute(
        select(col(row.template), col(row.ticket_id), col(row.facts), col(EventRow.occurred_at))
        .join(EventRow, col(EventRow.id) == col(row.event_id))
        .where(col(row.id) == notification_id)
    ).one_or_none()
    if found is None or found.template not in (ON_THE_WAY, LATE):
        return None
    visit_id, named = found.facts["visit_id"], found.facts.get("expert_id")
    experts = [named] if named else on_the_way_to(session, visit_id)
    known = (found.template, found.ticket_id, visit_id)
    return Awaited(*known, experts, found.occurred_at, found.facts)


def expect(
    database: Database, notification_id: str, expert_id: str, arrival: Arrival
) -> dict[str, str]:
    """Keep when somebody is there with the message that says so; the facts of that message as they
    are then. What was kept before stays, and is what is told again."""
    expected: dict[str, Any] = {
        "eta": arrival.at.isoformat(),
        "eta_expert_id": expert_id,
        "eta_from": arrival.origin,
        "eta_source": arrival.trip.source,
    }
    if arrival.trip.server is not None:
        expected["eta_server"] = str(arrival.trip.server)
    values = {"id": notification_id, "expected": to_json(expected).decode()}
    facts: dict[str, str] = database.at_once(_KEEP, values)
    return facts


def expected_of(session: Session, ticket_id: str) -> dict[str, list[ExpectedArrival]]:
    """When experts are there, by visit of a ticket, as was last told of each of them."""
    row = NotificationRow
    found = session.execute(
        select(col(row.facts))
        .join(EventRow, col(EventRow.id) == col(row.event_id))
        .where(
            col(row.ticket_id) == ticket_id,
            col(row.template).in_((ON_THE_WAY, LATE)),
            text("notifications.facts ? 'eta'"),
        )
        .order_by(col(EventRow.seq))
    )
    told: dict[str, dict[str, ExpectedArrival]] = defaultdict(dict)
    for (facts,) in found:
        told[facts["visit_id"]][facts["eta_expert_id"]] = _expected(facts)
    return {visit_id: list(each.values()) for visit_id, each in told.items()}


def _expected(facts: dict[str, str]) -> ExpectedArrival:
    return ExpectedArrival(
        expert_id=facts["eta_expert_id"],
        at=datetime.fromisoformat(facts["eta"]),
        source=facts["eta_source"],
        server=int(facts["eta_server"]) if "eta_server" in facts else None,
    )
