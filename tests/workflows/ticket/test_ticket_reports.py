"""Reports from the field: late, twice, in the wrong order, or not reports at all."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from tests.house import House
from tests.workflows.asking import at_rest, in_scheduled, reported

NO_VISIT = "vis_00000000-0000-7000-8000-000000000000"


def fact(ticket: Any, kind: str = "started", **other: Any) -> dict[str, Any]:
    """A report as an app leaves it when nobody answers."""
    expert = ticket["visits"][0]["assignments"][0]["expert_id"]
    return {
        "visit_id": ticket["visits"][0]["id"],
        "kind": kind,
        "expert_id": expert,
        "occurred_at": datetime.now(UTC).isoformat(),
        "client_event_id": f"phone-{kind}",
        "by": {"actor": {"role": "expert", "id": expert}},
        **other,
    }


async def rejected(house: House, ticket_id: str) -> list[tuple[str, str]]:
    """The messages that were rejected: which, and why."""
    await at_rest(house, ticket_id)
    entries = await house.timeline(ticket_id)
    found = [e["data"] for e in entries if e["type"] == "command.rejected"]
    return [(e["command"], e["code"]) for e in found]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["not a report"], "malformed-message"),
        ([7], "malformed-message"),
        ([None], "malformed-message"),
        ([["a", "list"]], "malformed-message"),
        ([{}], "malformed-message"),
        ([], "malformed-message"),
        (["one", "two"], "malformed-message"),
    ],
    ids=["text", "number", "null", "list", "empty", "no-argument", "two-arguments"],
)
async def test_a_malformed_signal_is_recorded_and_the_ticket_lives_on(
    house: House, args: list[Any], code: str
) -> None:
    ticket = await in_scheduled(house)
    await house.workflow(ticket["id"]).signal("visit_reported", args=args)

    async def recorded() -> Any:
        return await rejected(house, ticket["id"])

    assert await house.soon(recorded, "the rejection") == [("visit_reported", code)]
    await reported(house, ticket, "en_route")
    await house.until(ticket["id"], "IN_PROGRESS")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"visit_id": NO_VISIT}, "visit-unknown"),
        ({"expert_id": "exp_00000000-0000-7000-8000-000000000000"}, "assignment-unknown"),
        ({"occurred_at": "2199-01-01T00:00:00Z"}, "occurred-in-the-future"),
        ({"kind": "teleported"}, "malformed-message"),
        ({"occurred_at": "yesterday"}, "malformed-message"),
        ({"occurred_at": "2026-11-02T08:00:00"}, "malformed-message"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_report_that_does_not_fit_is_recorded_as_rejected(
    house: House, wrong: dict[str, Any], code: str
) -> None:
    ticket = await in_scheduled(house)
    await house.workflow(ticket["id"]).signal("visit_reported", fact(ticket) | wrong)

    async def recorded() -> Any:
        return await rejected(house, ticket["id"])

    assert await house.soon(recorded, "the rejection") == [("visit_reported", code)]


async def test_a_signal_nobody_knows_or_nobody_can_read_leaves_the_ticket_alive(
    house: House,
) -> None:
    ticket = await in_scheduled(house)
    handle = house.workflow(ticket["id"])
    await handle.signal("no_such_signal", {"anything": 1})
    garbled = Payload(metadata={"encoding": b"json/plain"}, data=b'{"visit_id": ')
    await handle.signal("visit_reported", RawValue(garbled))
    await reported(house, ticket, "en_route")
    await house.until(ticket["id"], "IN_PROGRESS")


async def test_a_report_left_as_a_signal_counts_like_any_other(house: House) -> None:
    ticket = await in_scheduled(house)
    await house.workflow(ticket["id"]).signal("visit_reported", fact(ticket))

    async def at_work() -> bool:
        return bool((await house.ticket(ticket["id"]))["visits"][0]["actual_start"])

    await house.soon(at_work, "the start")
    assert await rejected(house, ticket["id"]) == []


async def test_a_report_sent_many_times_has_one_effect(house: House) -> None:
    ticket = await in_scheduled(house)
    once = {"client_event_id": "phone-1", "occurred_at": datetime.now(UTC).isoformat()}
    answers = await asyncio.gather(*(reported(house, ticket, "en_route", **once) for _ in range(5)))
    assert {answer["state"] for answer in answers} == {"EN_ROUTE"}
    await at_rest(house, ticket["id"])
    on_the_way = [e for e in await house.timeline(ticket["id"]) if e["type"] == "visit.en_route"]
    assert len(on_the_way) == 1


async def test_a_report_repeated_after_the_next_one_changes_nothing(house: House) -> None:
    ticket = await in_scheduled(house)
    await reported(house, ticket, "en_route", client_event_id="phone-1")
    await reported(house, ticket, "on_site", client_event_id="phone-2")
    repeated = await reported(house, ticket, "en_route", client_event_id="phone-3")
    assert (repeated["repeated"], repeated["state"]) == (True, "ON_SITE")


async def test_completed_before_started_completes_the_ticket_and_says_so(house: House) -> None:
    ticket = await in_scheduled(house)
    began = datetime.now(UTC).isoformat()
    done = await reported(house, ticket, "completed")
    assert (done["state"], done["out_of_order"]) == ("COMPLETED", False)
    late = await reported(house, ticket, "started", occurred_at=began)
    assert (late["state"], late["out_of_order"]) == ("COMPLETED", True)
    await house.until(ticket["id"], "COMPLETED")
    await at_rest(house, ticket["id"])
    told = {e["type"]: e["data"] for e in await house.timeline(ticket["id"])}
    assert told["visit.started"]["out_of_order"] is True
    assert "out_of_order" not in told["visit.completed"]
    [visit] = (await house.ticket(ticket["id"]))["visits"]
    assert datetime.fromisoformat(visit["actual_start"]) == datetime.fromisoformat(began)


async def test_what_came_together_is_written_down_one_after_the_other(house: House) -> None:
    """Told again, it may come apart: a query lets a report be heard before the task that brings the
    next, and whatever follows from the first must be the same."""
    ticket = await in_scheduled(house)
    story = house.workflow(ticket["id"])
    await at_rest(house, ticket["id"])
    before = len((await story.fetch_history()).events)
    assert house.shift is not None
    async with house.shift.over():
        for kind in ("en_route", "on_site"):
            await story.signal("visit_reported", fact(ticket, kind))

    async def arrived() -> bool:
        [visit] = (await house.ticket(ticket["id"]))["visits"]
        return bool(visit["state"] == "ON_SITE")

    await house.soon(arrived, "the arrival")
    await at_rest(house, ticket["id"])
    news = (await story.fetch_history()).events[before:]
    writes = [
        e
        for e in news
        if e.marker_recorded_event_attributes.marker_name
        or e.activity_task_scheduled_event_attributes.activity_type.name == "record_ticket"
    ]
    assert len(writes) == 2
