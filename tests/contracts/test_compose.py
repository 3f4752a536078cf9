"""docker-compose.yml, as far as a machine without a container engine can check it.

The shell scripts of its jobs are not only parsed: they run here, against a real Postgres and a
real Temporal server, twice.
"""

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import AsyncIterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
import yaml

from tests.ports import free_port
from workers.stack import postgres as embedded_postgres
from workers.stack.console import Console
from workers.stack.postgres import Postgres
from workers.stack.supervisor import Supervisor
from workers.stack.temporal_server import DYNAMIC_CONFIG, TemporalServer, binary, dynamic_config

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("prepare", "api", "desk", "worker", "relay")
JOBS = {
    name
    for service in SERVICES.values()
    for name, wanted in service.get("depends_on", {}).items()
    if wanted["condition"] == "service_completed_successfully"
}
SERVERS = sorted(set(SERVICES) - JOBS)
SCRIPTS = sorted((ROOT / "temporal" / "schema").glob("*.sh"))
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<rest>[^}]*))?\}")


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def resolved(environment: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    def value(found: re.Match[str]) -> str:
        default = found["rest"] if found["kind"] == "-" else ""
        return given.get(found["name"]) or default

    return {name: VARIABLE.sub(value, str(text)) for name, text in environment.items()}


@pytest.mark.parametrize("name", SERVICES)
def test_image_is_pinned_by_an_exact_tag(name: str) -> None:
    _, separator, tag = SERVICES[name]["image"].rpartition(":")
    assert separator
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-[a-z]+)?", tag), tag


def test_base_image_of_ours_is_pinned_by_an_exact_tag() -> None:
    sources = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert sources
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+", source) for source in sources)


def test_our_image_carries_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name in OURS:
        assert SERVICES[name]["image"] == f"sysops-squad:{project['version']}"


def test_our_image_holds_every_package_and_runs_as_nobody_in_particular() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for package in ("models", "temporal", "activities", "workflows", "api", "workers"):
        assert f"COPY {package} {package}" in dockerfile
        assert f"!{package}\n" in (ROOT / ".dockerignore").read_text()
    assert re.search(r"^USER [1-9]\d*$", dockerfile, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in dockerfile


def test_dependencies_name_services_and_have_no_cycle() -> None:
    graph = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    assert set().union(*graph.values()) <= set(SERVICES)
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("temporal-schema") < order.index("temporal") < order.index("worker")


@pytest.mark.parametrize("name", SERVERS)
def test_server_has_a_health_check_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(JOBS))
def test_job_is_tried_a_few_times_and_ends(name: str) -> None:
    assert SERVICES[name]["restart"].startswith("on-failure:")


@pytest.mark.parametrize("name", SERVICES)
def test_whoever_waits_for_a_server_waits_for_its_health(name: str) -> None:
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in JOBS else "service_healthy"
        assert wanted["condition"] == expected


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_the_loopback_interface_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_temporal_ui_is_reached_through_the_desk_only() -> None:
    assert "ports" not in SERVICES["temporal-ui"]
    [port] = SERVICES["desk"]["ports"]
    told = SERVICES["desk"]["environment"]
    assert port.endswith(f":{told['DESK_PORT']}:{told['DESK_PORT']}")
    assert told["TEMPORAL_UI_INTERNAL_URL"] == "http://temporal-ui:8080"
    public = resolved(told, example())
    assert public["TEMPORAL_UI_URL"] == public["DESK_PUBLIC_URL"]


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_declared_and_folders_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).is_dir()
            assert volume.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def test_intake_keys_are_shared_by_those_who_seal_and_those_who_open() -> None:
    for name in set(OURS) - {"relay"}:
        directory = SERVICES[name]["environment"]["INTAKE_KEY_DIRECTORY"]
        assert f"intake-keys:{directory}" in SERVICES[name]["volumes"]
    assert not any("intake-keys" in volume for volume in SERVICES["relay"]["volumes"])


