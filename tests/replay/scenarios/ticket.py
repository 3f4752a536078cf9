"""Tickets from the call to the closed file."""

from datetime import timedelta

from temporalio.client import WorkflowHistory

from models.ticket import TicketStatus
from tests.house import House, days
from tests.replay.scenarios.living import (
    DESCRIPTION,
    FRIDGE_EXPERTS,
    REASON,
    Lived,
    bill_of,
    completed,
    ended,
    given_up,
    history_of,
    matching,
    worked,
)
from tests.workflows.company import bare
from tests.workflows.imagined import parts, proposed, ticket_of, told_by, write
from workers.histories import runs_of


async def whole_life(house: House) -> Lived:
    """Filed, matched, done, billed by plan and confirmed by the customer."""
    ticket = await completed(house)
    await house.expect("customer", "POST", f"/tickets/{ticket}/confirm", {})
    await ended(house, ticket, TicketStatus.CLOSED)
    bill = await bill_of(house, ticket)
    return {"whole_life": await history_of(house, ticket), "billing_covered": bill}


async def cancelled_while_matching(house: House) -> Lived:
    """Given up while two experts wait to be chosen."""
    ticket, visit = await matching(house, slots=[], slots_later=True)
    for expert in FRIDGE_EXPERTS[:2]:
        await house.propose(visit, expert)
    await given_up(house, ticket)
    return {"cancelled_while_matching": await history_of(house, ticket)}


async def cancelled_when_scheduled(house: House) -> Lived:
    """Given up with an expert booked, who is freed."""
    ticket = (await house.scheduled(description=DESCRIPTION))["id"]
    await given_up(house, ticket)
    return {"cancelled_when_scheduled": await history_of(house, ticket)}


async def closed_by_itself(house: House) -> Lived:
    """Done, and nobody said anything for thirty days."""
    ticket = await completed(house)
    await house.later(ticket, timedelta(days=30, seconds=5))
    await ended(house, ticket, TicketStatus.CLOSED)
    return {"closed_by_itself": await history_of(house, ticket)}


async def reopened(house: House) -> Lived:
    """Done, not done after all, done again."""
    ticket = await completed(house)
    again = {"slots": days(30, 3), "reason": REASON}
    await house.expect("customer", "POST", f"/tickets/{ticket}/reopen", again)
    second = (await house.until(ticket, "MATCHING"))["visits"][1]["id"]
    await house.propose(second)
    await house.until(ticket, "SCHEDULED")
    await worked(house, second)
    await house.until(ticket, "COMPLETED")
    await house.expect("customer", "POST", f"/tickets/{ticket}/confirm", {})
    await ended(house, ticket, TicketStatus.CLOSED)
    return {"reopened": await history_of(house, ticket)}


async def put_right(house: House) -> Lived:
    """The database was seen with a proposal that never was; the ticket is written whole over it."""
    ticket, _ = await matching(house)
    known = await ticket_of(house, ticket)
    assert write(house, proposed(known, bare(FRIDGE_EXPERTS[0])), known, tentative=True) is None

    async def mended() -> bool:
        return parts(house, ticket) == told_by(await ticket_of(house, ticket))

    await house.soon(mended, "the ticket to be written anew")
    await given_up(house, ticket)
    return {"put_right": await history_of(house, ticket)}


async def continued(house: House) -> Lived:
    """So much happens that the ticket goes on in a second run. Needs a server that tires early."""
    ticket, visit = await matching(house)

    async def second_run() -> list[WorkflowHistory]:
        body = {"slots": days(30, 3)}
        await house.expect("customer", "PUT", f"/tickets/{ticket}/slots", body)
        runs = await runs_of(house.env.client, house.workflow(ticket).id)
        return runs if len(runs) > 1 else []

    await house.soon(second_run, "a second run")
    await house.propose(visit)
    await house.until(ticket, "SCHEDULED")
    await worked(house, visit)
    await house.until(ticket, "COMPLETED")
    await house.expect("customer", "POST", f"/tickets/{ticket}/confirm", {})
    await ended(house, ticket, TicketStatus.CLOSED)
    runs = await runs_of(house.env.client, house.workflow(ticket).id)
    return {"continued_first_run": runs[0], "continued_last_run": runs[-1]}
