"""Nobody opens: the customer is called, the expert waits, and at last leaves."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from models.actor import Actor, Role
from models.event import Cause
from models.messages.visit import CustomerComing
from tests.house import House
from tests.workflows.company import bare, between, crew, hire, rest, rows, stands, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    decide,
    details,
    known,
    open_question,
    policy,
    shown,
)
from workflows.ticket.story import TicketWorkflow

WAIT, COMING, RESCHEDULE, CANCEL = (
    "1_wait",
    "2_customer_coming",
    "3_reschedule",
    "4_cancel_visit",
)
MORNING = between(8, 12)


async def shut_out(house: House) -> tuple[str, str, str, Any]:
    """A ticket whose expert is before a closed door, its visit, who that is, and the question."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, MORNING)
    await house.propose(visit, expert, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "on_site", expert)
    rung = {"contact_attempts": [{"channel": "phone", "at": datetime.now(UTC).isoformat()}]}
    await house.report(visit, "cannot_enter", expert, **rung)
    return ticket_id, visit, expert, await open_question(house, ticket_id, "CANNOT_ENTER", 1)


async def clocks(house: House, ticket_id: str, who: str = "helpdesk") -> dict[str, datetime]:
    items = (await house.expect(who, "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    return {i["name"]: datetime.fromisoformat(i["due_at"]) for i in items}


async def sent(house: House, ticket_id: str, *templates: str) -> Any:
    """By which channels these went out, once they did."""

    async def gone() -> Any:
        found = rows(
            house,
            """select n.template, d.channel from notifications n
            join deliveries d on d.notification_id = n.id
            where n.ticket_id = %s and d.state = 'SENT' and n.template = any(%s)""",
            ticket_id,
            list(templates),
        )
        return {n["template"]: n["channel"] for n in found} if len(found) >= len(templates) else 0

    return await house.soon(gone, "letters")


async def test_the_customer_is_called_by_every_way_and_a_person_asked_within_two_seconds(
    house: House,
) -> None:
    said = time.monotonic()
    ticket_id, _, expert, asked = await shut_out(house)
    now = datetime.now(UTC)
    assert time.monotonic() - said < 4
    seen = await rest(house, ticket_id)
    assert (seen["status"], seen["visits"][0]["state"]) == ("IN_PROGRESS", "BLOCKED")
    for template in ("visit.at_the_door", "visit.at_the_door_too"):
        assert await told(house, ticket_id, template) == [seen["customer_id"]]
    ways = await sent(house, ticket_id, "visit.at_the_door", "visit.at_the_door_too")
    assert set(ways.values()) == {"sms", "email"}
    page = await details(asked)
    assert "before a closed door" in page
    assert "Tried to reach the customer: phone" in page
    [item] = (await house.expect(expert, "GET", "/experts/me/work-items"))["items"]
    shown_to_expert = datetime.fromisoformat(item["wait_until"])
    for until in ((await clocks(house, ticket_id))["door_wait"], shown_to_expert):
        assert abs(until - now - timedelta(minutes=15)) < timedelta(seconds=10)


async def test_whoever_is_let_in_ends_the_question(house: House) -> None:
    ticket_id, visit, expert, asked = await shut_out(house)
    await house.report(visit, "started", expert)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    assert (await rest(house, ticket_id))["visits"][0]["state"] == "IN_PROGRESS"


async def test_whoever_waited_and_is_let_in_works_and_is_not_told_to_leave(house: House) -> None:
    ticket_id, visit, expert, asked = await shut_out(house)
    await decide(asked, ANA, WAIT, 40)
    await asked.result()
    await house.report(visit, "started", expert)
    assert (await rest(house, ticket_id))["visits"][0]["state"] == "IN_PROGRESS"
    assert "door_wait" not in await clocks(house, ticket_id)
    assert await told(house, ticket_id, "assignment.may_leave") == []


async def test_at_the_end_of_the_wait_the_expert_may_leave_and_the_next_level_is_asked(
    house: House,
) -> None:
    async with policy(house, "door_wait", "PT2S", "PT15M"):
        ticket_id, _, expert, asked = await shut_out(house)

    async def may_leave() -> Any:
        return await told(house, ticket_id, "assignment.may_leave") == [bare(expert)]

    async def stepped() -> Any:
        return (await known(asked)).level > 1

    await house.soon(may_leave, "that they may leave")
    assert await sent(house, ticket_id, "assignment.may_leave")
    await house.soon(stepped, "the next level")
    happened = {e["type"]: e for e in await house.timeline(ticket_id)}
    over, closed = happened["visit.door_wait_over"], happened["visit.cannot_enter"]
    waited = datetime.fromisoformat(over["recorded_at"]) - datetime.fromisoformat(
        closed["recorded_at"]
    )
    assert abs(waited - timedelta(seconds=2)) < timedelta(seconds=2)


async def test_they_wait_for_as_long_as_somebody_says_and_nobody_is_asked_meanwhile(
    house: House,
) -> None:
    ticket_id, _, expert, asked = await shut_out(house)
    await decide(asked, ANA, WAIT, 40)
    await asked.result()
    seen = await rest(house, ticket_id)
    assert await told(house, ticket_id, "assignment.wait") == [bare(expert)]
    assert await sent(house, ticket_id, "assignment.wait")
    assert seen["visits"][0]["state"] == "BLOCKED"
    left = (await clocks(house, ticket_id))["door_wait"] - datetime.now(UTC)
    assert timedelta(minutes=39) < left < timedelta(minutes=40)
    await house.later(ticket_id, timedelta(minutes=41))
    await open_question(house, ticket_id, "CANNOT_ENTER", 1)
    assert await told(house, ticket_id, "assignment.may_leave") == [bare(expert)]


async def test_a_customer_who_says_that_they_come_is_waited_for_once(house: House) -> None:
    ticket_id, visit, expert, asked = await shut_out(house)
    customer = (await house.ticket(ticket_id))["customer_id"]
    coming = CustomerComing(visit_id=visit, by=Cause(actor=Actor(role=Role.CUSTOMER, id=customer)))
    for _ in range(2):
        await house.workflow(ticket_id).execute_update(TicketWorkflow.customer_coming, coming)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    await rest(house, ticket_id)
    assert await told(house, ticket_id, "assignment.customer_coming") == [bare(expert)]
    assert await sent(house, ticket_id, "assignment.customer_coming")


async def test_a_visit_that_nobody_opened_for_is_the_customers_no_show(house: House) -> None:
    ticket_id, _, expert, asked = await shut_out(house)
    await decide(asked, ANA, RESCHEDULE)
    await asked.result()
    seen = await stands(house, ticket_id, "FINALISED")
    customer = (await house.ticket(ticket_id))["customer_id"]
    happened = [e["type"] for e in await house.timeline(ticket_id)]
    assert happened.count("visit.no_show") == 1
    assert crew(seen) == [expert], "what was offered counts again"
    file = await house.expect("helpdesk", "GET", f"/customers/{customer}")
    assert file["no_shows"] >= 1


async def test_helpdesk_says_that_the_customer_comes_or_calls_the_visit_off(house: House) -> None:
    ticket_id, _, expert, asked = await shut_out(house)
    await decide(asked, ANA, COMING)
    await asked.result()
    await rest(house, ticket_id)
    assert await told(house, ticket_id, "assignment.customer_coming") == [bare(expert)]
    assert [e["state"] for e in await shown(house, ticket_id)] == ["RESOLVED"]
    await house.later(ticket_id, timedelta(minutes=16))
    again = await open_question(house, ticket_id, "CANNOT_ENTER", 1)
    await decide(again, ANA, CANCEL)
    await again.result()
    await house.until(ticket_id, "CANCELLED")
    assert "visit.no_show" in [e["type"] for e in await house.timeline(ticket_id)]


async def test_a_no_show_costs_what_the_policy_says_and_the_expert_nothing(house: House) -> None:
    async with policy(house, "no_show_fee", 1500, 0):
        ticket_id, _, _, asked = await shut_out(house)
    await decide(asked, ANA, CANCEL)
    await asked.result()
    await house.until(ticket_id, "CANCELLED")

    async def billed() -> Any:
        return rows(house, "select total, lines from invoices where subject_id = %s", ticket_id)

    [bill] = await house.soon(billed, "the bill")
    assert bill["total"] == 1500
    assert [line["kind"] for line in bill["lines"]] == ["covered", "no_show"]
    assert rows(house, "select * from earnings where ticket_id = %s", ticket_id) == []
    refused = await house.ask("admin", "PUT", "/policies/normal/no_show_fee", {"value": "PT1H"})
    assert (refused.status_code, refused.json()["code"]) == (422, "policy-value-wrong")
    refused = await house.ask("admin", "PUT", "/policies/normal/door_wait", {"value": 900})
    assert refused.status_code == 422
