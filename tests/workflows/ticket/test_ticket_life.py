"""A ticket's life, on real servers."""

from datetime import timedelta

from tests.house import House


async def test_a_ticket_lives_its_whole_life_and_everybody_hears_of_it_once(house: House) -> None:
    ticket = await house.scheduled()
    await house.soon(lambda: _all_sent(house, ticket["id"], "proposal.selected"), "the appointment")
    visit = ticket["visits"][0]["id"]
    for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
        await house.report(visit, kind)
    ticket = await house.until(ticket["id"], "COMPLETED")
    assert ticket["coverage"] == "COVERED"
    bill = await house.soon(lambda: _bills(house, ticket["id"]), "the invoice")
    assert [line["kind"] for line in bill[0]["lines"]] == ["covered"]
    assert bill[0]["total"] == 0
    await house.expect("customer", "POST", f"/tickets/{ticket['id']}/confirm", {})
    await house.until(ticket["id"], "CLOSED")
    told = await house.soon(
        lambda: _all_sent(house, ticket["id"], "ticket.closed"), "every message"
    )
    to_customer = [n["template"] for n in told if n["recipient_role"] == "customer"]
    assert sorted(to_customer) == sorted(
        [
            "ticket.received",
            "visit.scheduled",
            "ticket.completed",
            "invoice.issued",
            "ticket.closed",
        ]
    )
    selected = [n for n in told if n["template"] == "proposal.selected"]
    assert len(selected) == 1


async def test_a_completed_ticket_closes_by_itself_after_thirty_days(house: House) -> None:
    ticket = await house.completed()
    [timer] = (await house.expect("customer", "GET", f"/tickets/{ticket['id']}/timers"))["timers"]
    assert timer["name"] == "auto_close"
    await house.later(ticket["id"], timedelta(days=30, seconds=5))
    await house.until(ticket["id"], "CLOSED")
    closed = [e for e in await house.timeline(ticket["id"]) if e["type"] == "ticket.closed"]
    assert [e["data"]["reason"] for e in closed] == ["auto_close"]


async def test_a_ticket_nobody_proposes_for_asks_the_helpdesk_when_its_time_is_up(
    house: House,
) -> None:
    ticket_id = await house.file()
    await house.until(ticket_id, "MATCHING")
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    asked = await house.soon(lambda: _escalations(house, ticket_id), "an escalation")
    assert [(e["reason"], e["level"], e["state"]) for e in asked] == [("NO_PROPOSALS", 1, "OPEN")]
    asking = house.env.client.get_workflow_handle(str(asked[0]["workflow_id"]))
    shown = (await asking.describe()).typed_search_attributes
    assert {p.key.name: p.value for p in shown}["EscalationReason"] == "NO_PROPOSALS"


async def _bills(house: House, ticket_id: str) -> list[dict[str, object]]:
    page = await house.expect("customer", "GET", f"/tickets/{ticket_id}/invoices")
    bills: list[dict[str, object]] = page["items"]
    return bills


async def _all_sent(house: House, ticket_id: str, last: str) -> list[dict[str, object]]:
    """What was sent, once `last` was and nothing waits but reminders."""
    page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={ticket_id}")
    told = [n for n in page["items"] if ".due_in_" not in n["template"]]
    sent = [n for n in told if n["state"] == "SENT"]
    waiting = any(n["state"] == "QUEUED" for n in told)
    return [] if waiting or last not in {n["template"] for n in sent} else sent


async def _escalations(house: House, ticket_id: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await house.ticket(ticket_id))["escalations"]
    return found
