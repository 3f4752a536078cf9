"""What was accepted, and could not be carried out for 72 hours, or until its ticket was over: told
to whoever sent it, kept, or asked about, and never dropped."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from activities.message.ticket.refusals import why_in_words
from tests.api.intake.outage import DATABASE, ENGINE, asked, filed, report, without
from tests.api.intake.test_refused_later import log_of, shown, timeline, told
from tests.api.visit.brought import bring, completed, photo, sha, unlike_any
from tests.api.visit.files_waiting import kept as kept_files
from tests.api.visit.files_waiting import process
from tests.api.visit.test_reports import NOTES, ago, booked, taken, visit_row
from tests.cable import cable
from tests.house import House, days
from tests.replica import postgres_address, replica
from tests.until import until
from tests.workflows.company import bare, hire, rows
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, open_question
from tests.workflows.escalation.test_work_after_cancel import LONG_AFTER, earned, given_up

pytestmark = pytest.mark.long

TOO_LONG = timedelta(hours=73)
either = pytest.mark.parametrize("away", [DATABASE, ENGINE])


async def struck_out(house: House, log: Path) -> None:
    """Whoever takes a log over 73 hours later has all of it struck out."""
    async with replica(house, command_log=log, ahead=TOO_LONG):

        async def nothing() -> bool:
            return not log_of(log)

        await house.soon(nothing, "the end of what was left")


async def test_a_report_that_is_struck_out_is_shown_to_its_expert_and_its_id_is_free(
    house: House, tmp_path: Path
) -> None:
    visit, expert = await booked(house)
    said = report("en_route", datetime.now(UTC))
    path = f"/visits/{visit}/events"
    async with without(house, tmp_path, ENGINE) as (http, _):
        assert (await asked(house, http, expert, "POST", path, said)).status_code == 202
    await struck_out(house, tmp_path)
    [one] = await shown(house, expert)
    assert (one["client_event_id"], one["type"]) == (said["client_event_id"], "en_route")
    assert (one["problem"]["code"], one["problem"]["status"]) == ("command-too-old", 409)
    [row] = await visit_row(house, visit)
    [entry] = await timeline(house, row["ticket_id"], "visit.report_refused")
    assert (entry["data"]["reported"], entry["data"]["code"]) == ("en_route", "command-too-old")
    assert await timeline(house, row["ticket_id"], "visit.en_route") == []
    anew = {**said, "occurred_at": ago()}
    answer = await house.ask(expert, "POST", path, anew)
    assert (answer.status_code, answer.json()["effect"]) == (200, "applied")


async def test_a_report_that_its_ticket_had_at_once_is_kept_however_late_its_words_come(
    house: House, tmp_path: Path
) -> None:
    visit, expert = await booked(house)
    said = report("en_route", datetime.now(UTC))
    async with without(house, tmp_path, DATABASE) as (http, _):
        path = f"/visits/{visit}/events"
        assert (await asked(house, http, expert, "POST", path, said)).status_code == 202
    await struck_out(house, tmp_path)
    assert await shown(house, expert) == []
    [row] = await visit_row(house, visit)
    assert len(await timeline(house, row["ticket_id"], "visit.en_route")) == 1
    assert await timeline(house, row["ticket_id"], "visit.report_refused") == []


@either
async def test_a_cancel_that_is_struck_out_is_told_to_its_customer(
    house: House, tmp_path: Path, away: str
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with without(house, tmp_path, away) as (http, _):
        path = f"/tickets/{ticket}/cancel"
        assert (await asked(house, http, "customer", "POST", path, {})).status_code == 202
    await struck_out(house, tmp_path)
    [entry] = await timeline(house, ticket, "request.refused", "customer")
    facts = {"asked": "cancel", "refusal": "command-too-old", "theirs": True}
    assert entry["data"] == facts
    assert len(await told(house, ticket)) == 1
    assert (await house.ticket(ticket))["status"] == "MATCHING"
    assert why_in_words("command-too-old", "de") == "drei Tage lang ließ es sich nicht ausführen"


@either
async def test_what_the_helpdesk_added_and_is_struck_out_is_in_the_timeline(
    house: House, tmp_path: Path, away: str
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with without(house, tmp_path, away) as (http, _):
        added = {"slots": days(33, 1)}
        answer = await asked(house, http, "helpdesk", "PATCH", f"/tickets/{ticket}", added)
        assert answer.status_code == 202, answer.text
    await struck_out(house, tmp_path)
    [entry] = await timeline(house, ticket, "request.refused")
    facts = {"asked": "enrich", "refusal": "command-too-old", "theirs": False}
    assert (entry["data"], entry["actor_role"]) == (facts, "helpdesk")
    assert await told(house, ticket) == []


async def test_a_ticket_that_is_struck_out_while_postgres_is_away_is_missed_though_nobody_lives(
    house: House, tmp_path: Path
) -> None:
    async with without(house, tmp_path, ENGINE, DATABASE) as (http, _):
        answer = await filed(house, http, str(uuid.uuid4()))
        assert answer.status_code == 202, answer.text
    missed = answer.json()["id"]
    async with cable(*postgres_address(house)) as line:
        await line.cut()
        with capture_logs() as logs:
            one = replica(house, database_port=line.port, command_log=tmp_path, ahead=TOO_LONG)
            async with one:
                await until(lambda: "command_too_old" in {entry["event"] for entry in logs})
    assert log_of(tmp_path) == [(f"ticket-{missed.removeprefix('tkt_')}/start",)]
    await struck_out(house, tmp_path)
    assert rows(house, "select argument from accepted where ticket_id = %s", missed)


async def test_a_file_that_no_report_names_is_struck_out_told_and_swept(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(unlike_any()))
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        assert (await bring(house, visit, expert, door, http=http)).status_code == 202
        await line.mend()

        async def is_back() -> bool:
            return (await bring(house, visit, expert, door, http=http)).status_code == 409

        await house.soon(is_back, "the database")
    assert len(kept_files(tmp_path)) == 1
    async with process(house, tmp_path, ahead=TOO_LONG):

        async def nothing() -> bool:
            return not log_of(tmp_path / "log")

        await house.soon(nothing, "the end of what was left")
    [one] = await shown(house, expert)
    assert (one["client_event_id"], one["problem"]["code"]) == (sha(door), "command-too-old")
    assert kept_files(tmp_path) == []


async def test_what_the_helpdesk_reported_of_somebody_who_never_came_is_in_the_timeline(
    house: House, tmp_path: Path
) -> None:
    visit, _ = await booked(house)
    stranger = hire(house, "refrigeration")
    said = report("on_site", datetime.now(UTC), expert_id=bare(stranger), reason="Phoned.")
    async with without(house, tmp_path, ENGINE) as (http, outage):
        path = f"/visits/{visit}/events"
        for _ in range(2):
            answer = await asked(house, http, "helpdesk", "POST", path, said)
            assert answer.status_code == 202, answer.text
        await outage.mend()

        async def nothing() -> bool:
            return not log_of(tmp_path)

        await house.soon(nothing, "what was left")
    [row] = await visit_row(house, visit)
    [entry] = await timeline(house, row["ticket_id"], "visit.report_refused")
    assert (entry["data"]["code"], entry["actor_role"]) == ("assignment-unknown", "helpdesk")
    assert entry["data"]["expert_id"] == bare(stranger)
    assert await shown(house, stranger) == []


@pytest.mark.parametrize("code", [None, "0000"], ids=["no code", "wrong code"])
async def test_work_that_was_left_for_a_ticket_which_is_over_by_then_is_asked_about_and_paid(
    house: House, tmp_path: Path, code: str | None
) -> None:
    ticket, visit, expert = await given_up(house)
    said = report("started", datetime.now(UTC), start_code=code)
    async with without(house, tmp_path, ENGINE) as (http, outage):
        path = f"/visits/{visit}/events"
        assert (await asked(house, http, expert, "POST", path, said)).status_code == 202
        assert not await house.later(ticket, LONG_AFTER)
        assert (await house.workflow(ticket).result())["status"] == "CANCELLED"
        assert await timeline(house, ticket, "rights.report_kept") == []
        await outage.mend()
        question = await open_question(house, ticket, "WORK_AFTER_CANCEL", 1)

        async def nothing() -> bool:
            return not log_of(tmp_path)

        await house.soon(nothing, "what was left")
    await decide(question, ANA, "1_pay_expert")
    [gross] = await house.soon(lambda: earned(house, expert), "the earning")
    assert gross > 0
    assert not await house.later(ticket, LONG_AFTER)
    [entry] = await timeline(house, ticket, "rights.report_kept")
    assert entry["data"]["reported"] == "started"
    assert await shown(house, expert) == []
    own = "select seq from events where aggregate = %s order by seq"
    seqs = [row["seq"] for row in rows(house, own, ticket)]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_a_report_that_was_left_for_a_ticket_which_is_done_by_then_is_kept_beside_it(
    house: House, tmp_path: Path
) -> None:
    visit, expert = await booked(house)
    [row] = await visit_row(house, visit)
    ticket, said = row["ticket_id"], report("en_route", datetime.now(UTC))
    async with without(house, tmp_path, ENGINE) as (http, outage):
        path = f"/visits/{visit}/events"
        assert (await asked(house, http, expert, "POST", path, said)).status_code == 202
        await taken(house, visit, expert, "completed", report=NOTES)
        await house.until(ticket, "COMPLETED")
        await house.expect("customer", "POST", f"/tickets/{ticket}/confirm", {})
        await house.workflow(ticket).result()
        await outage.mend()

        async def kept() -> Any:
            return await timeline(house, ticket, "rights.report_kept")

        [entry] = await house.soon(kept, "the report")
    assert entry["data"]["reported"] == "en_route"
    assert "late_report" in (await house.ticket(ticket))["attention"]
    assert await shown(house, expert) == []
    again = await house.ask(expert, "POST", path, said)
    assert (again.status_code, again.json()["effect"]) == (200, "repeated")
