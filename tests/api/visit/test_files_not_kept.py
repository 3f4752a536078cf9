"""Files that wait for the database, and what cannot be kept until it is back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.intake.waiting_room import MOST_FILES
from models.db.files.s3 import S3Files
from tests.api.intake.outage import asked, report
from tests.api.visit.brought import JPEG, bring, completed, photo, sha, unlike_any
from tests.api.visit.files_waiting import kept, process, shown, stored, swept, waiting
from tests.house import House
from tests.models.db.files.s3_server import (
    ACCESS_KEY,
    BUCKET,
    REGION,
    SECRET_KEY,
    Fault,
    S3Server,
)
from tests.refusals import refused
from tests.workflows.company import hire
from tests.workflows.company import parting as parting

pytestmark = pytest.mark.long


async def test_a_file_that_its_store_has_lost_meanwhile_is_told_and_may_be_brought_again(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        assert (await bring(house, visit, expert, door, http=http)).status_code == 202
        [lost] = waiting(tmp_path)
        (tmp_path / "files" / lost).unlink()
        await line.mend()
        await swept(house, tmp_path)
        [one] = await shown(house, expert)
        assert (one["client_event_id"], one["problem"]["code"]) == (sha(door), "file-lost")
        assert (await bring(house, visit, expert, door, http=http)).status_code == 201
    assert await shown(house, expert) == []


async def test_without_the_database_and_the_store_a_file_is_not_accepted(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    with S3Server() as s3:
        bucket = S3Files(BUCKET, ACCESS_KEY, SECRET_KEY, region=REGION, endpoint=s3.endpoint)
        async with process(house, tmp_path, files=bucket) as (http, line):
            await line.cut()
            for fault in (Fault(503), Fault(0, kept=True)):
                s3.will(fault)
                answer = await bring(house, visit, expert, door, http=http)
                refused(answer, 503, "files-unavailable")
            assert (await bring(house, visit, expert, door, http=http)).status_code == 202
            assert len(s3.objects) == 1
            await line.mend()
            await stored(house, visit, expert, door)
            await swept(house, tmp_path)
        assert list(s3.objects) == [f"visits/{visit}/{sha(door)}"]


async def test_files_of_one_caller_that_wait_are_so_many_and_reports_wait_beside_them(
    house: House, tmp_path: Path
) -> None:
    visit, expert = await completed(house)
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        for _ in range(MOST_FILES):
            answer = await bring(house, visit, expert, unlike_any(), http=http)
            assert answer.status_code == 202, answer.text
        refused(await bring(house, visit, expert, unlike_any(), http=http), 503, "too-busy")
        assert len(waiting(tmp_path)) == MOST_FILES
        said = report("en_route", datetime.now(UTC))
        path = f"/visits/{visit}/events"
        assert (await asked(house, http, expert, "POST", path, said)).status_code == 202
        other = hire(house, "refrigeration")
        assert (await bring(house, visit, other, unlike_any(), http=http)).status_code == 202


async def test_who_has_no_disk_for_the_log_does_not_accept_a_file(
    house: House, tmp_path: Path
) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    (tmp_path / "log").write_text("in the way")
    async with process(house, tmp_path) as (http, line):
        await line.cut()
        answer = await bring(house, visit, expert, door, JPEG, http=http)
        refused(answer, 503, "database-unavailable")
    assert kept(tmp_path) == []
