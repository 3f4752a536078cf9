"""What is known of a closed door: until when somebody waits before it, and whether its customer
said that they are coming."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from models.actor import Role
from models.db.tables import EventRow
from models.events.incident import CustomerComing, DoorKnocked
from models.ticket import TimerName


def waits_until(timers: Iterable[Mapping[str, Any]], visit_id: str) -> datetime | None:
    """Until when the expert of a visit waits at a closed door, as the clocks of its ticket say."""
    clocks = ((t["name"], t["subject"], t["due_at"]) for t in timers)
    due = (at for name, of, at in clocks if (name, of) == (TimerName.DOOR_WAIT, visit_id))
    found = next(due, None)
    return datetime.fromisoformat(found) if found else None


def said_to_come(session: Session, ticket_id: str) -> Mapping[str, datetime]:
    """When a customer said that they are coming, by visit; of the door that was closed last."""
    said: dict[str, datetime] = {}
    for kind, role, at, facts in session.execute(
        select(
            col(EventRow.type),
            col(EventRow.actor_role),
            col(EventRow.recorded_at),
            col(EventRow.facts),
        )
        .where(
            col(EventRow.ticket_id) == ticket_id,
            col(EventRow.type).in_([DoorKnocked.kind, CustomerComing.kind]),
        )
        .order_by(col(EventRow.seq))
    ):
        if kind == DoorKnocked.kind:
            said.pop(facts["visit_id"], None)
        elif role == Role.CUSTOMER:
            said.setdefault(facts["visit_id"], at)
    return said
