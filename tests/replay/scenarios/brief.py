"""Calls that are taken down in brief."""

from tests.house import FRIDGE, House, days
from tests.replay.scenarios.living import (
    DESCRIPTION,
    FILE,
    Lived,
    decided,
    escalation_of,
    history_of,
    question,
)
from tests.workflows.company import hire

CONTACT = {"name": FILE["name"], "phone": FILE["phone"]}
ADDRESS = {name: FILE[name] for name in ("street", "city", "postcode", "country", "zone")}


async def added_to(house: House) -> Lived:
    """A contact and a description, no more: the helpdesk adds the model, then where it is and when
    somebody may come, and the question about them goes; an expert comes."""
    ticket = await _in_brief(house)
    asked = await question(house, ticket, "DATA_MISSING")
    for added in ({"model_id": FRIDGE}, {"slots": days(57, 1), "address": ADDRESS}):
        await house.expect("helpdesk", "PATCH", f"/tickets/{ticket}", added)
    told = await escalation_of(house, asked)
    visit = (await house.until(ticket, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit, hire(house, "refrigeration"), days(57, 1))
    await house.until(ticket, "SCHEDULED")
    return {"added_to": await history_of(house, ticket), "escalation_added_to": told}


async def gone_on_without(house: House) -> Lived:
    """Nothing more can be learnt, and experts are told of what is known."""
    ticket = await _in_brief(house)
    asked = await question(house, ticket, "DATA_MISSING")
    without = await decided(house, asked, "go_on_without")
    await house.until(ticket, "MATCHING")
    return {
        "gone_on_without": await history_of(house, ticket),
        "escalation_gone_on_without": without,
    }


async def _in_brief(house: House) -> str:
    """A ticket that waits for what was left out."""
    call = {"contact": CONTACT, "description": DESCRIPTION}
    ticket: str = (await house.expect("customer", "POST", "/tickets", call))["id"]
    await house.until(ticket, "REVIEW")
    return ticket
