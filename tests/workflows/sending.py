"""Experts sent by hand, in the way the helpdesk sends them."""

import uuid
from datetime import datetime
from typing import Any

import httpx2

from models.db.engine import Database
from models.db.invariants import InvariantRepository
from tests.house import House
from tests.workflows.company import bare

WHY = "The customer asked for this expert."


def wish(who: str, start: datetime | str, position: int = 0, **more: Any) -> dict[str, Any]:
    """What the helpdesk says to send somebody."""
    when = start if isinstance(start, str) else start.isoformat()
    return {"expert_id": bare(who), "start": when, "position": position, "reason": WHY, **more}


async def send(
    house: House, visit_id: str, who: str, start: datetime, position: int = 0, **more: Any
) -> Any:
    """Send an expert to a visit; what is answered."""
    body = wish(who, start, position, **more)
    return await house.expect("helpdesk", "POST", f"/visits/{visit_id}/assignments", body)


async def sent_as(
    house: House, visit_id: str, body: dict[str, Any], key: str | None = None
) -> httpx2.Response:
    """The answer to somebody's being sent under a key."""
    more = {"Idempotency-Key": key or str(uuid.uuid4())}
    return await house.ask("helpdesk", "POST", f"/visits/{visit_id}/assignments", body, **more)


def in_order(database: Database) -> bool:
    """Whether nobody is booked twice and no group is booked in part (I2, I3)."""
    with database.unit_of_work() as session:
        asked = InvariantRepository(session)
        found = [*asked.double_bookings(), *asked.half_reserved_groups()]
    assert found == []
    return True
