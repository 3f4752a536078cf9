"""What was accepted while somebody was away and is refused once they are back: shown to whoever
sent it, and told to the customer whose wish it was."""

import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.db.engine import Database
from models.db.visit.refused import SHOWN_FOR, RefusedReports
from tests.api.intake.outage import DATABASE, ENGINE, asked, report, without
from tests.api.visit.test_reports import LONG_AGO, booked, sent, taken, visit_row
from tests.house import House, days
from tests.refusals import refused
from tests.workflows.company import hire
from tests.workflows.company import parting as parting

pytestmark = pytest.mark.long

DAY, WORK = "/experts/me/day", "/experts/me/work-items"


async def shown(house: House, expert: str, page: str = WORK) -> Any:
    return (await house.expect(expert, "GET", page))["refused_reports"]


async def one_shown(house: House, expert: str) -> Any:
    async def look() -> Any:
        return await shown(house, expert)

    [one] = await house.soon(look, "the refusal")
    return one


async def told(house: House, ticket: str) -> list[Any]:
    path = f"/notifications?ticket_id={ticket}&limit=100"
    page = await house.expect("helpdesk", "GET", path)
    return [n for n in page["items"] if n["template"] == "request.refused"]


async def timeline(house: House, ticket: str, kind: str, who: str = "helpdesk") -> list[Any]:
    return [e for e in await house.timeline(ticket, who) if e["type"] == kind]


