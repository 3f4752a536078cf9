"""What still works when something else does not: tickets are taken, and nobody reads nonsense.

Each test runs a replica of the API of its own, wired to the shared servers by cables it may cut.
"""

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.http.reads import Reads
from models.db.engine import Database
from models.identity import ticket_id
from tests.house import FRIDGE, LIMIT, REFERENCE, SUBJECTS, House, days
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import cable, impatient, key_set, postgres_address, replica, temporal_address
from tests.town import wondering

BYSTANDER = next(e for e in REFERENCE.experts if e.zone == "sydney")
"""What they do to their own calendar is in nobody's way."""
NOWHERE = "00000000-0000-7000-8000-000000000000"


async def ask(
    house: House, http: httpx2.AsyncClient, who: str, method: str, path: str, body: Any = None
) -> tuple[httpx2.Response, float]:
    """The answer of a replica, and how long it took."""
    role, _, subject = who.partition(":")
    headers = house.headers(role, subject or None)
    began = time.monotonic()
    answer = await http.request(method, f"/v1{path}", json=body, headers=headers)
    return answer, time.monotonic() - began


async def file(
    house: House, http: httpx2.AsyncClient, key: str | None = None
) -> tuple[httpx2.Response, float]:
    body = {"description": "It hums.", "model_id": FRIDGE, "slots": days(29, 2)}
    headers = {**house.headers("customer"), "Idempotency-Key": key or str(uuid.uuid4())}
    began = time.monotonic()
    answer = await http.post("/v1/tickets", json=body, headers=headers)
    return answer, time.monotonic() - began


def honest(answer: httpx2.Response) -> None:
    """Answered, refused, or told to come back; never broken."""
    if answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"].endswith(("-unavailable", "-late"))
    else:
        assert answer.status_code < 500, answer.text


async def everything(house: House, http: httpx2.AsyncClient, ids: dict[str, str]) -> int:
    """Every operation there is, as somebody who may; how many could not be answered now."""
    ids = {"token": "x.y", "code": "not-found", "urgency": "normal", "name": "match_hold", **ids}
    document = house.app.openapi()
    schemas = document["components"]["schemas"]
    calls = [
        (method.upper(), path.format(**ids).removeprefix("/v1"), who, _shown(operation, schemas))
        for path, methods in document["paths"].items()
        if path.startswith("/v1")
        for method, operation in methods.items()
        for who in ("customer", f"expert:{BYSTANDER.id}", "helpdesk", "admin")
        if not (who == "admin" and method == "put")
    ]
    answers = await asyncio.gather(
        *(ask(house, http, who, method, path, body) for method, path, who, body in calls)
    )
    for answer, _ in answers:
        honest(answer)
    return sum(answer.status_code == 503 for answer, _ in answers)


