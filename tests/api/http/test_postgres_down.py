"""What still works without Postgres."""

import asyncio
import threading
from contextlib import suppress

import pytest

from api.http.reads import Reads
from models.db.engine import Database
from models.errors import Unavailable
from tests.api.http.honest import BYSTANDER, NOWHERE, ask, everything, file, honest, ids_of
from tests.cable import cable
from tests.house import LIMIT, House, days
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import postgres_address, replica
from tests.until import until

pytestmark = pytest.mark.long


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
        for path in ("/tickets", f"/tickets/{filed}/timeline", "/skills", "/zones", "/policies"):
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
        await until(lambda: line.held, "a question that hangs")
        taken, seconds = await file(house, http)
        assert taken.status_code == 201
        assert seconds < LIMIT
        read, seconds = await ask(house, http, "customer", "GET", f"/tickets/{filed}")
        assert read.status_code == 200
        assert seconds < LIMIT
        codes = set()
        for answer, seconds in await waiting:
            honest(answer)
            codes.add(answer.json()["code"])
            assert seconds < LIMIT
        assert codes == {"database-unavailable", "too-busy"}, "one caller holds a few places"
        await line.mend()

        async def listed() -> bool:
            answer, _ = await ask(house, http, "customer", "GET", "/tickets")
            honest(answer)
            return answer.status_code == 200

        await house.soon(listed, "the list")


async def test_an_expert_reads_their_own_ticket_while_postgres_is_frozen(house: House) -> None:
    ticket = await house.scheduled(slots=days(30, 4))
    path = f"/tickets/{ticket['id']}"
    stranger = f"expert:{BYSTANDER.id}"
    async with (
        cable(*postgres_address(house)) as line,
        replica(house, database_port=line.port) as http,
    ):
        refused((await ask(house, http, stranger, "GET", path))[0], 404, "ticket-unknown")
        line.freeze()
        own, seconds = await ask(house, http, "expert", "GET", path)
        assert (own.status_code, own.json()["status"]) == (200, "SCHEDULED")
        assert own.json()["description"] is None, "the workflow has no words of anybody"
        assert seconds < LIMIT
        for who, what in (
            (stranger, path),
            ("expert", f"/tickets/tkt_{NOWHERE}"),
            ("customer", f"/tickets/tkt_{NOWHERE}"),
            ("helpdesk", f"/tickets/tkt_{NOWHERE}"),
        ):
            answer, _ = await ask(house, http, who, "GET", what)
            refused(answer, 503, "database-unavailable")
        await line.mend()


async def test_what_was_given_up_on_is_not_done_behind_ones_back(house: House) -> None:
    """A survey's answer, a note: told to ask again, nobody wants to find it done."""
    async with cable(*postgres_address(house)) as line:
        reads = Reads(Database(house.database_url), threads=1, seconds=0.2)
        done: list[int] = []
        begun, over = threading.Event(), threading.Event()

        def hang(_: object) -> None:
            begun.set()
            over.wait(10)

        hangs = asyncio.create_task(reads.run(hang))
        await until(begun.is_set, "the first question")
        with pytest.raises(Exception, match="cannot be read"):
            await reads.run(lambda _: done.append(1))
        with pytest.raises(Exception, match="cannot be read"):
            await hangs
        over.set()
        await until(lambda: _answered(reads, done), "the thread")
        assert done == [2], "whatever was asked before comes before"
        reads.close()
        await line.cut()


async def _answered(reads: Reads, done: list[int]) -> bool:
    with suppress(Unavailable):
        await reads.run(lambda _: done.append(2))
    return bool(done)
