"""Who pays."""

from datetime import timedelta

from models.ticket import TicketStatus
from tests.house import House
from tests.replay.scenarios.living import (
    DESCRIPTION,
    REASON,
    UNINSURED,
    Lived,
    bill_of,
    decided,
    ended,
    given_up,
    history_of,
    question,
    worked,
)


async def coverage_decided(house: House) -> Lived:
    """No plan pays: it waits for the helpdesk, and the customer pays for the job."""
    ticket = await house.file(UNINSURED, description=DESCRIPTION)
    await house.until(ticket, "REVIEW")
    for coverage in ("NOT_COVERED", "PAY_PER_JOB"):
        decision = {"coverage": coverage, "reason": REASON}
        await house.expect("helpdesk", "POST", f"/tickets/{ticket}/coverage", decision)
    visit = (await house.until(ticket, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit)
    await house.until(ticket, "SCHEDULED")
    await worked(house, visit)
    await house.until(ticket, "COMPLETED")
    bill = await bill_of(house, ticket)
    return {"coverage_decided": await history_of(house, ticket), "billing_pay_per_job": bill}


async def charge_waived(house: House) -> Lived:
    """No plan pays: the customer is asked to, and does not for a week; then the house pays."""
    ticket = await house.file(UNINSURED, description=DESCRIPTION)
    asked = await question(house, ticket, "NOT_COVERED")
    requested = await decided(house, asked, "request_payment")
    await house.later(ticket, timedelta(days=7, seconds=1))
    waived = await decided(house, await question(house, ticket, "NOT_COVERED"), "waive")
    await house.until(ticket, "MATCHING")
    await given_up(house, ticket, UNINSURED)
    return {
        "charge_waived": await history_of(house, ticket),
        "escalation_payment_requested": requested,
        "escalation_waived": waived,
    }


async def given_up_in_review(house: House) -> Lived:
    """No plan pays, and the helpdesk cancels the ticket."""
    ticket = await house.file(UNINSURED, description=DESCRIPTION)
    cancelled = await decided(house, await question(house, ticket, "NOT_COVERED"), "cancel")
    await ended(house, ticket, TicketStatus.CANCELLED)
    return {
        "given_up_in_review": await history_of(house, ticket),
        "escalation_cancelled": cancelled,
    }