def test_commands_are_kept_where_containers_come_and_go() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for name in ("api", "desk"):
        directory = SERVICES[name]["environment"]["COMMAND_LOG_DIRECTORY"]
        assert f"command-log:{directory}" in SERVICES[name]["volumes"]
        # Otherwise the volume would belong to root.
        assert f" {directory} " in dockerfile


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|_PWD|SECRET|TOKEN", variable):
                assert VARIABLE.fullmatch(str(value)), variable


def test_example_names_every_variable_that_is_required() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    required = {found["name"] for found in VARIABLE.finditer(text) if found["kind"] == "?"}
    assert required
    assert required <= {name for name, value in example().items() if value}
    optional = {found["name"] for found in VARIABLE.finditer(text)} - required
    assert set(example()) <= required | optional


@pytest.mark.parametrize("name", OURS)
def test_ours_are_told_only_what_the_settings_know(name: str) -> None:
    from models.settings import VARIABLES, Settings

    environment = SERVICES[name]["environment"]
    assert set(environment) <= set(VARIABLES)
    settings = Settings.from_environment(resolved(environment, example()))
    assert (
        settings.temporal_namespace
        == SERVICES["temporal-namespace"]["environment"]["TEMPORAL_NAMESPACE"]
    )


def test_search_attributes_are_the_ones_the_workflows_set() -> None:
    from temporal.search_attributes import SEARCH_ATTRIBUTES

    listed = SERVICES["temporal-namespace"]["environment"]["SEARCH_ATTRIBUTES"].split()
    assert dict(pair.split("=") for pair in listed) == dict(SEARCH_ATTRIBUTES)


def test_worker_is_healthy_when_it_asks_the_queue_for_work() -> None:
    from temporal.queues import TICKETS

    [_, command] = SERVICES["worker"]["healthcheck"]["test"]
    assert f"--task-queue {TICKETS} " in command


def test_relay_is_healthy_when_it_listens_to_the_channel_of_news() -> None:
    from models.db.effect import WAKE_CHANNEL

    [_, _, _, program] = SERVICES["relay"]["healthcheck"]["test"]
    assert f'"{WAKE_CHANNEL}"' in program
    compile(program, "healthcheck", "exec")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_is_shell_and_is_used(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)  # noqa: S607
    used = [service.get("entrypoint", []) for service in SERVICES.values()]
    assert ["/bin/sh", f"/schema/{script.name}"] in used


def test_server_reads_the_dynamic_config_of_the_local_stack() -> None:
    file = SERVICES["temporal"]["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    [volume] = SERVICES["temporal"]["volumes"]
    source, target, _ = volume.split(":")
    assert (ROOT / source).resolve() == DYNAMIC_CONFIG.parent
    assert f"/etc/temporal/{file}" == f"{target}/{DYNAMIC_CONFIG.name}"


def test_dynamic_config_keys_are_known_to_the_server() -> None:
    # The server takes an unknown key without a word, so its own binary is asked.
    program = binary().read_bytes()
    keys = [setting.partition("=")[0] for setting in dynamic_config()]
    assert "history.maxInFlightUpdates" in keys
    assert [key for key in keys if key.encode() not in program] == []
    assert b"history.noSuchKeyExists" not in program


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


async def test_databases_job_makes_owners_that_are_no_superusers(
    supervisor: Supervisor, tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The image's superuser is called postgres.
    monkeypatch.setattr(embedded_postgres, "USER", "postgres")
    monkeypatch.setattr(embedded_postgres, "DATABASE", "postgres")
    server = Postgres(tmp_path / "postgres", free_port(), durable=False)
    server.prepare()
    await supervisor.start(server.program())
    (tools / "psql").symlink_to(embedded_postgres.binary("psql"))
    superuser = urlsplit(server.url)
    variables = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": "postgres",
        "PGPASSWORD": superuser.password or "",
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


def test_compose_itself_accepts_the_file_where_there_is_one() -> None:
    docker = shutil.which("docker")
    works = docker and subprocess.run([docker, "compose", "version"], capture_output=True)
    if not works or works.returncode != 0:
        pytest.skip("no docker compose here")
    given = {**os.environ, **example()}
    command = [docker, "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    subprocess.run(command, env=given, check=True)
