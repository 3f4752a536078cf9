"""What was written of a visit is read by whoever may know, and by nobody else."""

from typing import Any

from tests.api.visit.brought import JPEG, PAPER, PDF, SIGNATURE, completed, photo, sha, unlike_any
from tests.api.visit.test_reports import booked, taken
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import hire
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import policy


async def read(house: House, visit: str, who: str) -> list[Any]:
    found: list[Any] = (await house.expect(who, "GET", f"/visits/{visit}/reports"))["items"]
    return found


async def test_notes_parts_photos_and_signature_are_read_by_customer_crew_and_staff(
    house: House,
) -> None:
    door = unlike_any()
    signed = {"signed_by": "Sam Roe", "sha256": sha(SIGNATURE), "signed_at": "2026-11-01T10:00:00Z"}
    visit, expert = await completed(
        house,
        photo(door, taken_at="2026-11-01T09:30:00Z", name="At Doe's.jpg"),
        photo(PAPER, PDF),
        signature=signed,
        parts=[{"sku": "relay-24", "quantity": 2}],
        kb_note="The relay sticks.",
    )
    [shown] = await read(house, visit, "helpdesk")
    assert (shown["type"], shown["recorded_only"], shown["notes"]) == ("completed", False, "Done.")
    assert shown["parts"] == [{"sku": "relay-24", "quantity": 2}]
    assert shown["signature"] == signed
    assert [p["sha256"] for p in shown["photos"]] == [sha(door), sha(PAPER)]
    assert shown["photos"][0] == {
        "sha256": sha(door),
        "mime": JPEG,
        "bytes": len(door),
        "taken_at": "2026-11-01T09:30:00Z",
    }
    assert shown["kb_note"] == "The relay sticks."
    assert await read(house, visit, expert) == [shown]
    theirs = {**shown, "photos": shown["photos"][:1], "kb_note": None}
    assert await read(house, visit, "customer") == [theirs]
    for other in ("customer:cus_00000000-0000-7000-8000-000000000009", hire(house, "hvac")):
        answer = await house.ask(other, "GET", f"/visits/{visit}/reports")
        refused(answer, 404, "visit-unknown")


async def test_a_customer_reads_what_was_done_and_not_why_it_was_not(house: House) -> None:
    visit, expert = await booked(house)
    await taken(
        *(house, visit, expert, "incomplete"),
        reason="NEEDS_PARTS",
        parts=[{"sku": "pump-7", "quantity": 1}],
    )
    [shown] = await read(house, visit, "manager")
    assert (shown["type"], shown["parts_needed"]) == (
        "incomplete",
        [{"sku": "pump-7", "quantity": 1}],
    )
    assert await read(house, visit, "customer") == []


async def test_what_was_taken_back_is_not_read(house: House) -> None:
    async with policy(house, "correction_window", "PT10M", "PT0S", "urgent"):
        visit, expert = await booked(house)
    await taken(
        *(house, visit, expert, "completed"),
        client_event_id="done",
        report={"notes": "The wrong visit."},
    )
    assert [one["notes"] for one in await read(house, visit, expert)] == ["The wrong visit."]
    await taken(house, visit, expert, None, client_event_id="back", corrects="done")

    async def gone() -> bool:
        return await read(house, visit, expert) == []

    await house.soon(gone, "the report to be taken back")
