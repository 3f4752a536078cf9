"""The shell scripts of the compose file's jobs are not only parsed: they run here, against a real
Postgres and a real Temporal server, twice."""

import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
from psycopg.sql import SQL, Identifier

from tests.contracts.compose import ROOT, SERVICES, example
from tests.ports import free_port
from workers.stack.console import Console
from workers.stack.postgres import Postgres
from workers.stack.postgres import binary as installed
from workers.stack.supervisor import Supervisor
from workers.stack.temporal_server import TemporalServer, binary

SCRIPTS = sorted((ROOT / "temporal" / "schema").glob("*.sh"))
SUPERUSER = {"PGUSER": "postgres", "PGPASSWORD": "first"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_is_shell_and_is_used(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)  # noqa: S607
    used = [service.get("entrypoint", []) for service in SERVICES.values()]
    assert ["/bin/sh", f"/schema/{script.name}"] in used


@pytest_asyncio.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(Console(), tmp_path)
    yield supervisor
    await supervisor.stop()


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of programs that stand for what the images bring along."""
    folder = tmp_path / "tools"
    folder.mkdir()
    return folder


def run(script: str, tools: Path, **variables: str) -> str:
    done = subprocess.run(
        ["sh", str(ROOT / "temporal" / "schema" / script)],  # noqa: S607
        env={"PATH": f"{tools}:{os.defpath}", "HOME": str(tools), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_the_superuser_of_the_image(server: Postgres) -> None:
    """Give a server the superuser that the image has; the one that it was made with makes way."""
    made_with = urlsplit(server.keeper_url).username or ""
    name, password = SUPERUSER.values()
    with psycopg.connect(server.keeper_url, autocommit=True) as session:
        session.execute(
            SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(Identifier(name), password)
        )
    with psycopg.connect(
        server.keeper_url, user=name, password=password, autocommit=True
    ) as session:
        session.execute(SQL("ALTER ROLE {} RENAME TO made_with").format(Identifier(made_with)))


async def test_databases_job_makes_owners_that_are_no_superusers(
    supervisor: Supervisor, tmp_path: Path, tools: Path
) -> None:
    server = Postgres(tmp_path / "postgres", free_port(), durable=False)
    server.prepare()
    await supervisor.start(server.program())
    (tools / "psql").symlink_to(installed("psql"))
    with_the_superuser_of_the_image(server)
    variables = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        **SUPERUSER,
        "TEMPORAL_DATABASE_PASSWORD": "first",
        "SYSOPS_DATABASE_PASSWORD": 'it\'s \\ "quoted"',
    }
    run("databases.sh", tools, **variables)
    run("databases.sh", tools, **{**variables, "TEMPORAL_DATABASE_PASSWORD": "changed"})
    for user, password, databases in (
        ("temporal", "changed", ("temporal", "temporal_visibility")),
        ("sysops", variables["SYSOPS_DATABASE_PASSWORD"], ("sysops",)),
    ):
        for database in databases:
            with psycopg.connect(
                host="127.0.0.1", port=server.port, user=user, password=password, dbname=database
            ) as session:
                session.execute("CREATE TABLE mine ()")
                row = session.execute("SHOW is_superuser").fetchone()
                assert row == ("off",)


@pytest.mark.parametrize(
    "published", ["PGPASSWORD", "TEMPORAL_DATABASE_PASSWORD", "SYSOPS_DATABASE_PASSWORD"]
)
def test_databases_job_makes_nobody_with_a_password_of_the_example(
    tools: Path, published: str
) -> None:
    (tools / "psql").symlink_to("/bin/true")
    passwords = ("PGPASSWORD", "TEMPORAL_DATABASE_PASSWORD", "SYSOPS_DATABASE_PASSWORD")
    told = dict.fromkeys(passwords, "own") | {
        published: example()[published.replace("PGPASSWORD", "POSTGRES_PASSWORD")]
    }
    refused = subprocess.run(
        ["/bin/sh", str(ROOT / "temporal" / "schema" / "databases.sh")],
        env={"PATH": f"{tools}:/usr/bin:/bin", **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "still that of .env.example" in refused.stderr


def test_schema_job_brings_both_databases_up_to_date(tools: Path) -> None:
    tool = tools / "temporal-sql-tool"
    tool.write_text('#!/bin/sh\nprintf "%s\\n" "$*"\n')
    tool.chmod(0o755)
    said = run("schema.sh", tools, POSTGRES_SEEDS="db", POSTGRES_USER="temporal")
    server = "--plugin postgres12 --ep db -p 5432 -u temporal --db"
    versions = "/etc/temporal/schema/postgresql/v12"
    assert said.splitlines()[:-1] == [
        f"{server} temporal setup-schema -v 0.0",
        f"{server} temporal update-schema -d {versions}/temporal/versioned",
        f"{server} temporal_visibility setup-schema -v 0.0",
        f"{server} temporal_visibility update-schema -d {versions}/visibility/versioned",
    ]


async def test_namespace_job_makes_namespace_and_search_attributes_once(
    supervisor: Supervisor, tmp_path: Path, tools: Path
) -> None:
    from temporal.search_attributes import SEARCH_ATTRIBUTES

    server = TemporalServer(tmp_path / "temporal", free_port(), free_port(), {})
    server.prepare()
    await supervisor.start(server.program())
    (tools / "temporal").symlink_to(binary())
    given = SERVICES["temporal-namespace"]["environment"]
    variables = {**given, "TEMPORAL_ADDRESS": server.address}
    run("namespace.sh", tools, **variables)
    again = run("namespace.sh", tools, **variables)
    assert "added" not in again
    namespace = ("--namespace", given["TEMPORAL_NAMESPACE"], "--output", "json")
    described = json.loads(await server.call("operator", "namespace", "describe", *namespace))
    assert described["config"]["workflowExecutionRetentionTtl"] == "7776000s"
    listed = json.loads(await server.call("operator", "search-attribute", "list", *namespace))
    assert set(SEARCH_ATTRIBUTES) <= set(listed["customAttributes"])
