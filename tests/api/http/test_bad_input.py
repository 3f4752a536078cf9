"""Bad input to what follows the filing: refused by field and rule, and nothing moves."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.house import REFERENCE, House, days
from tests.refusals import refused


def slot(start: Any, end: Any, **more: Any) -> dict[str, Any]:
    return {"slots": [{"start": start, "end": end, **more}]}


def in_days(days_ahead: float, hours: float = 4) -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(days=days_ahead)
    return slot(start.isoformat(), (start + timedelta(hours=hours)).isoformat())


@pytest.mark.parametrize(
    ("path", "command", "pointers"),
    [
        ("cancel", {"reason": "x" * 4001}, ("/reason",)),
        ("cancel", {"reason": "\x07"}, ("/reason",)),
        ("cancel", [], ("",)),
        ("confirm", {"rating": 5}, ("/rating",)),
        ("reopen", {"slots": []}, ("/slots",)),
        ("reopen", {"reason": "Still hums."}, ("/slots",)),
    ],
)
async def test_a_command_that_is_no_command_is_refused_by_field(
    house: House, path: str, command: Any, pointers: tuple[str, ...]
) -> None:
    filed = await house.file()
    answer = await house.ask("customer", "POST", f"/tickets/{filed}/{path}", command)
    refused(answer, 422, "validation-failed", *pointers)


async def test_a_settled_visit_takes_no_proposal_and_a_closed_ticket_no_command(
    house: House,
) -> None:
    slots = days(40, 1)
    filed = await house.file(slots=slots)
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    await house.propose(visit["id"], windows=slots)
    await house.until(filed, "SCHEDULED")
    offer = {"windows": slots}
    again = await house.ask("expert", "POST", f"/visits/{visit['id']}/proposals", offer)
    assert refused(again, 409, "illegal-transition")["evidence"]["state"] == "SCHEDULED"
    await house.expect("customer", "POST", f"/tickets/{filed}/cancel", {})
    await house.until(filed, "CANCELLED")
    for method, path, command in (
        ("POST", "cancel", {}),
        ("POST", "confirm", {}),
        ("POST", "reopen", {"slots": slots}),
        ("PUT", "slots", {"slots": slots}),
    ):
        answer = await house.ask("customer", method, f"/tickets/{filed}/{path}", command)
        assert answer.status_code == 409, answer.text
        assert answer.json()["code"] in ("ticket-closed", "illegal-transition")
    kept = await house.ticket(filed)
    assert (kept["status"], kept["round"]) == ("CANCELLED", 1)
    assert len(kept["visits"]) == 1


async def test_slots_are_changed_under_the_rules_they_were_filed_under(house: House) -> None:
    filed = await house.file()
    await house.until(filed, "MATCHING")
    before = await house.ticket(filed)
    for wrong, code, pointer in (
        (in_days(-1), "slot-in-the-past", "/slots/0/start"),
        (in_days(5, hours=1), "slot-too-short", "/slots/0"),
        (slot("2026-12-09T09:00:00", "2026-12-09T18:00:00"), "offset-missing", "/slots/0/start"),
    ):
        answer = await house.ask("customer", "PUT", f"/tickets/{filed}/slots", wrong)
        refused(answer, 422, code, pointer)
    assert await house.ticket(filed) == before


# name: (the report, what is refused, by which rule, in which fields)
REPORTS: dict[str, tuple[dict[str, Any], int, str, tuple[str, ...]]] = {
    "of nothing": (
        {},
        422,
        "validation-failed",
        ("/client_event_id", "/occurred_at"),
    ),
    "of something nobody does": ({"type": "lunch"}, 422, "validation-failed", ("/type",)),
    "of tomorrow": (
        {"occurred_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
        422,
        "occurred-in-the-future",
        ("/occurred_at",),
    ),
    "of a time without offset": (
        {"occurred_at": "2026-11-20T10:00:00"},
        422,
        "validation-failed",
        ("/occurred_at",),
    ),
    "that is done and says not what": (
        {"type": "completed"},
        422,
        "report-missing",
        ("/report",),
    ),
    "that says what was done before it is": (
        {"report": {"notes": "Done."}},
        422,
        "report-too-early",
        ("/report",),
    ),
    "for a colleague": (
        {"expert_id": REFERENCE.experts[1].id},
        422,
        "not-yourself",
        ("/expert_id",),
    ),
    "with minus one part": (
        {"type": "completed", "report": {"notes": "x", "parts": [{"sku": "a", "quantity": -1}]}},
        422,
        "validation-failed",
        ("/report/parts/0/quantity",),
    ),
    "with a photo that is none": (
        {
            "type": "completed",
            "report": {
                "notes": "x",
                "photos": [
                    {"name": "x", "media_type": "text/html", "size": 10**30, "sha256": "0" * 64}
                ],
            },
        },
        422,
        "validation-failed",
        ("/report/photos/0/media_type", "/report/photos/0/size"),
    ),
    "under a name with spaces": (
        {"client_event_id": "a b"},
        422,
        "validation-failed",
        ("/client_event_id",),
    ),
}


async def test_a_report_from_the_field_that_cannot_be_is_refused_and_moves_nothing(
    house: House,
) -> None:
    slots = days(41, 1)
    filed = await house.file(slots=slots)
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    await house.propose(visit["id"], windows=slots)
    before = await house.until(filed, "SCHEDULED")
    for name, (changes, status, code, pointers) in REPORTS.items():
        event = {
            "client_event_id": str(uuid.uuid4()),
            "type": "acknowledged",
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        report = {**event, **changes} if changes else {}
        answer = await house.ask("expert", "POST", f"/visits/{visit['id']}/events", report)
        assert answer.status_code == status, (name, answer.text)
        refused(answer, status, code, *pointers)
    assert await house.ticket(filed) == before
    await house.expect("customer", "POST", f"/tickets/{filed}/cancel", {})


@pytest.mark.parametrize(
    ("windows", "code", "pointer"),
    [
        (list, "validation-failed", "/windows"),
        (lambda: days(1, 51), "validation-failed", "/windows"),
        (lambda: in_days(-2)["slots"], "windows-too-short", "/windows"),
        (lambda: in_days(3, hours=1)["slots"], "windows-too-short", "/windows"),
        (
            lambda: [{"start": "2026-12-09T09:00:00", "end": "2026-12-09T18:00:00"}],
            "offset-missing",
            "/windows/0/start",
        ),
        (
            lambda: [{"start": "2026-12-09T19:00:00Z", "end": "2026-12-09T18:00:00Z"}],
            "slot-backwards",
            "/windows/0/end",
        ),
    ],
)
async def test_a_proposal_that_no_visit_fits_into_is_refused(
    house: House, windows: Callable[[], Any], code: str, pointer: str
) -> None:
    filed = await house.file(slots=days(42, 1))
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    path = f"/visits/{visit['id']}/proposals"
    answer = await house.ask("expert", "POST", path, {"windows": windows()})
    refused(answer, 422, code, pointer)
    assert (await house.expect("helpdesk", "GET", path))["items"] == []
