"""Files that are brought while the database is away: kept where they came, looked up once somebody
can say whose they are, and swept where nobody may have them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.api.intake.outage import asked, report
from tests.api.visit.brought import (
    PDF,
    PNG,
    bring,
    completed,
    photo,
    sha,
    states,
    timeline,
    unlike_any,
)
from tests.api.visit.files_waiting import kept, logged, process, shown, stored, swept, waiting
from tests.api.visit.test_reports import booked
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import hire
from tests.workflows.company import parting as parting

pytestmark = pytest.mark.long


@pytest.mark.parametrize("frozen", [False, True], ids=["cut", "frozen"])
async def test_a_file_is_accepted_without_the_database_and_is_there_after_a_restart(
    house: House, tmp_path: Path, *, frozen: bool
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    async with process(house, tmp_path) as (http, line):
        if frozen:
            line.freeze()
        else:
            await line.cut()
        for _ in range(2):
            answer = await bring(house, visit, expert, door, http=http)
            assert answer.status_code == 202, answer.text
            told = answer.json()
            assert (told["effect"], told["sha256"]) == ("accepted", sha(door))
        assert len(waiting(tmp_path)) == 1
        [line_of_it] = logged(tmp_path)
        assert len(line_of_it) < 4096
    assert await states(house, visit, expert) == {sha(door): "PENDING"}
    async with process(house, tmp_path) as (http, _):
        await stored(house, visit, expert, door)
        await swept(house, tmp_path)
        headers = house.headers("helpdesk")
        fetched = await http.get(f"/v1/visits/{visit}/files/{sha(door)}", headers=headers)
        assert fetched.content == door
        assert (await bring(house, visit, expert, door, http=http)).status_code == 200
    assert len(kept(tmp_path)) == 1
    entries = [e for e in await timeline(house, visit) if e["type"].startswith("proof.")]
    assert [(e["type"], e["actor_role"]) for e in entries] == [("proof.complete", "expert")]
    assert await shown(house, expert) == []


async def test_what_is_not_what_it_says_is_refused_at_once_and_leaves_nothing(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        other = await bring(house, visit, expert, door + b"x", named=sha(door), http=http)
        refused(other, 422, "hash-differs", "sha256")
        wrong = await bring(house, visit, expert, door, PNG, http=http)
        refused(wrong, 422, "file-type-differs", "Content-Type")
        short = await bring(house, visit, expert, door[:300], http=http)
        refused(short, 422, "file-unreadable")
        endless = await bring(house, visit, expert, b"%PDF-1.7\n", PDF, http=http)
        refused(endless, 422, "file-unreadable")
        markup = await bring(house, visit, expert, b"<svg/>", "image/svg+xml", http=http)
        refused(markup, 415, "file-type-unsupported")
        customers = await bring(house, visit, "customer", door, http=http)
        refused(customers, 403, "role-not-allowed")
        assert (logged(tmp_path), kept(tmp_path)) == ([], [])


async def test_what_a_stranger_brought_is_refused_later_swept_and_seen_by_nobody(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    stranger = hire(house, "refrigeration")
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        answer = await bring(house, visit, stranger, door, http=http)
        assert answer.status_code == 202
        assert set(answer.json()) == {"id", "visit_id", "sha256", "effect"}
        await line.mend()
        await swept(house, tmp_path)
        [one] = await shown(house, stranger)
        assert (one["client_event_id"], one["type"]) == (sha(door), None)
        assert one["problem"]["code"] == "visit-unknown"
        path, headers = f"/v1/visits/{visit}/files/{sha(door)}", house.headers("helpdesk")
        refused(await http.get(path, headers=headers), 409, "file-pending")
    assert kept(tmp_path) == []
    assert await states(house, visit, expert) == {sha(door): "PENDING"}
    refusals = [e for e in await timeline(house, visit) if e["type"] == "visit.report_refused"]
    assert refusals == []


async def test_a_file_that_is_not_as_its_report_names_it_is_refused_later_and_the_ticket_says_so(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, {**photo(door), "bytes": len(door) + 1})
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        assert (await bring(house, visit, expert, door, http=http)).status_code == 202
        await line.mend()
        await swept(house, tmp_path)
    [one] = await shown(house, expert)
    assert one["problem"]["code"] == "file-size-differs"
    [entry] = [e for e in await timeline(house, visit) if e["type"] == "visit.report_refused"]
    assert (entry["data"]["reported"], entry["data"]["code"]) == (None, "file-size-differs")
    assert kept(tmp_path) == []


async def test_a_file_waits_for_the_report_that_names_it_and_another_process_has(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await booked(house)
    work = {"notes": "Done.", "photos": [photo(door)]}
    said = report("completed", datetime.now(UTC), report=work)
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    async with (
        process(house, mine) as (http, line),
        process(house, theirs) as (other, another),
    ):
        await line.cut()
        await another.cut()
        assert (await bring(house, visit, expert, door, http=http)).status_code == 202
        path = f"/visits/{visit}/events"
        assert (await asked(house, other, expert, "POST", path, said)).status_code == 202
        await line.mend()

        async def is_back() -> bool:
            answer = await asked(house, http, expert, "GET", f"/visits/{visit}/files", None)
            return answer.status_code == 200

        await house.soon(is_back, "the database")
        assert len(waiting(mine)) == 1
        await another.mend()
        await stored(house, visit, expert, door)
        await swept(house, mine)
    assert await shown(house, expert) == []


async def test_who_brings_it_again_by_themselves_leaves_nothing_that_waits(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        assert (await bring(house, visit, expert, door, http=http)).status_code == 202
        assert (await bring(house, visit, expert, door)).status_code == 201
        await line.mend()
        await swept(house, tmp_path)
    assert (kept(tmp_path), await shown(house, expert)) == ([], [])
