"""What our own page says of a visit that went wrong: who was there, what is paid, what ends."""

import re
from html import unescape
from typing import Any

from models.actor import Actor, Role
from models.event import Cause
from models.messages.visit import CustomerComing
from tests.api.web.desk_of_house import Agent, at_the_desk
from tests.house import House
from tests.workflows.company import bare, rest, told
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, details, known, open_question
from tests.workflows.escalation.test_work_after_cancel import given_up
from tests.workflows.ticket.test_cannot_enter import shut_out
from tests.workflows.ticket.test_follow_ups import begun, undone
from workflows.ticket.story import TicketWorkflow


async def said(agent: Agent, asked: Any) -> str:
    return unescape(await agent.sees((await known(asked)).id))


async def test_who_cancels_the_only_visit_reads_everywhere_that_the_ticket_ends_with_it(
    house: House,
) -> None:
    ticket_id, _, _, asked = await shut_out(house)
    escalation_id = (await known(asked)).id
    ends = "the ticket is cancelled with it, and it counts as the customer's no-show"
    async with at_the_desk(house) as ana:
        page = await said(ana, asked)
        assert "Cancel the visit, and the ticket with it</button>" in page
        assert page.count(ends) == 2
        assert "goes on" not in page
        sent = await ana.sends(escalation_id, "decide", action="cancel_visit")
        confirming = unescape(sent.text)
        assert "<h1>Cancel the visit, and the ticket with it?</h1>" in confirming
        assert f"It is the only visit that is left: {ends}." in confirming
    assert ends in unescape(await details(asked))
    await decide(asked, ANA, "4_cancel_visit")
    await house.until(ticket_id, "CANCELLED")


async def test_a_customer_who_comes_after_the_expert_was_asked_to_wait_is_heard(
    house: House,
) -> None:
    ticket_id, visit, _, asked = await shut_out(house)
    await decide(asked, ANA, "1_wait", 30)
    await asked.result()
    customer = (await house.ticket(ticket_id))["customer_id"]
    coming = CustomerComing(visit_id=visit, by=Cause(actor=Actor(role=Role.CUSTOMER, id=customer)))
    await house.workflow(ticket_id).execute_update(TicketWorkflow.customer_coming, coming)
    await rest(house, ticket_id)
    assert len(await told(house, ticket_id, "assignment.customer_coming")) == 1
    async with at_the_desk(house) as ana:
        page = await said(ana, asked)
    assert "Let them wait, 30 minutes" in page
    assert page.index("As it was then") < page.index("The expert waits until")


async def test_what_the_customer_said_is_what_ended_the_question(house: House) -> None:
    ticket_id, visit, _, asked = await shut_out(house)
    customer = (await house.ticket(ticket_id))["customer_id"]
    coming = CustomerComing(visit_id=visit, by=Cause(actor=Actor(role=Role.CUSTOMER, id=customer)))
    await house.workflow(ticket_id).execute_update(TicketWorkflow.customer_coming, coming)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    async with at_the_desk(house) as ana:
        page = await said(ana, asked)
    for shown in (page, await details(asked)):
        assert re.search(r"The customer said at \d\d:\d\d that they come\.", shown)
    assert "UTC" not in await details(asked)


async def test_who_plans_a_follow_up_reads_who_was_there_and_what_they_wrote(
    house: House,
) -> None:
    ticket_id, visit, anna = await begun(house)
    words = {"notes": "The gas smells.", "parts": [{"sku": "relay", "quantity": 2}]}
    await undone(house, visit, anna, follow_up=False, report=words)
    asked = await open_question(house, ticket_id, "FOLLOW_UP_MISSING", 1)
    name = (await house.expect("helpdesk", "GET", f"/experts/{bare(anna)}"))["name"]
    async with at_the_desk(house) as ana:
        page = await said(ana, asked)
    assert "<h2>Who was there</h2>" in page
    assert f'<strong>{name}</strong>, <a href="tel:' in page
    assert f"{name} (refrigeration) reported: " in page
    assert "<blockquote>The gas smells.</blockquote>" in page
    assert "Parts used: relay (2)" in page
    for personal in (name, "The gas smells."):
        assert personal not in await details(asked)


async def test_who_pays_after_a_cancellation_reads_the_sum_and_why_it_was_cancelled(
    house: House,
) -> None:
    ticket_id, visit, expert = await given_up(house)
    for kind in ("started", "completed"):
        await house.report(visit, kind, expert)
    asked = await open_question(house, ticket_id, "WORK_AFTER_CANCEL", 1)
    text = unescape(await details(asked))
    assert re.search(r"1 Pay expert no\. \d+ \d+\.\d\d EUR \(\d+\.\d\d less commission\)", text)
    assert "Cancelled" in text
    assert "by the customer" in text
    name = (await house.expect("helpdesk", "GET", f"/experts/{bare(expert)}"))["name"]
    async with at_the_desk(house) as ana:
        page = await said(ana, asked)
        assert re.search(rf"<button type=\"submit\">Pay {name} \d+\.\d\d EUR", page)
        assert f'<strong>{name}</strong>, <a href="tel:' in page
        await ana.sends((await known(asked)).id, "decide", action="pay_expert")
        assert f"decided\n<strong>Pay {name} " in await said(ana, asked)


async def test_the_list_begins_with_what_has_to_be_decided_first(house: House) -> None:
    paid_id, visit, expert = await given_up(house)
    await house.report(visit, "started", expert)
    pay = await open_question(house, paid_id, "WORK_AFTER_CANCEL", 1)
    _, _, _, door = await shut_out(house)
    async with at_the_desk(house) as ana:
        page = unescape(await ana.lists("berlin"))
    assert page.index((await known(door)).id) < page.index((await known(pay)).id)
    assert "(Europe/Berlin)" in page
    assert "UTC" not in page
