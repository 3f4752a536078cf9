"""Flags and policies of start codes become others while tickets run."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from tests.house import House
from tests.workflows.company import HOME, bare, between, hire, waiting, welcome
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import policy
from tests.workflows.ticket.test_policies_change import changed, changes, told


async def begin(house: House, visit: str, expert: str) -> Any:
    event = {
        "client_event_id": str(uuid.uuid4()),
        "type": "started",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return await house.ask(expert, "POST", f"/visits/{visit}/events", event)


async def booked(house: House) -> tuple[str, str, str]:
    """A ticket that is settled, its visit, and who makes it."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12), who=welcome(house, *HOME))
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit, expert


async def needs(house: House, expert: str, visit: str) -> bool:
    """Whether the work item says that the work begins with a code."""
    items = (await house.expect(expert, "GET", "/experts/me/work-items"))["items"]
    return bool(next(i["start_code_needed"] for i in items if i["visit_id"] == visit))


@asynccontextmanager
async def switched_on(house: House, flag: str, **whom: Any) -> AsyncIterator[None]:
    """A flag is on for a while."""
    path = f"/flags/{flag}"
    every = {"If-Match": "*"}
    said = {"on": True, "reason": "We try it.", **whom}
    await house.expect("admin", "PUT", path, said, **every)
    try:
        yield
    finally:
        await house.expect("admin", "PUT", path, {"on": False, "reason": "Tried."}, **every)


async def test_a_flag_that_is_switched_reaches_running_tickets_but_for_who_has_set_out(
    house: House,
) -> None:
    ticket_id, visit, expert = await booked(house)
    on_the_way, way, driver = await booked(house)
    await house.report(way, "en_route", driver)
    async with switched_on(house, "start_code"):
        assert await told(house, ticket_id, on_the_way) == 2
        await changed(house, ticket_id, "start_code")
        await changed(house, on_the_way, "start_code")
        assert await needs(house, expert, visit)
        assert not await needs(house, driver, way)
        refused = await begin(house, visit, expert)
        assert (refused.status_code, refused.json()["code"]) == (403, "start-code-wrong")
        assert (await begin(house, way, driver)).status_code == 200
    assert await told(house, ticket_id, on_the_way) == 2
    await house.soon(lambda: two(house, ticket_id), "the change back")
    assert not await needs(house, expert, visit)
    assert (await begin(house, visit, expert)).status_code == 200


async def two(house: House, ticket_id: str) -> bool:
    return len(await changes(house, ticket_id)) == 2


async def test_a_customer_who_has_a_code_is_asked_for_it_though_it_was_switched_off(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    async with policy(house, "start_code", True, False):
        ticket_id, visit = await waiting(house, between(8, 12), who=welcome(house, *HOME))
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "en_route", expert)
    assert await told(house, ticket_id) == 1
    await changed(house, ticket_id, "start_code")
    assert await needs(house, expert, visit)
    assert (await begin(house, visit, expert)).status_code == 403


async def test_a_flag_for_some_customers_reaches_theirs_alone(house: House) -> None:
    ticket_id, _, _ = await booked(house)
    customer = bare(f"customer:{(await house.ticket(ticket_id))['customer_id']}")
    other, _, _ = await booked(house)
    async with switched_on(house, "auto_offer_slots", percent=0, customers=[customer]):
        assert await told(house, ticket_id, other) == 2
        await changed(house, ticket_id, "auto_offer_slots")
        assert await changes(house, other) == []
    await told(house, ticket_id, other)
