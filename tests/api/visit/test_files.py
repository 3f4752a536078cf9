"""Files over HTTP: named by a report, and brought once, whole and unchanged."""

import asyncio
from collections.abc import AsyncIterator

from prometheus_client import REGISTRY

from api.http.asking import Patience
from models.db.files.s3 import S3Files
from models.proof import MOST_BYTES
from tests.api.visit.brought import (
    JPEG,
    PAPER,
    PDF,
    PNG,
    SIGNATURE,
    bring,
    completed,
    fetch,
    photo,
    sha,
    states,
    timeline,
    unlike_any,
)
from tests.api.visit.test_reports import ahead, booked, sent, taken
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
from tests.replica import replica
from tests.until import until
from tests.workflows.company import hire
from tests.workflows.company import parting as parting


async def test_a_completed_visit_counts_before_its_files_come_and_they_come_once(
    house: House,
) -> None:
    door = unlike_any()
    signed = {"signed_by": "Sam Roe", "sha256": sha(SIGNATURE), "signed_at": "2026-11-01T10:00:00Z"}
    visit, expert = await completed(
        house, photo(door, taken_at="2026-11-01T09:30:00+01:00"), signature=signed
    )
    assert await states(house, visit, expert) == {sha(door): "PENDING", sha(SIGNATURE): "PENDING"}
    refused(await fetch(house, visit, expert, door), 409, "file-pending")
    first = await bring(house, visit, expert, door)
    assert (first.status_code, first.json()["state"]) == (201, "STORED")
    told = first.json()
    assert (told["kind"], told["mime"], told["bytes"]) == ("photo", JPEG, len(door))
    assert told["taken_at"] == "2026-11-01T08:30:00Z"
    again = await bring(house, visit, expert, door)
    assert (again.status_code, again.json()) == (200, told)
    assert (await bring(house, visit, "helpdesk", SIGNATURE, PNG)).status_code == 201
    assert await states(house, visit, "helpdesk") == {sha(door): "STORED", sha(SIGNATURE): "STORED"}
    entries = [e for e in await timeline(house, visit) if e["type"].startswith("proof.")]
    assert [(e["type"], e["actor_role"]) for e in entries] == [("proof.complete", "helpdesk")]


async def test_a_file_is_named_in_the_old_words_too(house: House) -> None:
    door = unlike_any()
    named = {"name": "door.jpg", "media_type": JPEG, "size": len(door), "sha256": sha(door)}
    visit, expert = await completed(house, named)
    assert (await bring(house, visit, expert, door)).status_code == 201


async def test_what_is_not_the_file_that_was_named_is_refused(house: House) -> None:
    door, cut = unlike_any(), unlike_any()[:300]
    page = b"<script>alert(1)</script>"
    short = PAPER[:30]
    long = unlike_any()
    visit, expert = await completed(
        house,
        photo(door),
        photo(cut),
        photo(page),
        photo(short, PDF),
        {**photo(long), "bytes": len(long) + 1},
    )
    other = await bring(house, visit, expert, door + b"x", named=sha(door))
    refused(other, 422, "hash-differs", "sha256")
    nothing = await bring(house, visit, expert, b"", named=sha(door))
    refused(nothing, 422, "hash-differs", "sha256")
    for content, mime in ((door, PNG), (page, JPEG)):
        answer = await bring(house, visit, expert, content, mime)
        refused(answer, 422, "file-type-differs", "Content-Type")
    refused(await bring(house, visit, expert, cut), 422, "file-unreadable")
    refused(await bring(house, visit, expert, short, PDF), 422, "file-unreadable")
    refused(await bring(house, visit, expert, long), 422, "file-size-differs", "")
    for mime in ("text/html", "image/svg+xml", "application/json", ""):
        answer = await bring(house, visit, expert, door, mime)
        refused(answer, 415, "file-type-unsupported")
    assert set((await states(house, visit, expert)).values()) == {"PENDING"}
    assert (await bring(house, visit, expert, door, "IMAGE/JPEG; q=1")).status_code == 201


async def test_a_file_of_ten_mebibytes_is_taken_and_none_that_is_larger(house: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(larger), 60_000):
            yield larger[start : start + 60_000]

    largest = PAPER[:-6] + b" " * (MOST_BYTES - len(PAPER)) + PAPER[-6:]
    larger = largest + b" "
    visit, expert = await completed(house, photo(largest, PDF), photo(larger, PDF))
    assert (await bring(house, visit, expert, largest, PDF)).status_code == 201
    assert (await fetch(house, visit, expert, largest)).content == largest
    problem = refused(await bring(house, visit, expert, larger, PDF), 413, "file-too-large")
    assert problem["evidence"] == {"limit": MOST_BYTES}
    in_pieces = await bring(house, visit, expert, pieces(), PDF, named=sha(larger))
    refused(in_pieces, 413, "file-too-large")


