"""What is accepted while the engine, the database or both are away, and what becomes of it."""

import uuid
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from api.http.asking import Patience
from models.identity import ticket_id
from tests.api.intake.outage import DATABASE, ENGINE, asked, filed, without
from tests.house import House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused

pytestmark = pytest.mark.long


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


@pytest.mark.parametrize("frozen", [False, True], ids=["dead", "frozen"])
async def test_a_ticket_is_accepted_by_the_database_where_the_disk_refuses(
    house: House, tmp_path: Path, *, frozen: bool
) -> None:
    (tmp_path / "log").write_text("no directory")
    # Shorter than it takes Temporal's client to find a line dead by itself.
    patience = Patience(read=4.0, command=6.0)
    log = tmp_path / "log"
    async with without(house, log, ENGINE, frozen=frozen, patience=patience) as (http, outage):
        # The first finds out that nobody answers there, the second knows.
        for _ in range(2):
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
        async with without(house, tmp_path / "other", ENGINE) as (other, another):
            seen = await asked(house, other, "customer", "GET", f"/tickets/{ticket}", None)
            assert (seen.status_code, seen.json()["status"]) == (200, "RECEIVED")
            path = f"/tickets/{ticket}/cancel"
            cancelled = await asked(house, other, "customer", "POST", path, {})
            assert (cancelled.status_code, cancelled.json()["effect"]) == (202, "accepted")
            await another.mend()
            await outage.mend()
            await stands(house, other, ticket, "CANCELLED")


@pytest.mark.parametrize("second", ["log", "other"], ids=["one machine", "two machines"])
async def test_what_is_accepted_of_a_ticket_waits_until_another_process_can_start_it(
    house: House, tmp_path: Path, second: str
) -> None:
    async with (
        without(house, tmp_path / "log", ENGINE, DATABASE) as (http, outage),
        without(house, tmp_path / second, ENGINE, DATABASE) as (other, another),
    ):
        ticket = (await filed(house, http, str(uuid.uuid4()))).json()["id"]
        cancelled = await asked(house, other, "customer", "POST", f"/tickets/{ticket}/cancel", {})
        assert (cancelled.status_code, cancelled.json()["effect"]) == (202, "accepted")
        theirs = (await filed(house, other, str(uuid.uuid4()))).json()["id"]
        await another.mend()
        # By then the other process has tried all that it has.
        await stands(house, other, theirs, "MATCHING")
        await outage.mend()
        await stands(house, http, ticket, "CANCELLED")


async def stands(house: House, http: httpx2.AsyncClient, ticket: str, status: str) -> None:
    async def seen() -> bool:
        answer = await asked(house, http, "customer", "GET", f"/tickets/{ticket}", None)
        return answer.is_success and bool(answer.json()["status"] == status)

    await house.soon(seen, f"the ticket to be {status}")


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
