"""A message that reached nobody, and what a person decides about it."""

from typing import Any

import pytest

from tests.house import House
from tests.workflows.company import parting as parting
from tests.workflows.company import rest
from tests.workflows.escalation.escalating import ANA, decide, details, shown
from tests.workflows.escalation.questions import FILE, briefed, undeliverable

pytestmark = pytest.mark.long


TOLD, AGAIN = "1_told", "2_send_again"


async def test_a_message_that_reaches_nobody_is_seen_to_by_a_person(house: House) -> None:
    ticket_id, asked = await undeliverable(house)
    text = await details(asked)
    assert "Not told: that we have their ticket" in text
    assert "To whom: the customer" in text
    assert "ticket.received" not in text
    assert "@" not in text
    await decide(asked, ANA, TOLD)
    assert (await asked.result())["action"] == "told"
    await rest(house, ticket_id)
    mine = [r for r in await shown(house, ticket_id) if r["workflow_id"] == asked.id]
    assert [r["state"] for r in mine] == ["RESOLVED"]


async def test_other_questions_about_the_same_person_are_named(house: House) -> None:
    first, _ = await undeliverable(house)
    customer = (await house.ticket(first))["customer_id"]
    second = await house.file(f"customer:{customer}")
    await house.until(second, "REVIEW")
    asked = await briefed(house, second, "NOTIFICATION_UNDELIVERABLE")
    number = (await house.ticket(first))["number"]
    assert f"could not be told of {number} either" in (await details(asked)).replace("&#45;", "-")


async def test_a_message_is_sent_again_once_the_address_is_right(house: House) -> None:
    ticket_id, asked = await undeliverable(house)
    customer = (await house.ticket(ticket_id))["customer_id"]
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    await decide(asked, ANA, AGAIN)
    await asked.result()

    async def sent() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={ticket_id}")
        return [
            n for n in page["items"] if n["template"] == "ticket.received" and n["state"] == "SENT"
        ]

    await house.soon(sent, "the message")
