"""What still works without Temporal."""

import asyncio
import uuid

import pytest

from models.identity import ticket_id
from tests.api.http.honest import ask, everything, file, honest, ids_of
from tests.cable import cable
from tests.house import LIMIT, House, days
from tests.issuing import SUBJECTS
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import impatient, replica, temporal_address

pytestmark = pytest.mark.long


async def test_a_ticket_is_kept_at_once_while_the_engine_is_away_and_runs_later(
    house: House,
) -> None:
    key = str(uuid.uuid4())
    async with cable(*temporal_address(house)) as line:
        await line.cut()
        async with replica(house, temporal=await impatient(line.port)) as http:
            for _ in range(3):
                answer, seconds = await file(house, http, key)
                assert answer.status_code == 202
                assert seconds < LIMIT
            await line.mend()

            async def taken() -> str | None:
                answer, _ = await file(house, http, key)
                honest(answer)
                return str(answer.json()["id"]) if answer.status_code == 201 else None

            filed = await house.soon(taken, "the ticket")
            assert filed == ticket_id(SUBJECTS["customer"], key)
            again, _ = await file(house, http, key)
            assert again.headers["Idempotency-Replayed"] == "true"
    await house.until(filed, "MATCHING")


async def test_a_frozen_temporal_freezes_nobody(
    house: House,
) -> None:
    key = str(uuid.uuid4())
    async with (
        cable(*temporal_address(house)) as line,
        replica(house, temporal=await impatient(line.port)) as http,
    ):
        assert (await file(house, http))[0].status_code == 201
        line.freeze()
        answers = await asyncio.gather(*(file(house, http, key) for _ in range(5)))
        for answer, seconds in answers:
            assert answer.status_code == 202
            assert seconds < LIMIT
        await line.mend()

        async def taken() -> str | None:
            answer, _ = await file(house, http, key)
            honest(answer)
            return str(answer.json()["id"]) if answer.status_code == 201 else None

        filed = await house.soon(taken, "the ticket")
    await house.until(filed, "MATCHING")


async def test_what_is_recorded_is_read_and_what_is_asked_is_put_off_without_temporal(
    house: House,
) -> None:
    filed = await house.file(slots=days(29, 1))
    ids = await ids_of(house, filed)
    async with replica(house, temporal=await impatient(free_port())) as http:
        for path in ("", "/timeline", "/timers", "/invoices", "/groups"):
            read, _ = await ask(house, http, "customer", "GET", f"/tickets/{filed}{path}")
            assert read.status_code == 200
        answer, seconds = await ask(
            house, http, "customer", "POST", f"/tickets/{filed}/cancel", {"reason": "Enough."}
        )
        assert (answer.status_code, answer.json()["effect"]) == (202, "accepted")
        assert seconds < LIMIT
        offer = {"windows": days(29, 1)}
        path = f"/visits/{ids['visit_id']}/proposals"
        answer, _ = await ask(house, http, "expert", "POST", path, offer)
        refused(answer, 503, "engine-unavailable")
    await house.until(filed, "CANCELLED")


async def test_no_operation_breaks_while_temporal_is_away(house: House) -> None:
    ids = await ids_of(house, await house.file(slots=days(29, 1)))
    async with replica(house, temporal=await impatient(free_port())) as http:
        assert await everything(house, http, ids) > 0


async def test_a_command_that_was_put_off_is_done_once_when_it_is_sent_again(house: House) -> None:
    filed = await house.file(slots=days(29, 1))
    await house.until(filed, "MATCHING")
    headers = {**house.headers("customer"), "Idempotency-Key": str(uuid.uuid4())}
    path = f"/v1/tickets/{filed}/cancel"
    async with (
        cable(*temporal_address(house)) as line,
        replica(house, temporal=await impatient(line.port)) as http,
    ):
        await line.cut()
        answer = await http.post(path, json={}, headers=headers)
        assert answer.status_code == 202

    async def given_up() -> bool:
        again = await house.http.post(path, json={}, headers=headers)
        return again.status_code == 200

    await house.soon(given_up, "the answer")
    cancelled = [e for e in await house.timeline(filed) if e["type"] == "ticket.cancelled"]
    assert len(cancelled) == 1