def _shown(operation: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The body that the description shows."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        return schemas[media["schema"]["$ref"].rpartition("/")[2]]["examples"][0]
    return None


async def ids_of(house: House, filed: str) -> dict[str, str]:
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    return {
        "ticket_id": filed,
        "visit_id": visit["id"],
        "group_id": visit["group_id"],
        "proposal_id": f"prp_{NOWHERE}",
        "expert_id": SUBJECTS["expert"],
        "off_id": f"off_{NOWHERE}",
        "escalation_id": await wondering(house, filed),
        "customer_id": f"cus_{uuid.uuid4()}",
        "skill": "networking",
    }


# Without Postgres.


async def test_a_ticket_is_taken_and_read_while_postgres_is_away_from_the_start(
    house: House,
) -> None:
    async with replica(house, database_port=free_port()) as http:
        answer, seconds = await file(house, http)
        assert answer.status_code == 201
        assert seconds < LIMIT
        filed = answer.json()["id"]
        read, _ = await ask(house, http, "customer", "GET", f"/tickets/{filed}")
        assert (read.status_code, read.json()["id"]) == (200, filed)
        assert read.json()["status"] in ("RECEIVED", "MATCHING")
        other, _ = await ask(house, http, f"customer:cus_{NOWHERE}", "GET", f"/tickets/{filed}")
        refused(other, 404, "ticket-unknown")
        for path in ("/tickets", f"/tickets/{filed}/timeline", "/skills", "/models", "/policies"):
            listed, seconds = await ask(house, http, "helpdesk", "GET", path)
            honest(listed)
            refused(listed, 503, "database-unavailable")
            assert seconds < LIMIT
    assert (await house.until(filed, "MATCHING"))["description"] == "It hums."


async def test_what_is_wrong_with_a_ticket_is_still_told_without_postgres(house: House) -> None:
    async with replica(house, database_port=free_port()) as http:
        body = {"description": "x", "model_id": "mod_unheard-of", "slots": days(29, 1)}
        answer, _ = await ask(house, http, "customer", "POST", "/tickets", body)
        refused(answer, 422, "model-unknown", "/model_id")


async def test_no_operation_breaks_while_postgres_is_away(house: House) -> None:
    ids = await ids_of(house, await house.file(slots=days(29, 1)))
    async with replica(house, database_port=free_port()) as http:
        assert await everything(house, http, ids) > 50


async def test_a_postgres_that_goes_and_comes_back_is_noticed_both_times(house: House) -> None:
    filed = await house.file(slots=days(29, 1))
    await house.until(filed, "MATCHING")
    async with (
        cable(*postgres_address(house)) as line,
        replica(house, database_port=line.port) as http,
    ):
        for _ in range(2):
            answers = await asyncio.gather(
                *(ask(house, http, "customer", "GET", "/tickets") for _ in range(16))
            )
            assert {answer.status_code for answer, _ in answers} == {200}
            await line.cut()
            answers = await asyncio.gather(
                *(ask(house, http, "customer", "GET", f"/tickets/{filed}") for _ in range(16))
            )
            assert {answer.status_code for answer, _ in answers} == {200}
            answers = await asyncio.gather(
                *(ask(house, http, "customer", "GET", "/tickets") for _ in range(16))
            )
            for answer, _ in answers:
                refused(answer, 503, "database-unavailable")
            taken, _ = await file(house, http)
            assert taken.status_code == 201
            await line.mend()


async def test_a_frozen_postgres_freezes_nobody(house: House) -> None:
    filed = await house.file(slots=days(29, 1))
    await house.until(filed, "MATCHING")
    async with (
        cable(*postgres_address(house)) as line,
        replica(house, database_port=line.port) as http,
    ):
        await ask(house, http, "customer", "GET", "/tickets")
        line.freeze()
        lists = [ask(house, http, "customer", "GET", "/tickets") for _ in range(30)]
        waiting = asyncio.gather(*lists)
        await asyncio.sleep(0.2)
        taken, seconds = await file(house, http)
        assert taken.status_code == 201
        assert seconds < LIMIT
        read, seconds = await ask(house, http, "customer", "GET", f"/tickets/{filed}")
        assert read.status_code == 200
        assert seconds < LIMIT
        for answer, seconds in await waiting:
            refused(answer, 503, "database-unavailable")
            assert seconds < LIMIT
        await line.mend()

        async def listed() -> bool:
            answer, _ = await ask(house, http, "customer", "GET", "/tickets")
            honest(answer)
            return answer.status_code == 200

        await house.soon(listed, "the list")


async def test_what_was_given_up_on_is_not_done_behind_ones_back(house: House) -> None:
    """A survey's answer, a note: told to ask again, nobody wants to find it done."""
    async with cable(*postgres_address(house)) as line:
        reads = Reads(Database(house.database_url), threads=1, seconds=0.2)
        done: list[int] = []
        hangs = asyncio.create_task(reads.run(lambda _: time.sleep(0.6)))
        await asyncio.sleep(0.05)
        with pytest.raises(Exception, match="cannot be read"):
            await reads.run(lambda _: done.append(1))
        with pytest.raises(Exception, match="cannot be read"):
            await hangs
        await asyncio.sleep(0.7)
        assert done == []
        reads.close()
        await line.cut()


# Without Temporal.


async def test_a_ticket_that_cannot_be_taken_is_refused_at_once_and_taken_later(
    house: House,
) -> None:
    key = str(uuid.uuid4())
    async with cable(*temporal_address(house)) as line:
        await line.cut()
        async with replica(house, temporal=await impatient(line.port)) as http:
            for _ in range(3):
                answer, seconds = await file(house, http, key)
                refused(answer, 503, "engine-unavailable")
                honest(answer)
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
            assert answer.status_code == 503
            honest(answer)
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
        refused(answer, 503, "engine-unavailable")
        assert seconds < LIMIT
        offer = {"windows": days(29, 1)}
        path = f"/visits/{ids['visit_id']}/proposals"
        answer, _ = await ask(house, http, "expert", "POST", path, offer)
        refused(answer, 503, "engine-unavailable")
    assert (await house.ticket(filed))["status"] == "MATCHING"


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
        refused(answer, 503, "engine-unavailable")
    given_up = await house.http.post(path, json={}, headers=headers)
    assert given_up.status_code == 200, given_up.text
    await house.until(filed, "CANCELLED")


async def test_without_anything_the_refusal_is_honest(house: House) -> None:
    temporal = await impatient(free_port())
    async with replica(house, database_port=free_port(), temporal=temporal) as http:
        answer, seconds = await file(house, http)
        refused(answer, 503, "engine-unavailable")
        assert seconds < LIMIT
        read, _ = await ask(house, http, "customer", "GET", f"/tickets/tkt_{NOWHERE}")
        honest(read)
        assert read.status_code == 503


# Without the issuer of tokens.


async def test_tickets_are_taken_while_the_issuer_is_away_even_by_a_process_just_started(
    house: House, tmp_path: Path
) -> None:
    cache = tmp_path / "jwks.json"
    cache.write_bytes(house.issuer.jwks.read_bytes())
    gone = f"http://127.0.0.1:{free_port()}/jwks.json"
    async with replica(house, keys=key_set(house, gone, cache)) as http:
        answer, seconds = await file(house, http)
        assert answer.status_code == 201
        assert seconds < LIMIT
    async with replica(house, keys=key_set(house, gone)) as http:
        answer, _ = await file(house, http)
        refused(answer, 503, "issuer-unavailable")
        honest(answer)
        public = await http.get("/v1/skills")
        assert public.status_code == 200


# Without a disk to write commands down on.


async def test_tickets_are_taken_while_the_command_log_cannot_be_written(
    house: House, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "command-log"
    in_the_way.write_text("not a folder")
    async with replica(house, command_log=in_the_way) as http:
        answer, seconds = await file(house, http)
        assert answer.status_code == 201
        assert seconds < LIMIT
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["command_log"]) == (200, "disk-refuses")
    await house.until(answer.json()["id"], "MATCHING")


# What we say of ourselves.


@pytest.mark.parametrize(
    ("postgres", "temporal", "status", "parts"),
    [
        (True, True, 200, {"temporal": "ok", "postgres": "ok"}),
        (False, True, 200, {"temporal": "ok", "postgres": "database-unavailable"}),
        (True, False, 503, {"temporal": "engine-unavailable", "postgres": "ok"}),
        (
            False,
            False,
            503,
            {"temporal": "engine-unavailable", "postgres": "database-unavailable"},
        ),
    ],
)
async def test_the_process_says_that_it_lives_and_what_it_can_do(
    house: House, postgres: bool, temporal: bool, status: int, parts: dict[str, str]
) -> None:
    port = temporal_address(house)[1] if temporal else free_port()
    database_port = postgres_address(house)[1] if postgres else free_port()
    async with replica(house, database_port=database_port, temporal=await impatient(port)) as http:
        alive = await http.get("/healthz")
        assert (alive.status_code, alive.json()["status"]) == (200, "ok")
        for _ in range(2):
            ready = await http.get("/readyz")
            assert ready.status_code == status
            assert ready.json()["parts"] == {**parts, "command_log": "ok"}
        counted = await http.get("/metrics")
        assert counted.status_code == 200
