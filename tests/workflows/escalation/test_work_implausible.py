"""Work whose report cannot be right: nothing follows from it before somebody has decided."""

import hmac
import json
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from itsdangerous import TimestampSigner

from api.web.desk.app import create_desk
from api.web.desk.door import Door
from api.web.desk.provider import Endpoints, Provider
from tests.api.escalation.answering import resolve
from tests.house import House
from tests.workflows.asking import UNINSURED
from tests.workflows.company import hire
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    Asked,
    buttons,
    decide,
    details,
    open_question,
    shown,
)

REASON = "WORK_IMPLAUSIBLE"


def hours(first: float, last: float) -> dict[str, str]:
    """From so many hours from now to so many."""
    now = datetime.now(UTC)
    start, end = (now + timedelta(hours=h) for h in (first, last))
    return {"start": start.isoformat(), "end": end.isoformat()}


async def booked(house: House, *, from_hour: float = 5) -> tuple[Any, str]:
    """An urgent ticket that its customer pays for, and the expert who goes there hours from now."""
    slot = hours(from_hour, from_hour + 4)
    body = {"urgency": "urgent", "accept_fee": True, "slots": [slot]}
    filed = await house.file(UNINSURED, **body)
    await house.until(filed, "REVIEW")
    paid = {"coverage": "PAY_PER_JOB"}
    await house.expect("helpdesk", "POST", f"/tickets/{filed}/coverage", paid)
    ticket = await house.until(filed, "MATCHING")
    expert = hire(house, "refrigeration")
    await house.propose(ticket["visits"][0]["id"], expert, [slot])
    return await house.until(filed, "SCHEDULED"), expert


async def done_early(house: House) -> tuple[Any, str, Asked]:
    """Done five hours before it begins."""
    ticket, expert = await booked(house)
    await house.report(ticket["visits"][0]["id"], "completed", expert)
    ticket = await house.until(ticket["id"], "COMPLETED")
    return ticket, expert, await open_question(house, ticket["id"], REASON, 1)


def clocks_of(ticket: Any) -> dict[str, str]:
    return {clock["name"]: clock["state"] for clock in ticket["sla"]["clocks"]}


async def invoices(house: House, ticket_id: str) -> list[Any]:
    page = await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/invoices")
    items: list[Any] = page["items"]
    return items


async def earned(house: House, expert: str) -> list[int]:
    page = await house.expect(expert, "GET", "/experts/me/earnings")
    return [row["gross"] for row in page["items"]]


async def the_invoice(house: House, ticket_id: str) -> dict[str, tuple[int, int | None]]:
    """The lines of the only invoice: what each costs, and its minutes."""
    [invoice] = await house.soon(lambda: invoices(house, ticket_id), "the invoice")
    return {line["kind"]: (line["amount"]["amount"], line["minutes"]) for line in invoice["lines"]}


