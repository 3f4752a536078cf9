"""Messages that reach nobody."""

import uuid

import psycopg

from tests.house import House
from tests.replay.scenarios.living import (
    DESCRIPTION,
    FILE,
    Lived,
    decided,
    history_of,
    question,
)

UNREACHABLE = "update customers set phone = '', email = '' where id = %s"


async def told_by_phone(house: House) -> Lived:
    """The helpdesk tells the customer itself."""
    _, ticket = await _filed_by_somebody_unreachable(house)
    asked = await question(house, ticket, "NOTIFICATION_UNDELIVERABLE")
    told = await decided(house, asked, "told")
    return {"told_by_phone": await history_of(house, ticket), "escalation_told": told}


async def sent_again(house: House) -> Lived:
    """The address is mended, and the message sent again."""
    customer, ticket = await _filed_by_somebody_unreachable(house)
    asked = await question(house, ticket, "NOTIFICATION_UNDELIVERABLE")
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    again = await decided(house, asked, "send_again")
    return {"sent_again": await history_of(house, ticket), "escalation_sent_again": again}


async def _filed_by_somebody_unreachable(house: House) -> tuple[str, str]:
    customer = f"cus_{uuid.uuid4()}"
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    with psycopg.connect(house.database_url) as session:
        session.execute(UNREACHABLE, (customer,))
    return customer, await house.file(f"customer:{customer}", description=DESCRIPTION)