def log_of(directory: Path) -> list[Any]:
    """What a process that keeps its log there has not brought on its way."""
    found: list[Any] = []
    for file in directory.glob("commands-*.db"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as kept:
            found += kept.execute("select id from command").fetchall()
    return found


async def test_a_report_that_its_ticket_refuses_later_is_shown_to_its_expert_until_it_is_seen(
    house: House,
) -> None:
    visit, expert = await booked(house)
    assert house.shift is not None
    async with house.shift.over():
        left = await sent(house, visit, expert, "started", occurred_at=LONG_AGO)
        assert left.status_code == 202
        assert await shown(house, expert) == []
    one = await one_shown(house, expert)
    assert (one["client_event_id"], one["visit_id"]) == ("phone-started", visit)
    assert (one["type"], one["occurred_at"]) == ("started", LONG_AGO)
    problem = one["problem"]
    assert (problem["code"], problem["status"]) == ("occurred-too-early", 422)
    assert problem["title"] == "It cannot have been that early"
    assert problem["trace_id"] == ""
    assert [error["pointer"] for error in problem["errors"]] == ["/occurred_at"]
    assert await shown(house, expert, DAY) == [one]
    final = await sent(house, visit, expert, "started", occurred_at=LONG_AGO)
    refused(final, 422, "occurred-too-early", "/occurred_at")
    assert final.json()["detail"] == problem["detail"]
    assert await shown(house, expert) == [one]
    stranger = hire(house, "refrigeration")
    seen = f"/experts/me/refused-reports/{one['id']}"
    refused(await house.ask(stranger, "DELETE", seen), 404, "refused-report-unknown")
    for _ in range(2):
        assert (await house.ask(expert, "DELETE", seen)).status_code == 204
        assert await shown(house, expert) == await shown(house, expert, DAY) == []
    final = await sent(house, visit, expert, "started", occurred_at=LONG_AGO)
    refused(final, 422, "occurred-too-early", "/occurred_at")
    assert await shown(house, expert) == []
    [row] = await visit_row(house, visit)
    [entry] = await timeline(house, row["ticket_id"], "visit.report_refused")
    assert (entry["data"]["reported"], entry["data"]["code"]) == ("started", "occurred-too-early")
    assert await told(house, row["ticket_id"]) == []


async def test_a_refusal_goes_away_with_the_right_report_under_the_same_id_and_after_two_weeks(
    house: House,
) -> None:
    visit, expert = await booked(house)
    assert house.shift is not None
    async with house.shift.over():
        for number in (1, 2):
            said = {"client_event_id": f"phone-{number}", "occurred_at": LONG_AGO}
            assert (await sent(house, visit, expert, "started", **said)).status_code == 202

    async def both() -> bool:
        return len(await shown(house, expert)) == 2

    await house.soon(both, "both refusals")
    await taken(house, visit, expert, "started", client_event_id="phone-1")
    assert [one["client_event_id"] for one in await shown(house, expert)] == ["phone-2"]
    database: Database = house.database
    who, later = expert.partition(":")[2], datetime.now(UTC) + SHOWN_FOR
    with database.unit_of_work() as session:
        assert RefusedReports(session).to_see(who, later) == []
        RefusedReports(session).sweep(datetime.now(UTC) - SHOWN_FOR)
        assert len(RefusedReports(session).to_see(who, datetime.now(UTC))) == 1


@pytest.mark.parametrize("away", [(DATABASE,), (ENGINE, DATABASE)], ids=["database", "both"])
async def test_a_report_of_a_batch_is_shown_once_though_it_was_sent_twice_to_two_processes(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    visit, expert = await booked(house)
    now = datetime.now(UTC)
    right = {**report("acknowledged", now), "visit_id": visit}
    wrong = {**report("started", now - timedelta(days=90)), "visit_id": visit}
    batch = {"sent_at": now.isoformat(), "events": [wrong, right]}
    async with (
        without(house, tmp_path / "log", *away) as (http, outage),
        without(house, tmp_path / "other", *away) as (other, another),
    ):
        for process in (http, other, http):
            many = await asked(house, process, expert, "POST", "/visits/events:batch", batch)
            assert [result["status"] for result in many.json()["results"]] == [202, 202]
        await outage.mend()
        await another.mend()
        one = await one_shown(house, expert)
        assert one["client_event_id"] == wrong["client_event_id"]
        assert one["problem"]["code"] == "occurred-too-early"
        final = await asked(house, other, expert, "POST", "/visits/events:batch", batch)
        statuses = [result["status"] for result in final.json()["results"]]
        assert statuses == [422, 200]
        assert final.json()["results"][0]["problem"]["errors"][0]["pointer"].startswith("/events/0")
        [row] = await visit_row(house, visit)

        async def asked_by_both() -> bool:
            return not any(log_of(tmp_path / name) for name in ("log", "other"))

        await house.soon(asked_by_both, "what both had kept")
        assert len(await shown(house, expert)) == 1
    assert len(await timeline(house, row["ticket_id"], "visit.report_refused")) == 1


async def test_a_stranger_hears_that_there_is_no_such_visit_and_the_ticket_hears_nothing(
    house: House, tmp_path: Path
) -> None:
    visit, _ = await booked(house)
    stranger = hire(house, "refrigeration")
    said = report("acknowledged", datetime.now(UTC))
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        path = f"/visits/{visit}/events"
        assert (await asked(house, http, stranger, "POST", path, said)).status_code == 202
        await outage.mend()
        one = await one_shown(house, stranger)
        assert one["problem"]["code"] == "visit-unknown"
        refused(await asked(house, http, stranger, "POST", path, said), 404, "visit-unknown")
    [row] = await visit_row(house, visit)
    assert await timeline(house, row["ticket_id"], "visit.report_refused") == []


async def test_a_report_that_comes_too_late_for_its_ticket_is_kept_and_is_no_refusal(
    house: House,
) -> None:
    visit, expert = await booked(house)
    [row] = await visit_row(house, visit)
    ticket = row["ticket_id"]
    assert house.shift is not None
    await house.expect("helpdesk", "POST", f"/tickets/{ticket}/cancel", {})
    await house.until(ticket, "CANCELLED")
    async with house.shift.over():
        left = await sent(house, visit, expert, "en_route")
        assert left.status_code in (200, 202), left.text

    async def kept() -> Any:
        return await timeline(house, ticket, "rights.report_kept")

    assert len(await house.soon(kept, "the report")) == 1
    assert await shown(house, expert) == []


@pytest.mark.parametrize(
    ("away", "frozen"),
    [((DATABASE,), False), ((ENGINE,), False), ((ENGINE,), True)],
    ids=["database", "engine", "engine frozen"],
)
async def test_a_cancel_that_is_refused_later_is_told_to_its_customer_once(
    house: House, tmp_path: Path, away: tuple[str, ...], *, frozen: bool
) -> None:
    visit, expert = await booked(house)
    [row] = await visit_row(house, visit)
    ticket, key = row["ticket_id"], str(uuid.uuid4())
    await taken(house, visit, expert, "started")
    path = f"/tickets/{ticket}/cancel"
    async with (
        without(house, tmp_path / "log", *away, frozen=frozen) as (http, outage),
        without(house, tmp_path / "other", *away, frozen=frozen) as (other, another),
    ):
        for process in (http, http, other):
            answer = await asked(house, process, "customer", "POST", path, {}, key)
            assert answer.status_code == 202, answer.text
        await outage.mend()
        await another.mend()

        async def letter() -> Any:
            return await told(house, ticket)

        await house.soon(letter, "the letter")

        async def asked_by_both() -> bool:
            return not any(log_of(tmp_path / name) for name in ("log", "other"))

        await house.soon(asked_by_both, "what both had kept")
        final = await asked(house, http, "customer", "POST", path, {}, key)
        refused(final, 403, "helpdesk-only")
    [intent] = await told(house, ticket)
    [entry] = await timeline(house, ticket, "request.refused", "customer")
    facts = {"asked": "cancel", "refusal": "helpdesk-only", "theirs": True}
    assert entry["data"] == facts
    assert entry["actor_role"] == "customer"
    assert intent["recipient_role"] == "customer"

    number = (await house.ticket(ticket))["number"]

    async def written() -> Any:
        letters = [" ".join(letter.split()) for letter in house.letters()]
        return [words for words in letters if f"Ticket {number}: Ihre Absage" in words]

    [words] = await house.soon(written, "the words")
    assert "Der Grund: unser Experte ist schon unterwegs." in words


async def test_changed_times_that_are_over_by_then_are_told_to_the_customer_and_not_of_a_stranger(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    path = f"/tickets/{ticket}/slots"
    stranger = f"customer:cus_{uuid.uuid4()}"
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        body = {"slots": days(-2, 1)}
        for who in ("customer", stranger):
            answer = await asked(house, http, who, "PUT", path, body)
            assert answer.status_code == 202, answer.text
        await outage.mend()

        async def letter() -> Any:
            return await told(house, ticket)

        [one] = await house.soon(letter, "the letter")

        async def all_asked() -> bool:
            return not log_of(tmp_path / "log")

        await house.soon(all_asked, "what was kept")
    [entry] = await timeline(house, ticket, "request.refused")
    assert entry["data"]["refusal"] == "slot-in-the-past"
    assert [intent["id"] for intent in await told(house, ticket)] == [one["id"]]