@asynccontextmanager
async def our_page(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """The helpdesk's own pages, and somebody who is logged in."""
    url, key = "http://desk.test", b"secret"
    endpoints = Endpoints(issuer="http://issuer.test")
    provider = Provider(endpoints, "desk", None)
    app = create_desk(house.services, Door(url, (key.decode(),), provider, "http://ui.test"))
    signer = TimestampSigner(hmac.digest(key, b"desk-session", "sha256").hex())
    person = {"role": "helpdesk", "subject": "usr_ana", "name": "Ana"}
    session = signer.sign(b64encode(json.dumps({"person": person}).encode())).decode()
    headers = {"origin": url, "accept": "text/html"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=url, headers=headers) as http:
        http.cookies.set("desk", session)
        yield http


async def test_nothing_is_billed_credited_judged_or_told_before_somebody_decides(
    house: House,
) -> None:
    ticket, expert, asked = await done_early(house)
    assert await invoices(house, ticket["id"]) == []
    assert await earned(house, expert) == []
    clocks = {c["name"]: (c["state"], c["judged_at"]) for c in ticket["sla"]["clocks"]}
    assert clocks["onsite"] == clocks["resolve"] == ("PAUSED", None)
    happened = {e["type"] for e in await house.timeline(ticket["id"])}
    assert not happened & {"ticket.completed", "billing.started", "invoice.issued"}
    page = await details(asked)
    for button in ("1 Bill as reported", "2 Bill (minutes)", "3 Bill nothing"):
        assert button in page
    assert {"1_bill_as_reported", "2_bill_minutes", "3_bill_nothing"} <= set(await buttons(asked))


async def test_who_was_on_site_before_it_could_not_be_right_has_met_no_clock_until_it_is_decided(
    house: House,
) -> None:
    ticket, expert = await booked(house, from_hour=4 + 20 / 60)
    visit = ticket["visits"][0]["id"]
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(visit, kind, expert)
    ticket = await house.until(ticket["id"], "IN_PROGRESS")
    assert clocks_of(ticket)["onsite"] == "MET"
    await house.report(visit, "completed", expert)
    asked = await open_question(house, ticket["id"], REASON, 1)
    ticket = await house.until(ticket["id"], "COMPLETED")
    assert clocks_of(ticket) == {"schedule": "MET", "onsite": "PAUSED", "resolve": "PAUSED"}
    await decide(asked, ANA, "1_bill_as_reported")

    async def judged() -> bool:
        now = clocks_of(await house.ticket(ticket["id"]))
        return now == {"schedule": "MET", "onsite": "MET", "resolve": "MET"}

    await house.soon(judged, "the verdicts")


@pytest.mark.parametrize(
    ("action", "given", "lines", "gross"),
    [
        ("bill_as_reported", {}, {"call_out": None, "time": 15, "urgent_fee": None}, 1),
        ("bill_minutes", {"params": 50}, {"call_out": None, "time": 50, "urgent_fee": None}, 1),
        ("bill_nothing", {}, {"nothing": None}, 0),
    ],
)
async def test_the_decision_is_what_is_billed_and_credited(
    house: House, action: str, given: Any, lines: dict[str, int | None], gross: int
) -> None:
    ticket, expert, _ = await done_early(house)
    [row] = [r for r in await shown(house, ticket["id"]) if r["reason"] == REASON]
    closed = await resolve(house, row, action, **given)
    assert (closed["state"], closed["action"]) == ("RESOLVED", action)
    billed = await the_invoice(house, ticket["id"])
    assert {kind: minutes for kind, (_, minutes) in billed.items()} == lines
    assert len(await earned(house, expert)) == gross
    told = [e for e in await house.timeline(ticket["id"]) if e["type"] == "ticket.completed"]
    assert len(told) == 1


async def test_our_own_page_asks_for_the_minutes_and_bills_them(house: House) -> None:
    ticket, _, _ = await done_early(house)
    [row] = [r for r in await shown(house, ticket["id"]) if r["reason"] == REASON]
    async with our_page(house) as page:
        address = f"/desk/escalations/{row['id']}"
        text = (await page.get(address)).text
        for label in ("Bill as reported", "Bill (minutes)", "Bill nothing"):
            assert f'<button type="submit">{label}</button>' in text
        form = {"form_id": uuid.uuid4().hex, "action": "bill_minutes", "parameter": "75"}
        decided = await page.post(f"{address}/decide", data=form)
        assert decided.status_code == 303, decided.text
    assert (await the_invoice(house, ticket["id"]))["time"][1] == 75


async def test_minutes_are_billed_to_the_minute_and_nothing_else_is_understood(
    house: House,
) -> None:
    ticket, _, asked = await done_early(house)
    [row] = [r for r in await shown(house, ticket["id"]) if r["reason"] == REASON]
    for wrong in (None, 0, 1441, "an hour", -5):
        body = {"action": "bill_minutes", "params": wrong}
        answer = await house.ask("helpdesk", "POST", f"/escalations/{row['id']}/resolve", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "parameter-wrong")
    await decide(asked, ANA, "2_bill_minutes", "20")
    billed = await the_invoice(house, ticket["id"])
    assert billed["time"][1] == 20


async def test_a_customer_who_confirms_meanwhile_decides_nothing_about_money(
    house: House,
) -> None:
    ticket, expert, asked = await done_early(house)
    await house.expect(UNINSURED, "POST", f"/tickets/{ticket['id']}/confirm", {})
    await house.until(ticket["id"], "CLOSED")
    assert await invoices(house, ticket["id"]) == []
    await decide(asked, ANA, "1_bill_as_reported")
    await house.workflow(ticket["id"]).result()
    ended = await house.until(ticket["id"], "CLOSED")
    [completed] = [e for e in await house.timeline(ticket["id"]) if e["type"] == "ticket.completed"]
    assert ended["completed_at"] == completed["occurred_at"]
    assert "time" in await the_invoice(house, ticket["id"])
    assert len(await earned(house, expert)) == 1


async def test_a_ticket_reopened_meanwhile_is_billed_for_its_first_round_once_it_is_decided(
    house: House,
) -> None:
    ticket, _, asked = await done_early(house)
    again = {"slots": [hours(30, 40)]}
    await house.expect(UNINSURED, "POST", f"/tickets/{ticket['id']}/reopen", again)
    await house.until(ticket["id"], "MATCHING")
    await decide(asked, ANA, "2_bill_minutes", 30)
    assert (await the_invoice(house, ticket["id"]))["time"][1] == 30
    [invoice] = await invoices(house, ticket["id"])
    assert invoice["round"] == 1


async def test_the_helpdesk_gives_up_the_rest_and_still_decides_about_what_was_done(
    house: House,
) -> None:
    ticket, expert = await booked(house)
    other = {"minutes": 60, "positions": [{"skill": "electrical"}]}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket['id']}/visits", other)
    await house.report(ticket["visits"][0]["id"], "completed", expert)
    asked = await open_question(house, ticket["id"], REASON, 1)
    await house.expect("helpdesk", "POST", f"/tickets/{ticket['id']}/cancel", {})
    await house.until(ticket["id"], "CANCELLED")
    assert await invoices(house, ticket["id"]) == []
    await decide(asked, ANA, "3_bill_nothing")
    await house.workflow(ticket["id"]).result()
    assert await the_invoice(house, ticket["id"]) == {"nothing": (0, None)}
    assert await earned(house, expert) == []


async def test_the_helpdesk_reporting_for_an_expert_is_held_to_the_same(house: House) -> None:
    ticket, expert = await booked(house)
    visit = ticket["visits"][0]["id"]
    on_behalf = {"expert_id": expert.partition(":")[2]}
    await house.report(visit, "completed", "helpdesk", **on_behalf)
    await open_question(house, ticket["id"], REASON, 1)
    assert await invoices(house, ticket["id"]) == []
