"""How tickets come to ask, each for its reason."""

import uuid
from datetime import timedelta
from typing import Any

import psycopg

from tests.house import House
from tests.workflows.company import between, hire, waiting
from tests.workflows.escalation.escalating import known, open_question

WITHOUT_PLAN = "customer:cus_019b8d7f-c680-7099-a8b8-64564e621c1b"
PLAN_PENDING = "customer:cus_019b8d81-9b40-79fc-a67d-d62c87a8f6a2"
FILE = {
    "name": "Kim Doe",
    "zone": "berlin",
    "street": "Feldweg 4",
    "city": "Berlin",
    "postcode": "10999",
    "country": "DE",
    "phone": "+4930901820002",
    "email": "kim@example.org",
}


async def uncovered(house: House) -> tuple[str, Any]:
    """A ticket that no plan pays, and its escalation with its facts."""
    ticket_id = await house.file(WITHOUT_PLAN)
    assert (await house.until(ticket_id, "REVIEW"))["coverage"] == "NOT_COVERED"
    return ticket_id, await briefed(house, ticket_id, "NOT_COVERED")


async def briefed(house: House, ticket_id: str, reason: str, visit: int | None = None) -> Any:
    """The escalation of a reason once its facts are gathered."""
    asked = await open_question(house, ticket_id, reason, visit)

    async def gathered() -> Any:
        return (await known(asked)).brief

    await house.soon(gathered, "the facts")
    return asked


async def silent(house: House) -> tuple[str, str, str, Any]:
    """A ticket, its visit, the expert who does not acknowledge it, and the escalation."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20))
    await house.propose(visit, expert, [between(8, 20)])
    await house.until(ticket_id, "SCHEDULED")
    await house.later(ticket_id, timedelta(hours=4, seconds=1))
    return ticket_id, visit, expert, await briefed(house, ticket_id, "NO_ACK", 1)


async def undeliverable(house: House) -> tuple[str, Any]:
    """A ticket whose customer cannot be reached, and the escalation about it."""
    customer = f"cus_{uuid.uuid4()}"
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    with psycopg.connect(house.database_url) as session:
        session.execute("update customers set phone = '', email = '' where id = %s", (customer,))
    ticket_id = await house.file(f"customer:{customer}")
    await house.until(ticket_id, "REVIEW")
    return ticket_id, await briefed(house, ticket_id, "NOTIFICATION_UNDELIVERABLE")
