"""What is accepted while the engine, the database or both are away, and what becomes of it."""

import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from api.intake.waiting_room import MOST
from models.identity import ticket_id
from tests.api.http.honest import honest
from tests.house import FRIDGE, LIMIT, House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused
from tests.replica import Cable, cable, impatient, postgres_address, replica, temporal_address

pytestmark = pytest.mark.long

ENGINE, DATABASE = "engine", "database"


class Outage:
    """The lines of a process to its stores."""

    def __init__(self, lines: dict[str, Cable]) -> None:
        self._lines = lines

    async def mend(self) -> None:
        for line in self._lines.values():
            await line.mend()

    def freeze(self) -> None:
        for line in self._lines.values():
            line.freeze()


@asynccontextmanager
async def without(
    house: House, log: Path | None, *away: str, frozen: bool = False
) -> AsyncIterator[tuple[httpx2.AsyncClient, Outage]]:
    """An API process, and the outage of some of its stores that has just begun."""
    async with AsyncExitStack() as stack:
        stores = {ENGINE: temporal_address(house), DATABASE: postgres_address(house)}
        lines = {n: await stack.enter_async_context(cable(*at)) for n, at in stores.items()}
        http = await stack.enter_async_context(
            replica(
                house,
                temporal=await impatient(lines[ENGINE].port),
                database_port=lines[DATABASE].port,
                command_log=log,
            )
        )
        outage = Outage({name: lines[name] for name in away})
        for name in away:
            if frozen:
                lines[name].freeze()
            else:
                await lines[name].cut()
        yield http, outage


async def filed(house: House, http: httpx2.AsyncClient, key: str, **body: Any) -> httpx2.Response:
    new = {"description": "It hums.", "model_id": FRIDGE, "slots": days(30, 20), **body}
    return await asked(house, http, "customer", "POST", "/tickets", new, key)


async def asked(
    house: House,
    http: httpx2.AsyncClient,
    who: str,
    method: str,
    path: str,
    body: Any,
    key: str | None = None,
) -> httpx2.Response:
    role, _, subject = who.partition(":")
    headers = house.headers(role, subject or None)
    headers["Idempotency-Key"] = key or str(uuid.uuid4())
    answer = await http.request(method, f"/v1{path}", json=body, headers=headers)
    honest(answer)
    return answer


@pytest.mark.parametrize("frozen", [False, True], ids=["dead", "frozen"])
@pytest.mark.parametrize("away", [(ENGINE,), (ENGINE, DATABASE)], ids=["engine", "both"])
async def test_a_ticket_is_accepted_while_nobody_can_take_it_and_runs_afterwards(
    house: House, tmp_path: Path, away: tuple[str, ...], *, frozen: bool
) -> None:
    key = str(uuid.uuid4())
    async with without(house, tmp_path / "log", *away, frozen=frozen) as (http, outage):
        first = await filed(house, http, key)
        assert first.status_code == 202, first.text
        assert first.json()["id"] == ticket_id(SUBJECTS["customer"], key)
        assert first.headers["Location"] == f"/v1/tickets/{first.json()['id']}"
        again = await filed(house, http, key)
        assert (again.status_code, again.json()) == (202, first.json())
        other = await filed(house, http, key, description="It leaks.")
        refused(other, 422, "idempotency-key-reused")
        ticket = f"/tickets/{first.json()['id']}"
        seen = await asked(house, http, "customer", "GET", ticket, None)
        assert (seen.status_code, seen.json()["status"]) == (200, "RECEIVED")
        await outage.mend()

        async def runs() -> bool:
            answer = await asked(house, http, "customer", "GET", ticket, None)
            return answer.is_success and bool(answer.json()["status"] == "MATCHING")

        async def started() -> Any:
            answer = await filed(house, http, key)
            return answer.status_code == 201 and answer.json()

        await house.soon(runs, "the ticket")
        after = await house.soon(started, "its receipt")
        assert after["opened_at"] == first.json()["opened_at"]


