"""Calls from customers whom the house does not know."""

import uuid

from models.ticket import TicketStatus
from tests.house import House
from tests.replay.scenarios.living import (
    DESCRIPTION,
    FILE,
    Lived,
    decided,
    ended,
    history_of,
    question,
)


async def looked_up_again(house: House) -> Lived:
    """The customer's file is written, the ticket looked up again, and a plan paid on the phone."""
    customer, ticket = await _called(house)
    asked = await question(house, ticket, "DATA_MISSING")
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    found = await decided(house, asked, "look_again")
    paid = await decided(house, await question(house, ticket, "NOT_COVERED"), "mark_paid")
    await house.until(ticket, "MATCHING")
    return {
        "looked_up_again": await history_of(house, ticket),
        "escalation_looked_again": found,
        "escalation_paid": paid,
    }


async def never_found(house: House) -> Lived:
    """Nobody finds out who called, and the ticket is cancelled."""
    _, ticket = await _called(house)
    cancelled = await decided(house, await question(house, ticket, "DATA_MISSING"), "cancel")
    await ended(house, ticket, TicketStatus.CANCELLED)
    return {
        "never_found": await history_of(house, ticket),
        "escalation_never_found": cancelled,
    }


async def _called(house: House) -> tuple[str, str]:
    """Somebody without a file, and the ticket that the helpdesk filed for them."""
    customer = f"cus_{uuid.uuid4()}"
    call = {"channel": "phone", "on_behalf_of": customer}
    return customer, await house.file("helpdesk", description=DESCRIPTION, **call)
