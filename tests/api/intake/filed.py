"""What a customer files, and whether it was taken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from temporalio.service import RPCError, RPCStatusCode

from models.identity import ticket_id
from tests.house import FRIDGE, REFERENCE, House, days
from tests.issuing import SUBJECTS

NEIGHBOUR = REFERENCE.customers[1].id
NOBODY = "cus_00000000-0000-7000-8000-000000000000"


def body(**changes: Any) -> dict[str, Any]:
    return {"description": "It hums.", "model_id": FRIDGE, "slots": days(30, 3), **changes}


def slot(start: Any, end: Any, **more: Any) -> dict[str, Any]:
    return {"slots": [{"start": start, "end": end, **more}]}


def local(tz: str | None, offset: str = "") -> dict[str, Any]:
    more = {} if tz is None else {"tz": tz}
    return slot(f"2026-12-09T09:00:00{offset}", f"2026-12-09T18:00:00{offset}", **more)


def in_days(days_ahead: float, hours: float = 4) -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(days=days_ahead)
    return slot(start.isoformat(), (start + timedelta(hours=hours)).isoformat())


async def post(
    house: House, content: str | bytes, key: str | None = None, who: str = "customer", **more: str
) -> httpx2.Response:
    headers = {**house.headers(who), "Content-Type": "application/json", **more}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await house.http.post("/v1/tickets", content=content, headers=headers)


async def is_filed(house: House, key: str, subject: str = SUBJECTS["customer"]) -> bool:
    try:
        await house.workflow(ticket_id(subject, key)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
