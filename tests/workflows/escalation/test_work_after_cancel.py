"""Work that is reported after its visit was cancelled: kept, asked about, and paid or not."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from models.actor import Actor, Role
from models.db.visit.late import kept_after_the_end
from models.event import Cause
from models.field import FactKind
from models.messages.visit import ReportVisit
from tests.house import House
from tests.workflows.company import bare, between, hire, rows, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, details, open_question

REASON = "WORK_AFTER_CANCEL"
LONG_AFTER = timedelta(days=40)


async def given_up(house: House) -> tuple[str, str, str]:
    """A ticket that was cancelled while an expert was booked, its visit, and that expert."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    return ticket_id, visit, expert


async def earned(house: House, expert: str) -> list[int]:
    page = await house.expect(expert, "GET", "/experts/me/earnings")
    return [row["gross"] for row in page["items"]]


async def test_an_expert_who_worked_on_a_cancelled_visit_is_paid_if_somebody_says_so(
    house: House,
) -> None:
    ticket_id, visit, expert = await given_up(house)
    # Their phone kept what they did, and knew nothing.
    for kind in ("started", "completed"):
        answer = await house.report(visit, kind, expert)
        assert (answer["effect"], answer["state"]) == ("recorded_only", "CANCELLED")
    asked = await open_question(house, ticket_id, REASON, 1)
    assert "minutes of work" in await details(asked)
    await decide(asked, ANA, "1_pay_expert")
    [gross] = await house.soon(lambda: earned(house, expert), "the earning")
    assert gross > 0
    invoices = await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/invoices")
    assert invoices["items"] == []
    ticket = await house.ticket(ticket_id)
    assert (ticket["status"], ticket["attention"]) == ("CANCELLED", ["late_report"])
    assert not await house.later(ticket_id, LONG_AFTER)
    assert (await house.workflow(ticket_id).result())["status"] == "CANCELLED"
    assert await earned(house, expert) == [gross]


