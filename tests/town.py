"""A town of the reference data that a test has to itself: its people, and what befalls them."""

import uuid
from typing import Any

from models.catalogue.nouns import Customer, Expert
from models.field import FactKind as K
from tests.house import REFERENCE, House, days

GOOD_DAY = (K.ACKNOWLEDGED, K.EN_ROUTE, K.ON_SITE, K.STARTED, K.COMPLETED)
"""What an expert reports of a visit that goes well."""
SKILL = "refrigeration"
"""What it takes to repair the fridge that every ticket of the tests is about."""


class Town:
    """A zone's first covered customer, an expert who can help them and one who cannot."""

    def __init__(self, zone: str) -> None:
        customers = [c for c in REFERENCE.customers if c.zone == zone]
        experts = [e for e in REFERENCE.experts if e.zone == zone]
        self.customer: Customer = next(
            c for c in customers if any(s.status == "ACTIVE" for s in c.subscriptions)
        )
        self.skilled: list[Expert] = [e for e in experts if SKILL in e.skills]
        self.unskilled: list[Expert] = [e for e in experts if SKILL not in e.skills]
        self.me = f"customer:{self.customer.id}"
        self.expert = f"expert:{self.skilled[0].id}"

    async def opened(self, house: House, day: int = 30, **changes: Any) -> tuple[str, str]:
        """A ticket for a day, so many days from now, and its visit."""
        filed = await house.file(self.me, slots=days(day, 1), **changes)
        ticket = await house.until(filed, "MATCHING")
        return filed, ticket["visits"][0]["id"]

    async def settled(self, house: House, day: int, **changes: Any) -> tuple[str, str]:
        """A ticket whose visit the expert makes on a day. One day holds six."""
        filed, visit = await self.opened(house, day, **changes)
        await house.propose(visit, self.expert, days(day, 1))
        await house.until(filed, "SCHEDULED")
        return filed, visit

    async def done(self, house: House, day: int, **changes: Any) -> tuple[str, str]:
        """A ticket whose work is done."""
        filed, visit = await self.settled(house, day, **changes)
        for kind in ("en_route", "started", "completed"):
            await house.report(visit, kind, self.expert)
        await house.until(filed, "COMPLETED")
        return filed, visit


async def wondering(house: House, ticket_id: str) -> str:
    """An escalation that a ticket asks at once, whatever it is about: a message reached nobody."""
    lost = {"notification_id": f"ntf_{uuid.uuid4()}"}
    await house.workflow(ticket_id).signal("notification_failed", lost)

    async def asked() -> Any:
        page = await house.expect(
            "helpdesk", "GET", f"/escalations?ticket_id={ticket_id}&live=true"
        )
        return page["items"]

    [escalation] = await house.soon(asked, "an escalation")
    escalation_id: str = escalation["id"]
    return escalation_id


async def pages(house: House, who: str, path: str, limit: int = 2) -> list[Any]:
    """Every row of a list, page by page."""
    rows: list[Any] = []
    mark = "&" if "?" in path else "?"
    cursor: str | None = ""
    while cursor is not None:
        page = await house.expect(who, "GET", f"{path}{mark}limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        rows += page["items"]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    return rows
