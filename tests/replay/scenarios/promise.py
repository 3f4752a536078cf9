"""Who pays, and what is promised."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from activities.gateways.coverage.peer import PeerAccounts
from activities.ticket.paying import Accounts
from models.ticket import TicketStatus
from tests.activities.gateways.accounts_server import accounts_server
from tests.house import House, days
from tests.replay.scenarios.living import (
    DESCRIPTION,
    REASON,
    UNINSURED,
    Lived,
    bill_of,
    decided,
    ended,
    escalation_of,
    given_up,
    history_of,
    matching,
    question,
    worked,
)
from tests.workflows.company import at, bare, between, hire, waiting
from tests.workflows.escalation.escalating import policy
from tests.workflows.escalation.questions import PLAN_PENDING
from workers.paying import Paying

LONDON = (51.47, -0.06)


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


async def heard_who_pays(house: House) -> Lived:
    """Nobody knows who pays, and a person is asked, while an expert proposes; then those who keep
    the accounts say it, the question goes, and the visit is booked."""
    ticket, visit = await waiting(house, between(8, 20), who=PLAN_PENDING, description=DESCRIPTION)
    asked = await question(house, ticket, "COVERAGE_UNKNOWN")
    expert = hire(house, "refrigeration", zone="london", home=LONDON)
    await house.propose(visit, expert, [between(8, 20)])
    with accounts_server() as server:
        server.pays(bare(PLAN_PENDING), "home-gbp", at(0, 60).date().isoformat())
        peer = PeerAccounts(server.url)
        await Paying(house.database, house.env.client, Accounts(peer)).ask_again()
        peer.close()
    settled = await escalation_of(house, asked)
    await house.until(ticket, "SCHEDULED")
    return {
        "heard_who_pays": await history_of(house, ticket),
        "escalation_heard_who_pays": settled,
    }


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


async def late_clocks(house: House) -> Lived:
    """Nobody proposes for an urgent ticket: that its first clock is at risk is noted, and when it
    has run out its customer is told; the others run out within a month."""
    lived = {}
    async with _asked_of_clocks(house):
        ticket, _ = await matching(house, urgency="urgent", accept_fee=True)
        await house.later(ticket, timedelta(hours=1, minutes=31))
        at_risk = await question(house, ticket, "SLA_AT_RISK")
        lived["escalation_delay_noted"] = await decided(house, at_risk, "note_delay")
        await house.later(ticket, timedelta(minutes=30))
        late = await question(house, ticket, "SLA_BREACHED")
        lived["escalation_delay_told"] = await decided(house, late, "tell_delay")
        await house.later(ticket, timedelta(days=33))
    return {**lived, "late_clocks": await history_of(house, ticket)}


async def late_evidence(house: House) -> Lived:
    """An expert is at work for days by what is known, so that a clock runs out; then it comes to
    light that they were done in time."""
    async with _asked_of_clocks(house):
        ticket, visit = await matching(house, slots=days(1, 3), urgency="urgent", accept_fee=True)
        await house.propose(visit, windows=days(1, 3))
        await house.until(ticket, "SCHEDULED")
        for kind in ("acknowledged", "on_site", "started"):
            await house.report(visit, kind)
        await house.later(ticket, timedelta(days=3))
        asked = await question(house, ticket, "SLA_BREACHED")
        await house.report(visit, "completed")
        mended = await escalation_of(house, asked)
        await house.until(ticket, "COMPLETED")
    return {
        "late_evidence": await history_of(house, ticket),
        "escalation_late_evidence": mended,
    }


@asynccontextmanager
async def _asked_of_clocks(house: House) -> AsyncIterator[None]:
    """Of urgent tickets somebody is asked about each moment of a clock, and for a month about
    nothing else; their experts may report before the visit."""
    async with AsyncExitStack() as changed:
        for name, (value, was) in {
            "sla_asks": ("risk", "breach"),
            "pending_timeout": ("P30D", "PT2H"),
            "overrun_after": ("P60D", "PT1H"),
            "report_lead": ("P60D", "PT12H"),
            "early_completion": ("P60D", "PT4H"),
        }.items():
            await changed.enter_async_context(policy(house, name, value, was, "urgent"))
        yield