def said() -> dict[str, Any]:
    """What a phone says each time that it sends the same report."""
    return {
        "client_event_id": str(uuid.uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "report": {"notes": "Relay replaced."},
    }


async def over_for_good(house: House) -> tuple[str, str, str]:
    """The same, when nobody listens for that ticket any more."""
    ticket_id, visit, expert = await given_up(house)
    assert not await house.later(ticket_id, LONG_AFTER)
    assert (await house.workflow(ticket_id).result())["status"] == "CANCELLED"
    return ticket_id, visit, expert


async def test_work_that_is_reported_when_a_ticket_is_over_for_good_is_asked_about_and_paid_once(
    house: House,
) -> None:
    ticket_id, visit, expert = await over_for_good(house)
    before = await house.ticket(ticket_id)
    report = said()
    answers = [await house.report(visit, "completed", expert, **report) for _ in "123"]
    assert [a["effect"] for a in answers] == ["recorded_only", "repeated", "repeated"]
    assert {a["recorded_only"] for a in answers} == {True}
    asked = await open_question(house, ticket_id, REASON, 1)

    async def page() -> bool:
        return "minutes of work" in await details(asked)

    await house.soon(page, "the page of the question")
    ticket = await house.ticket(ticket_id)
    assert (ticket["status"], ticket["attention"]) == ("CANCELLED", ["late_report"])
    kept = [e for e in await house.timeline(ticket_id) if e["type"] == "rights.report_kept"]
    assert [(e["seq"], e["data"]["reported"]) for e in kept] == [(before["seq"] + 1, "completed")]
    words = "select notes from work_reports where id = %s"
    assert rows(house, words, kept[0]["data"]["report_id"]) == [{"notes": "Relay replaced."}]
    await decide(asked, ANA, "1_pay_expert")
    [gross] = await house.soon(lambda: earned(house, expert), "the earning")
    assert gross > 0
    assert (await asked.result())["action"] == "pay_expert"
    assert not await house.later(ticket_id, LONG_AFTER)
    assert (await house.workflow(ticket_id).result())["status"] == "CANCELLED"
    # It is over once more; neither the same report nor another is paid again.
    again = await house.report(visit, "completed", expert, **report)
    assert (again["effect"], again["recorded_only"]) == ("repeated", True)
    other = await house.report(visit, "completed", expert)
    assert other["effect"] == "recorded_only"
    assert not await house.later(ticket_id, LONG_AFTER)
    assert await earned(house, expert) == [gross]
    own = "select seq from events where aggregate = %s order by seq"
    seqs = [row["seq"] for row in rows(house, own, ticket_id)]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_who_is_not_to_be_paid_for_it_is_not(house: House) -> None:
    ticket_id, visit, expert = await over_for_good(house)
    await house.report(visit, "started", expert)
    asked = await open_question(house, ticket_id, REASON, 1)
    await decide(asked, ANA, "2_do_not_pay")
    assert (await asked.result())["action"] == "do_not_pay"
    assert not await house.later(ticket_id, LONG_AFTER)
    assert await earned(house, expert) == []


async def test_a_ticket_that_is_over_hears_what_is_no_work_and_ends_again(house: House) -> None:
    ticket_id, visit, expert = await over_for_good(house)
    answer = await house.report(visit, "en_route", expert)
    assert answer["effect"] == "recorded_only"
    assert not await house.later(ticket_id, LONG_AFTER)
    page = await house.expect("helpdesk", "GET", f"/escalations?ticket_id={ticket_id}")
    assert [e["reason"] for e in page["items"]] == []
    assert (await house.ticket(ticket_id))["attention"] == ["late_report"]


async def test_work_is_asked_about_though_something_was_kept_beside_its_ticket_before(
    house: House,
) -> None:
    ticket_id, visit, expert = await over_for_good(house)
    # What a phone told while Temporal was away, and the ticket was over when it came.
    fact = ReportVisit(
        visit_id=visit,
        kind=FactKind.EN_ROUTE,
        expert_id=bare(expert),
        occurred_at=datetime.now(UTC),
        client_event_id="cev_of-long-ago",
        by=Cause(actor=Actor(role=Role.EXPERT, id=bare(expert))),
    )
    with house.database.unit_of_work() as session:
        assert kept_after_the_end(session, ticket_id, fact, datetime.now(UTC))
    before = await house.ticket(ticket_id)
    report = said()
    answer = await house.report(visit, "completed", expert, **report)
    assert (answer["effect"], answer["recorded_only"]) == ("recorded_only", True)
    asked = await open_question(house, ticket_id, REASON, 1)
    kept = [e for e in await house.timeline(ticket_id) if e["type"] == "rights.report_kept"]
    assert [(e["seq"], e["data"]["reported"]) for e in kept] == [
        (before["seq"], "en_route"),
        (before["seq"] + 1, "completed"),
    ]
    await decide(asked, ANA, "1_pay_expert")
    [gross] = await house.soon(lambda: earned(house, expert), "the earning")
    assert gross > 0
    assert not await house.later(ticket_id, LONG_AFTER)
    ticket = await house.ticket(ticket_id)
    assert (ticket["status"], ticket["attention"]) == ("CANCELLED", ["late_report"])
    own = "select seq from events where aggregate = %s order by seq"
    seqs = [row["seq"] for row in rows(house, own, ticket_id)]
    assert seqs == list(range(1, ticket["seq"] + 1))


async def test_what_reaches_nothing_but_the_rows_of_a_ticket_is_kept_and_its_phone_may_forget_it(
    house: House,
) -> None:
    ticket_id, visit, expert = await over_for_good(house)
    # As if its history were deleted: its row goes on by itself.
    rows(house, "update tickets set seq = seq + 1 where id = %s returning seq", ticket_id)
    before = await house.ticket(ticket_id)
    report = said()
    answers = [await house.report(visit, "completed", expert, **report) for _ in "123"]
    assert [a["effect"] for a in answers] == ["recorded_only", "repeated", "repeated"]
    ticket = await house.ticket(ticket_id)
    assert (ticket["status"], ticket["seq"]) == ("CANCELLED", before["seq"] + 1)
    assert ticket["attention"] == ["late_report"]
    kept = [e for e in await house.timeline(ticket_id) if e["type"] == "rights.report_kept"]
    assert [(e["seq"], e["data"]["reported"]) for e in kept] == [(ticket["seq"], "completed")]
    reused = {**report, "report": {"notes": "Something else."}, "type": "completed"}
    path = f"/visits/{visit}/events"
    other: Any = await house.ask(expert, "POST", path, reused)
    assert (other.status_code, other.json()["code"]) == (422, "client-event-id-reused")
    back = {
        "client_event_id": str(uuid.uuid4()),
        "corrects": report["client_event_id"],
        "occurred_at": report["occurred_at"],
    }
    late: Any = await house.ask(expert, "POST", path, back)
    assert (late.status_code, late.json()["code"]) == (409, "correction-too-late")