async def test_whose_report_does_not_name_a_file_does_not_bring_it(house: House) -> None:
    door, other = unlike_any(), unlike_any()
    visit, expert = await completed(house, photo(door))
    refused(await bring(house, visit, expert, other), 409, "file-not-named")
    refused(await bring(house, visit, "helpdesk", other), 409, "file-not-named")
    stranger = hire(house, "refrigeration")
    refused(await bring(house, visit, stranger, door), 404, "visit-unknown")
    refused(await bring(house, visit, "customer", door), 403, "role-not-allowed")
    refused(await fetch(house, visit, stranger, door), 404, "visit-unknown")
    refused(await fetch(house, visit, expert, other), 404, "file-unknown")
    nobody = "customer:cus_00000000-0000-7000-8000-000000000000"
    refused(await fetch(house, visit, nobody, door), 404, "visit-unknown")


async def test_a_report_that_is_refused_names_no_file_until_it_is_taken(house: House) -> None:
    door = unlike_any()
    visit, expert = await booked(house)
    report = {"notes": "Done.", "photos": [photo(door)]}
    future = ahead(minutes=10)
    answer = await sent(house, visit, expert, "completed", occurred_at=future, report=report)
    refused(answer, 422, "occurred-in-the-future", "/occurred_at")
    refused(await bring(house, visit, expert, door), 409, "file-not-named")
    await taken(house, visit, expert, "completed", report=report)
    assert (await bring(house, visit, expert, door)).status_code == 201


async def test_a_report_of_work_that_was_not_finished_names_files_too(house: House) -> None:
    door = unlike_any()
    visit, expert = await booked(house)
    report = {"notes": "It needs a relay.", "photos": [photo(door)]}
    said = {"reason": "NEEDS_PARTS", "follow_up": False, "report": report}
    await taken(house, visit, expert, "incomplete", **said)
    assert (await bring(house, visit, expert, door)).status_code == 201
    assert (await fetch(house, visit, "customer", door)).status_code == 200


async def test_while_the_store_is_away_nothing_is_half_kept(house: House) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    with S3Server() as s3:
        bucket = S3Files(BUCKET, ACCESS_KEY, SECRET_KEY, region=REGION, endpoint=s3.endpoint)
        async with replica(house, files=bucket) as http:
            for fault in (Fault(503), Fault(0), Fault(0, kept=True)):
                s3.will(fault)
                answer = await bring(house, visit, expert, door, http=http)
                problem = refused(answer, 503, "files-unavailable")
                assert int(answer.headers["Retry-After"]) == problem["evidence"]["retry_after"]
                assert await states(house, visit, expert) == {sha(door): "PENDING"}
            assert (await bring(house, visit, expert, door, http=http)).status_code == 201
            kept = len(s3.requests)
            s3.will(Fault(503))
            assert (await bring(house, visit, expert, door, http=http)).status_code == 200
            assert len(s3.requests) == kept
            path = f"/v1/visits/{visit}/files/{sha(door)}"
            headers = house.headers("helpdesk")
            refused(await http.get(path, headers=headers), 503, "files-unavailable")
            assert (await http.get(path, headers=headers)).content == door
            s3.objects.clear()
            refused(await http.get(path, headers=headers), 404, "file-lost")


async def test_what_comes_slowly_is_taken_and_its_time_is_not_counted(house: House) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    loop = asyncio.get_running_loop()

    async def slowly() -> AsyncIterator[bytes]:
        ends = loop.time() + 3.5
        yield door[:100]
        await until(lambda: loop.time() > ends, "longer than a command may take")
        yield door[100:]

    async with replica(house, patience=Patience(read=3.0, command=3.0)) as http:
        answer = await bring(house, visit, expert, slowly(), named=sha(door), http=http)
    assert answer.status_code == 201


def too_many_so_far() -> float:
    """How many files were refused because others were under way."""
    route = {"method": "PUT", "route": "/v1/visits/{visit_id}/files/{sha256}", "status": "503"}
    return REGISTRY.get_sample_value("http_requests_total", route) or 0.0


async def test_one_caller_brings_three_at_a_time(house: House) -> None:
    door = unlike_any()
    visit, expert = await completed(house, photo(door))
    go_on, before = asyncio.Event(), too_many_so_far()

    async def held() -> AsyncIterator[bytes]:
        yield door[:100]
        await go_on.wait()
        yield door[100:]

    coming = [
        asyncio.create_task(bring(house, visit, expert, held(), named=sha(door))) for _ in "1234"
    ]
    await until(lambda: too_many_so_far() > before, "the refusal of one")
    go_on.set()
    answers = sorted(await asyncio.gather(*coming), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 200, 201, 503]
    refused(answers[-1], 503, "too-busy")
    assert (await bring(house, visit, expert, door)).status_code == 200
