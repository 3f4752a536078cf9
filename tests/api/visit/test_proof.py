"""Files over HTTP: seen by whom they concern, missed when they do not come."""

import uuid
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image

from models.db.visit.reports import KeptReport, keep_report
from models.proof import FileType
from tests.api.visit.brought import (
    JPEG,
    PAPER,
    PDF,
    bring,
    completed,
    fetch,
    photo,
    sha,
    states,
    unlike_any,
)
from tests.api.visit.test_pictures import CANARY, taken_somewhere
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import bare, rows
from tests.workflows.company import parting as parting
from workers.proofs import Proofs


async def test_experts_and_staff_get_what_was_taken_and_customers_what_it_shows(
    house: House,
) -> None:
    original = taken_somewhere(FileType.JPEG, orientation=6)
    visit, expert = await completed(house, photo(original))
    await bring(house, visit, expert, original)
    for who in (expert, "helpdesk", "manager"):
        answer = await fetch(house, visit, who, original)
        assert (answer.content, answer.headers["content-type"]) == (original, JPEG)
    answer = await fetch(house, visit, "customer", original)
    assert answer.headers["content-type"] == JPEG
    assert CANARY.encode() not in answer.content
    shown = Image.open(BytesIO(answer.content))
    assert shown.size == (40, 60)
    assert not shown.getexif()


async def test_a_file_is_answered_so_that_no_browser_runs_it(house: House) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    await bring(house, visit, expert, door)
    headers = (await fetch(house, visit, expert, door)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["content-disposition"] == f'attachment; filename="{sha(door)[:12]}.jpg"'
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


async def test_a_paper_is_for_experts_and_staff(house: House) -> None:
    paper = PAPER + uuid.uuid4().hex.encode() + b"\n%%EOF"
    visit, expert = await completed(house, photo(paper, PDF))
    assert (await bring(house, visit, expert, paper, PDF)).status_code == 201
    assert (await fetch(house, visit, "helpdesk", paper)).content == paper
    refused(await fetch(house, visit, "customer", paper), 404, "file-unknown")
    assert await states(house, visit, "customer") == {}


async def test_somebody_who_may_not_work_any_more_brings_and_sees_their_own_alone(
    house: House,
) -> None:
    mine, theirs = unlike_any(), unlike_any()
    visit, expert = await completed(house, photo(mine))
    named_by_a_colleague(house, visit, theirs)
    assert set(await states(house, visit, expert)) == {sha(mine), sha(theirs)}
    await house.expect("admin", "PATCH", f"/experts/{bare(expert)}", {"status": "SUSPENDED"})
    assert (await bring(house, visit, expert, mine)).status_code == 201
    refused(await bring(house, visit, expert, theirs), 409, "file-not-named")
    assert await states(house, visit, expert) == {sha(mine): "STORED"}
    assert (await fetch(house, visit, expert, mine)).content == mine
    refused(await fetch(house, visit, expert, theirs), 404, "file-unknown")
    assert (await bring(house, visit, "helpdesk", theirs)).status_code == 201


def named_by_a_colleague(house: House, visit: str, content: bytes) -> None:
    """Another one of the crew reports, and names a photo."""
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    report = KeptReport(
        id=f"rpt_{uuid.uuid4()}",
        ticket_id=row["ticket_id"],
        visit_id=visit,
        expert_id=f"exp_{uuid.uuid4()}",
        client_event_id=f"cev_{uuid.uuid4()}",
        written_at=datetime.now(UTC),
        notes="Done.",
        parts=[],
        photos=[{"sha256": sha(content), "media_type": JPEG, "size": len(content)}],
        signature=None,
    )
    with house.database.unit_of_work() as session:
        keep_report(session, report)


async def test_proof_that_does_not_come_within_a_day_is_for_a_person(house: House) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    ticket_id = row["ticket_id"]
    Proofs(house.database).miss(datetime.now(UTC) + timedelta(days=1, minutes=1))
    assert "proof_missing" in (await house.ticket(ticket_id))["attention"]
    assert "proof_missing" not in (await house.ticket(ticket_id, "customer"))["attention"]
    [event] = [e for e in await house.timeline(ticket_id) if e["type"] == "proof.missing"]
    assert event["data"]["files"] == 1
    assert event["data"]["visit_id"] == visit
    seen = {e["type"] for e in await house.timeline(ticket_id, "customer")}
    assert not {t for t in seen if t.startswith("proof.")}
    assert "proof.missing" in {e["type"] for e in await house.timeline(ticket_id, expert)}
    listed = await missing(house, "PT0S")
    assert listed[sha(door)]["ticket_id"] == ticket_id
    assert sha(door) not in await missing(house, "P1D")
    await bring(house, visit, expert, door)
    assert "proof_missing" not in (await house.ticket(ticket_id))["attention"]
    assert sha(door) not in await missing(house, "PT0S")


async def test_what_a_file_is_called_is_in_no_history_event_or_letter(house: House) -> None:
    door, called = unlike_any(), f"Feldweg 3 {uuid.uuid4().hex}.jpg"
    visit, expert = await completed(house, photo(door, name=called), kb_note=f"Ask for {called}.")
    await bring(house, visit, expert, door)
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    told = await house.workflow(row["ticket_id"]).fetch_history()
    entries = await house.timeline(row["ticket_id"])
    events = rows(house, "select facts::text as said from events")
    for said in (told.to_json(), str(entries), str(events), *house.letters()):
        assert called not in said


async def missing(house: House, older_than: str) -> dict[str, Any]:
    """What did not come of all that was named so long ago, by hash."""
    path = f"/files?state=PENDING&older_than={older_than}&limit=100"
    page = await house.expect("helpdesk", "GET", path)
    return {file["sha256"]: file for file in page["items"]}
