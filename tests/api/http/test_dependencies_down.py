"""What still works when something else does not: tickets are taken, and nobody reads nonsense.

Each test runs a replica of the API of its own, wired to the shared servers by cables it may cut.
"""

import socket
from pathlib import Path

import pytest

from models.db.files.folder import FolderFiles
from models.db.files.s3 import S3Files
from tests.api.http.honest import NOWHERE, ask, file, honest
from tests.house import LIMIT, House
from tests.models.db.files.s3_server import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, S3Server
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import impatient, key_set, postgres_address, replica, temporal_address


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
        (True, False, 200, {"temporal": "engine-unavailable", "postgres": "ok"}),
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
            assert (
                ready.json()["parts"].items()
                >= {**parts, "command_log": "ok", "intake_keys": "ok"}.items()
            )
        assert (await http.get("/metrics")).status_code == 404


async def test_tickets_are_taken_while_only_files_are_away_and_we_say_so(
    house: House, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "files"
    in_the_way.write_text("not a folder")
    with S3Server() as store:
        there, unknown = (
            S3Files(BUCKET, ACCESS_KEY, secret, region=REGION, endpoint=store.endpoint)
            for secret in (SECRET_KEY, "another")
        )
        for files, said in (
            (there, "ok"),
            (unknown, "files-unavailable"),
            (FolderFiles(in_the_way), "files-unavailable"),
        ):
            async with replica(house, files=files) as http:
                ready = await http.get("/readyz")
                assert (ready.status_code, ready.json()["parts"]["files"]) == (200, said)
                assert said == "ok" or ready.json()["status"] == "impaired"
                answer, _ = await file(house, http)
                assert answer.status_code == 201


async def test_a_store_of_files_that_keeps_us_waiting_is_away(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        store = S3Files(BUCKET, ACCESS_KEY, SECRET_KEY, region=REGION, endpoint=endpoint)
        async with replica(house, files=store) as http:
            ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["files"]) == (200, "files-unavailable")