async def test_a_ticket_is_accepted_by_the_database_where_the_disk_refuses(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text("no directory")
    async with without(house, tmp_path / "log", ENGINE) as (http, outage):
        accepted = await filed(house, http, str(uuid.uuid4()))
        assert accepted.status_code == 202, accepted.text
        await outage.mend()
    # That process is gone, and with it all that it knew.
    await house.until(accepted.json()["id"], "MATCHING")


async def test_a_ticket_is_refused_only_where_nothing_can_keep_it(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text("no directory")
    async with without(house, tmp_path / "log", ENGINE, DATABASE) as (http, _):
        answer = await filed(house, http, str(uuid.uuid4()))
        refused(answer, 503, "engine-unavailable")
        assert answer.headers["Retry-After"]


async def test_what_one_process_accepted_is_read_and_cancelled_at_another(
    house: House, tmp_path: Path
) -> None:
    async with without(house, tmp_path / "log", ENGINE) as (http, outage):
        ticket = (await filed(house, http, str(uuid.uuid4()))).json()["id"]

        async def copied() -> bool:
            with psycopg.connect(house.database_url) as session:
                found = session.execute("select id from intake where id like %s", ["%/start"])
                return any(ticket.removeprefix("tkt_") in str(name) for (name,) in found)

        await house.soon(copied, "the second copy")
        async with without(house, tmp_path / "other", ENGINE) as (other, _):
            seen = await asked(house, other, "customer", "GET", f"/tickets/{ticket}", None)
            assert (seen.status_code, seen.json()["status"]) == (200, "RECEIVED")
        cancelled = await asked(house, http, "customer", "POST", f"/tickets/{ticket}/cancel", {})
        assert (cancelled.status_code, cancelled.json()["effect"]) == (202, "accepted")
        await outage.mend()
        await house.until(ticket, "CANCELLED")


def report(kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "client_event_id": str(uuid.uuid4()),
        "type": kind,
        "occurred_at": at.isoformat(),
        **more,
    }


@pytest.mark.parametrize(
    "away", [(ENGINE,), (DATABASE,), (ENGINE, DATABASE)], ids=["engine", "database", "both"]
)
async def test_a_report_from_the_field_is_received_whoever_is_away(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    now = datetime.now(UTC)
    done = report("acknowledged", now, sent_at=now.isoformat())
    async with without(house, tmp_path / "log", *away) as (http, outage):
        path = f"/visits/{visit}/events"
        received = await asked(house, http, "expert", "POST", path, done)
        assert received.status_code == 202, received.text
        assert (received.json()["effect"], received.json()["state"]) == ("accepted", None)
        batch = {"sent_at": now.isoformat(), "events": [{**done, "visit_id": visit}]}
        batch["events"][0].pop("sent_at")
        many = await asked(house, http, "expert", "POST", "/visits/events:batch", batch)
        [result] = many.json()["results"]
        assert (many.status_code, result["status"]) == (200, 202)
        await outage.mend()

        async def acknowledged() -> bool:
            [one] = (await house.ticket(ticket["id"]))["visits"][0]["assignments"]
            return bool(one["state"] == "ACKNOWLEDGED")

        await house.soon(acknowledged, "the report")
        final = await asked(house, http, "expert", "POST", path, done)
        assert (final.status_code, final.json()["effect"]) == (200, "repeated")
    told = [e for e in await house.timeline(ticket["id"]) if "acknowledged" in e["type"].lower()]
    assert len(told) == 1


async def test_what_was_said_at_the_end_is_kept_sealed_while_the_database_is_away(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(visit, kind)
    now = datetime.now(UTC)
    done = report("completed", now, report={"notes": "The canary sang."}, sent_at=now.isoformat())
    log = tmp_path / "log"
    async with without(house, log, DATABASE) as (http, outage):
        path = f"/visits/{visit}/events"
        received = await asked(house, http, "expert", "POST", path, done)
        assert received.json()["effect"] == "accepted"
        assert not [file for file in log.iterdir() if b"canary" in file.read_bytes()]
        await outage.mend()
        await house.until(ticket["id"], "COMPLETED")
    with psycopg.connect(house.database_url) as session:
        [said] = session.execute("select notes from work_reports where visit_id = %s", [visit])
    assert said == ("The canary sang.",)


async def test_a_phones_clock_is_judged_by_when_the_report_came_first(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    behind = datetime.now(UTC) - timedelta(minutes=20)
    said = report("acknowledged", behind - timedelta(minutes=1), sent_at=behind.isoformat())
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        received = await asked(house, http, "expert", "POST", f"/visits/{visit}/events", said)
        came = datetime.now(UTC)
        assert received.status_code == 202
        await outage.mend()

        async def known() -> Any:
            return [
                entry
                for entry in await house.timeline(ticket["id"])
                if "acknowledged" in entry["type"].lower()
            ]

        [entry] = await house.soon(known, "the report")
    happened = datetime.fromisoformat(entry["occurred_at"])
    assert abs(came - timedelta(minutes=1) - happened) < timedelta(seconds=30)


async def test_a_report_of_a_stranger_is_received_and_comes_to_nothing(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    stranger = f"expert:exp_{uuid.uuid4()}"
    path, said = f"/visits/{visit}/events", report("acknowledged", datetime.now(UTC))
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        assert (await asked(house, http, stranger, "POST", path, said)).status_code == 202
        await outage.mend()

        async def judged() -> bool:
            return (await asked(house, http, stranger, "POST", path, said)).status_code == 404

        await house.soon(judged, "the refusal")
    [one] = (await house.ticket(ticket["id"]))["visits"][0]["assignments"]
    assert one["state"] == "RESERVED"


async def test_what_was_put_off_does_not_undo_what_is_newer(house: House, tmp_path: Path) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    path, older, newer = f"/tickets/{ticket}/slots", days(31, 3), days(41, 3)
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        put_off = await asked(house, http, "customer", "PUT", path, {"slots": older})
        assert put_off.status_code == 202, put_off.text
        await outage.mend()
        key = str(uuid.uuid4())

        async def changed() -> bool:
            answer = await asked(house, http, "customer", "PUT", path, {"slots": newer}, key)
            return answer.status_code == 200

        await house.soon(changed, "the newer times")
        assert (await house.ticket(ticket))["slots"][0]["start"][:10] == newer[0]["start"][:10]
    changes = [e for e in await house.timeline(ticket) if e["type"] == "slots.changed"]
    assert len(changes) == 2
    assert (await house.ticket(ticket))["slots"][0]["start"][:10] == newer[0]["start"][:10]


async def test_a_batch_is_received_whole_while_the_database_is_frozen(
    house: House, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    events = [{**report("acknowledged", now), "visit_id": f"vis_{uuid.uuid4()}"} for _ in range(30)]
    batch = {"sent_at": now.isoformat(), "events": events}
    stranger = f"expert:exp_{uuid.uuid4()}"
    async with without(house, tmp_path / "log", DATABASE, frozen=True) as (http, outage):
        for _ in range(2):
            began = time.monotonic()
            many = await asked(house, http, stranger, "POST", "/visits/events:batch", batch)
            assert [result["status"] for result in many.json()["results"]] == [202] * 30
            assert time.monotonic() - began < LIMIT
        await outage.mend()


async def test_what_another_process_has_accepted_under_a_key_is_known_to_all(
    house: House, tmp_path: Path
) -> None:
    key, log = str(uuid.uuid4()), tmp_path / "log"
    async with (
        without(house, log, ENGINE, DATABASE) as (http, outage),
        without(house, log, ENGINE, DATABASE) as (other, _),
    ):
        first = await filed(house, http, key)
        assert first.status_code == 202
        differs = await filed(house, other, key, description="It leaks.")
        refused(differs, 422, "idempotency-key-reused")
        ticket = f"/tickets/{first.json()['id']}"
        assert (await asked(house, other, "customer", "GET", ticket, None)).status_code == 200
        again = await filed(house, other, key)
        assert (again.status_code, again.json()["opened_at"]) == (202, first.json()["opened_at"])
        await outage.mend()

        async def runs() -> bool:
            answer = await asked(house, http, "customer", "GET", ticket, None)
            return answer.is_success and bool(answer.json()["status"] == "MATCHING")

        await house.soon(runs, "the ticket")


async def test_nobody_puts_off_without_end(house: House, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    stranger = f"expert:exp_{uuid.uuid4()}"
    statuses: Counter[int] = Counter()
    async with without(house, tmp_path / "log", DATABASE) as (http, _):
        for _ in range(6):
            events = [
                {**report("acknowledged", now), "visit_id": f"vis_{uuid.uuid4()}"}
                for _ in range(100)
            ]
            batch = {"sent_at": now.isoformat(), "events": events}
            many = await asked(house, http, stranger, "POST", "/visits/events:batch", batch)
            statuses.update(result["status"] for result in many.json()["results"])
    assert statuses == {202: MOST, 503: 100}
