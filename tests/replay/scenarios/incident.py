"""The day of a visit, where it goes wrong."""

from datetime import UTC, datetime

from temporalio.client import WorkflowHistory

from models.actor import Actor, Role
from models.event import Cause
from models.messages.matching import DeclineOffer
from models.messages.visit import CustomerComing
from tests.house import House, days
from tests.replay.scenarios.living import Lived, decided, history_of, matching, question
from tests.workflows.company import hire
from workflows.ticket.story import TicketWorkflow


async def cannot_arrive(house: House) -> Lived:
    """Four experts cannot come: one is replaced, one visit is matched anew, one customer asked
    first, to whom none of the times suits, and one visit called off, and its ticket with it."""
    lived: dict[str, WorkflowHistory] = {}
    for number, action in enumerate(("replace", "reschedule", "ask_customer", "cancel_visit")):
        slots = days(43 + number, 1)
        expert, _ = hire(house, "refrigeration"), hire(house, "refrigeration")
        ticket, visit = await matching(house, slots=slots)
        await house.propose(visit, expert, slots)
        await house.until(ticket, "SCHEDULED")
        await house.report(visit, "cannot_arrive", expert, reason="VEHICLE")
        asked = await question(house, ticket, "CANNOT_ARRIVE")
        lived[f"escalation_arrive_{action}"] = await decided(house, asked, action)
        if action == "ask_customer":
            await none_suits(house, ticket)
        lived[f"arrive_{action}"] = await history_of(house, ticket)
    lived["cannot_arrive"] = lived.pop("arrive_replace")
    return lived


async def none_suits(house: House, ticket: str) -> None:
    """The customer takes none of the times that they were offered."""
    [offer] = (await house.workflow(ticket).query(TicketWorkflow.ticket)).matching.offers
    by = Cause(actor=Actor(role=Role.CUSTOMER, id="cus_1"), command_id="none")
    answer = DeclineOffer(offer_id=offer.id, by=by)
    await house.workflow(ticket).execute_update(TicketWorkflow.decline_offer, answer)


async def cannot_enter(house: House) -> Lived:
    """Four experts are before a closed door: one waits, for a customer who says that they come, one
    customer is said to come, and two were not there."""
    lived: dict[str, WorkflowHistory] = {}
    now = datetime.now(UTC).isoformat()
    for number, action in enumerate(("wait", "customer_coming", "reschedule", "cancel_visit")):
        slots = days(48 + number, 1)
        expert = hire(house, "refrigeration")
        ticket, visit = await matching(house, slots=slots)
        await house.propose(visit, expert, slots)
        await house.until(ticket, "SCHEDULED")
        await house.report(visit, "on_site", expert)
        rung = [{"channel": "phone", "at": now}]
        await house.report(visit, "cannot_enter", expert, contact_attempts=rung)
        asked = await question(house, ticket, "CANNOT_ENTER")
        lived[f"escalation_enter_{action}"] = await decided(house, asked, action)
        if action == "wait":
            by = Cause(actor=Actor(role=Role.CUSTOMER, id="cus_somebody"))
            coming = CustomerComing(visit_id=visit, by=by)
            await house.workflow(ticket).execute_update(TicketWorkflow.customer_coming, coming)
        lived[f"enter_{action}"] = await history_of(house, ticket)
    lived["cannot_enter"] = lived.pop("enter_wait")
    return lived
