"""A report that was first sent while nobody could answer, and is refused once somebody does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.db.engine import Database
from models.db.visit.reports import ReportName, named, unnamed
from tests.api.visit.test_reports import LONG_AGO, NOTES, ago, booked, sent, slow, taken, visit_row
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import hire
from tests.workflows.company import parting as parting

pytestmark = pytest.mark.long

FIRST = datetime(2026, 12, 1, 10, tzinfo=UTC)


def called(content: str, minutes: int) -> ReportName:
    """A report that came so many minutes after the first."""
    came = FIRST + timedelta(minutes=minutes)
    return ReportName(
        expert_id="exp_outage", client_event_id="phone-1", content=content, received_at=came
    )


async def test_its_id_is_free_again_whenever_the_report_came_first(house: House) -> None:
    database: Database = house.database
    with database.unit_of_work() as session:
        assert named(session, called("rep_a", 0)).content == "rep_a"
        unnamed(session, called("rep_b", 0))
        assert named(session, called("rep_a", 5)).received_at == FIRST
        unnamed(session, called("rep_a", 5))
        assert named(session, called("rep_b", 6)).content == "rep_b"
        unnamed(session, called("rep_b", 7))


async def test_its_id_is_free_for_the_same_news_at_the_right_time(house: House) -> None:
    visit, expert = await booked(house, expert=hire(house, "refrigeration"))
    assert house.shift is not None
    async with house.shift.over():
        left = await sent(house, visit, expert, "started", occurred_at=LONG_AGO)
        assert (left.status_code, left.json()["state"]) == (202, None)

    async def final() -> Any:
        answer = await sent(house, visit, expert, "started", occurred_at=LONG_AGO)
        return answer if answer.status_code != 202 else None

    again = await house.soon(final, "the refusal")
    refused(again, 422, "occurred-too-early", "/occurred_at")
    right = await taken(house, visit, expert, "started")
    assert (right["state"], right["repeated"]) == ("IN_PROGRESS", False)


async def test_once_its_ticket_has_ended_it_stays_refused_what_is_new_is_kept_and_taken_repeated(
    house: House,
) -> None:
    visit, expert = await booked(house, expert=hire(house, "refrigeration"))
    assert house.shift is not None
    async with house.shift.over():
        left = await sent(house, visit, expert, "en_route", occurred_at=LONG_AGO)
        assert left.status_code == 202
    said = {"occurred_at": ago(), "report": NOTES}
    assert not (await taken(house, visit, expert, "completed", **said))["repeated"]
    late = slow(minutes=1)
    assert (await taken(house, visit, expert, "started", **late))["out_of_order"]
    [row] = await visit_row(house, visit)
    await house.until(row["ticket_id"], "COMPLETED")
    await house.expect("customer", "POST", f"/tickets/{row['ticket_id']}/confirm", {})
    await house.workflow(row["ticket_id"]).result()
    again = await sent(house, visit, expert, "en_route", occurred_at=LONG_AGO)
    refused(again, 422, "occurred-too-early", "/occurred_at")
    fresh = {"client_event_id": "phone-3", "occurred_at": LONG_AGO}
    fresh = await taken(house, visit, expert, "en_route", **fresh)
    assert (fresh["effect"], fresh["recorded_only"]) == ("recorded_only", True)
    repeated = await taken(house, visit, expert, "started", **late)
    assert (repeated["repeated"], repeated["out_of_order"]) == (True, True)
    other = {"client_event_id": "phone-2", **said}
    repeated = await taken(house, visit, expert, "completed", **other)
    assert (repeated["effect"], repeated["recorded_only"]) == ("repeated", False)


async def test_what_was_kept_of_somebody_who_was_let_go_is_still_kept_once_the_ticket_has_ended(
    house: House,
) -> None:
    visit, expert = await booked(house, expert=hire(house, "refrigeration"))
    [row] = await visit_row(house, visit)
    path = f"/experts/{expert.partition(':')[2]}"
    await house.expect("admin", "PATCH", path, {"status": "SUSPENDED"})
    said = {"occurred_at": ago()}
    assert (await taken(house, visit, expert, "on_site", **said))["recorded_only"]
    await house.expect("helpdesk", "POST", f"/tickets/{row['ticket_id']}/cancel", {})
    await house.later(row["ticket_id"], timedelta(days=70))
    again = await taken(house, visit, expert, "on_site", **said)
    assert (again["repeated"], again["recorded_only"]) == (True, True)
