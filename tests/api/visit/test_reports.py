"""Reports from the field over HTTP: what a phone's clock may say, and what its ids stand for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.house import House
from tests.refusals import refused
from tests.workflows.company import hire, rows
from tests.workflows.company import parting as parting

NOTES = {"notes": "Compressor relay replaced."}
NO_VISIT = "vis_00000000-0000-7000-8000-000000000000"
LONG_AGO = "2021-01-01T00:00:00Z"


def ago(**time: float) -> str:
    """An instant so long ago."""
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def slow(**time: float) -> dict[str, str]:
    """The times of a report of so long ago, by a phone that shows to be four minutes behind."""
    return {"occurred_at": ago(**time), "sent_at": ago(minutes=4)}


def ahead(**time: float) -> str:
    """An instant so far ahead."""
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


async def booked(house: House, hours: float = 0.1, expert: str = "") -> tuple[str, str]:
    """An urgent visit that begins in so many hours, and who makes it."""
    slot = {"start": ahead(hours=hours), "end": ahead(hours=hours + 30)}
    filed = await house.file(urgency="urgent", accept_fee=True, slots=[slot])
    visit = (await house.until(filed, "MATCHING"))["visits"][0]["id"]
    expert = expert or hire(house, "refrigeration")
    await house.propose(visit, expert, [slot])
    await house.until(filed, "SCHEDULED")
    return visit, expert


async def sent(house: House, visit: str, expert: str, kind: str, **said: Any) -> Any:
    body = {"client_event_id": f"phone-{kind}", "type": kind, "occurred_at": ago(), **said}
    return await house.ask(expert, "POST", f"/visits/{visit}/events", body)


async def taken(house: House, visit: str, expert: str, kind: str, **said: Any) -> Any:
    answer = await sent(house, visit, expert, kind, **said)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_start_of_years_ago_makes_no_invoice(house: House) -> None:
    visit, expert = await booked(house)
    answer = await sent(house, visit, expert, "started", occurred_at=LONG_AGO)
    refused(answer, 422, "occurred-too-early", "/occurred_at")
    assert (await taken(house, visit, expert, "started"))["state"] == "IN_PROGRESS"


async def test_nothing_is_reported_from_before_the_expert_was_sent_but_by_a_clock_that_is_behind(
    house: House,
) -> None:
    visit, expert = await booked(house)
    refusal = await sent(house, visit, expert, "acknowledged", occurred_at=LONG_AGO)
    bound = datetime.fromisoformat(refusal.json()["evidence"]["bound"])
    early = (bound - timedelta(microseconds=1)).isoformat()
    clocks: list[dict[str, str]] = [{}, {"sent_at": ahead(minutes=2)}]
    for by_the_clock in clocks:
        said = {"occurred_at": early, **by_the_clock}
        answer = await sent(house, visit, expert, "acknowledged", **said)
        refused(answer, 422, "occurred-too-early", "/occurred_at")
    behind = {"occurred_at": early, "sent_at": ago(minutes=4)}
    assert (await taken(house, visit, expert, "acknowledged", **behind))["effect"] == "applied"
    at = {"occurred_at": bound.isoformat()}
    assert (await taken(house, visit, expert, "en_route", **at))["state"] == "EN_ROUTE"


async def test_only_an_acknowledgement_comes_more_than_twelve_hours_before(house: House) -> None:
    visit, expert = await booked(house, hours=13)
    assert (await taken(house, visit, expert, "acknowledged"))["state"] == "SCHEDULED"
    for kind in ("en_route", "on_site", "started"):
        answer = await sent(house, visit, expert, kind)
        refused(answer, 422, "occurred-too-early", "/occurred_at")


async def test_work_does_not_end_before_it_began_and_a_start_after_the_end_is_only_kept(
    house: House,
) -> None:
    begun, ended = slow(seconds=1), slow(seconds=2)
    done = {**ended, "report": NOTES}
    visit, expert = await booked(house)
    await taken(house, visit, expert, "started", **begun)
    answer = await sent(house, visit, expert, "completed", **done)
    refused(answer, 422, "occurred-too-early", "/occurred_at")
    visit, expert = await booked(house)
    assert (await taken(house, visit, expert, "completed", **done))["effect"] == "applied"
    late = await taken(house, visit, expert, "started", **begun)
    assert late["effect"] == "recorded_only"
    [row] = await visit_row(house, visit)
    [seen] = (await house.ticket(row["ticket_id"]))["visits"]
    assert (seen["state"], seen["actual_start"]) == ("COMPLETED", None)


async def test_what_was_written_by_a_clock_that_was_set_since_was_when_we_had_it(
    house: House,
) -> None:
    visit, expert = await booked(house)
    by_phone, now = ahead(minutes=118), datetime.now(UTC)
    said = {"occurred_at": by_phone, "sent_at": now.isoformat()}
    assert (await taken(house, visit, expert, "on_site", **said))["state"] == "ON_SITE"
    [row] = await visit_row(house, visit)
    [told] = [e for e in await house.timeline(row["ticket_id"]) if e["type"] == "visit.on_site"]
    assert told["data"]["phone_time"].replace("Z", "+00:00") == by_phone
    assert abs(datetime.fromisoformat(told["occurred_at"]) - now) < timedelta(seconds=30)


@pytest.mark.parametrize("wrong", [timedelta(days=2), timedelta(days=-400)])
async def test_a_clock_that_is_far_wrong_is_mended_and_what_it_said_is_kept(
    house: House, wrong: timedelta
) -> None:
    visit, expert = await booked(house)
    by_phone = datetime.now(UTC) + wrong
    said = {"occurred_at": by_phone.isoformat(), "sent_at": by_phone.isoformat()}
    await taken(house, visit, expert, "started", **said)
    [event] = await started(house, visit)
    off = datetime.now(UTC) - datetime.fromisoformat(event["occurred_at"])
    assert abs(off) < timedelta(minutes=1)
    assert datetime.fromisoformat(event["data"]["phone_time"]) == by_phone


async def test_a_clock_that_is_four_minutes_wrong_is_left_alone(house: House) -> None:
    visit, expert = await booked(house)
    by_phone = ahead(minutes=4)
    await taken(house, visit, expert, "started", occurred_at=by_phone, sent_at=by_phone)
    [event] = await started(house, visit)
    assert datetime.fromisoformat(event["occurred_at"]) == datetime.fromisoformat(by_phone)
    assert "phone_time" not in event["data"]


async def test_a_clock_that_is_set_right_after_the_start_does_not_refuse_the_work_report(
    house: House,
) -> None:
    visit, expert = await booked(house)
    await taken(house, visit, expert, "started", occurred_at=ahead(minutes=4))
    done = await taken(house, visit, expert, "completed", report=NOTES)
    assert (done["state"], done["repeated"]) == ("COMPLETED", False)
    [times] = rows(house, "select actual_start, actual_end from visits where id = %s", visit)
    assert times["actual_start"] <= times["actual_end"]


async def test_one_id_for_three_reports_is_refused_and_the_work_report_is_not_lost(
    house: House,
) -> None:
    visit, expert = await booked(house)
    same = {"client_event_id": "phone-1"}
    assert not (await taken(house, visit, expert, "acknowledged", **same))["repeated"]
    for kind, more in (("en_route", {}), ("completed", {"report": NOTES})):
        answer = await sent(house, visit, expert, kind, **same, **more)
        refused(answer, 422, "client-event-id-reused", "/client_event_id")
    done = await taken(house, visit, expert, "completed", report=NOTES)
    assert (done["state"], done["repeated"]) == ("COMPLETED", False)


async def test_a_report_sent_again_is_repeated_whatever_its_time_of_sending(house: House) -> None:
    visit, expert = await booked(house)
    said = {"occurred_at": ago(), "report": NOTES}
    first = await taken(house, visit, expert, "completed", **said, sent_at=ago())
    again = await taken(house, visit, expert, "completed", **said, sent_at=ago(hours=9))
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert again["state"] == "COMPLETED"
    answer = await sent(house, visit, expert, "completed", **said | {"report": {"notes": "No."}})
    refused(answer, 422, "client-event-id-reused", "/client_event_id")
    moved = {**said, "occurred_at": ago(seconds=30)}
    answer = await sent(house, visit, expert, "completed", **moved)
    refused(answer, 422, "client-event-id-reused", "/client_event_id")


async def test_a_report_sent_again_tells_where_the_visit_stands_by_now(house: House) -> None:
    visit, expert = await booked(house)
    on_the_way = {"occurred_at": ago()}
    await taken(house, visit, expert, "en_route", **on_the_way)
    await taken(house, visit, expert, "on_site")
    again = await taken(house, visit, expert, "en_route", **on_the_way)
    assert (again["repeated"], again["state"]) == (True, "ON_SITE")


async def test_an_id_stands_for_one_report_of_all_that_an_expert_makes(house: House) -> None:
    expert = hire(house, "refrigeration")
    visit, _ = await booked(house, expert=expert)
    await taken(house, visit, expert, "completed", report=NOTES, client_event_id="same")
    other, _ = await booked(house, expert=expert)
    answer = await sent(house, other, expert, "acknowledged", client_event_id="same")
    refused(answer, 422, "client-event-id-reused", "/client_event_id")
    stranger_visit, stranger = await booked(house)
    told = await taken(house, stranger_visit, stranger, "acknowledged", client_event_id="same")
    assert not told["repeated"]


async def test_what_was_refused_leaves_its_id_free(house: House) -> None:
    visit, expert = await booked(house)
    answer = await sent(house, visit, expert, "started", occurred_at=ahead(minutes=10))
    refused(answer, 422, "occurred-in-the-future", "/occurred_at")
    assert not (await taken(house, visit, expert, "started"))["repeated"]


async def test_the_helpdesk_reports_for_two_experts_under_one_id(house: House) -> None:
    for _ in range(2):
        visit, expert = await booked(house)
        on_behalf = {"expert_id": expert.partition(":")[2], "client_event_id": "by-phone"}
        answer = await sent(house, visit, "helpdesk", "acknowledged", **on_behalf)
        refused(answer, 422, "reason-missing", "/reason")
        on_behalf["reason"] = "They have no coverage."
        told = await taken(house, visit, "helpdesk", "acknowledged", **on_behalf)
        assert (told["state"], told["repeated"]) == ("SCHEDULED", False)


@pytest.mark.parametrize("name", ["a/b|c@d", "!", "~" * 80])
async def test_an_id_is_visible_ascii(house: House, name: str) -> None:
    visit, expert = await booked(house)
    assert await taken(house, visit, expert, "acknowledged", client_event_id=name)


@pytest.mark.parametrize("name", ["", "a b", "ü", "~" * 81])
async def test_an_id_is_nothing_else(house: House, name: str) -> None:
    answer = await sent(house, NO_VISIT, "expert", "started", client_event_id=name)
    refused(answer, 422, "validation-failed", "/client_event_id")


async def test_a_report_of_a_closed_ticket_that_was_taken_is_repeated(house: House) -> None:
    visit, expert = await booked(house)
    said = {"occurred_at": ago(), "report": NOTES}
    await taken(house, visit, expert, "completed", **said)
    [row] = await visit_row(house, visit)
    await house.until(row["ticket_id"], "COMPLETED")
    await house.expect("customer", "POST", f"/tickets/{row['ticket_id']}/confirm", {})
    await house.workflow(row["ticket_id"]).result()
    again = await taken(house, visit, expert, "completed", **said)
    assert (again["repeated"], again["state"]) == (True, "COMPLETED")


async def started(house: House, visit: str) -> list[Any]:
    """The starts in the timeline of a visit's ticket."""
    [row] = await visit_row(house, visit)
    entries = await house.timeline(row["ticket_id"])
    return [e for e in entries if e["type"] == "visit.started"]


async def visit_row(house: House, visit: str) -> list[dict[str, Any]]:
    return rows(house, "select ticket_id from visits where id = %s", visit)
