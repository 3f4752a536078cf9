"""docker-compose.yml, as far as a machine without a container engine can check it: images, order,
health, ports, volumes."""

import os
import re
import shutil
import subprocess
import tomllib
from graphlib import TopologicalSorter

import pytest

from tests.contracts.compose import COMPOSE, JOBS, OURS, ROOT, SERVERS, SERVICES, example, resolved

PROXY = ROOT / "api" / "proxy" / "haproxy.cfg"


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


@pytest.mark.parametrize("name", ["api", "worker", "relay"])
def test_there_are_two_of_whatever_must_not_be_the_only_one(name: str) -> None:
    assert SERVICES[name]["deploy"]["replicas"] == 2
    assert "ports" not in SERVICES[name], "two cannot publish one port"
    assert "container_name" not in SERVICES[name]


def test_the_apis_have_one_address_which_sends_nobody_to_one_that_is_not_ready() -> None:
    proxy, api = SERVICES["proxy"], SERVICES["api"]
    [port] = proxy["ports"]
    assert port == f"127.0.0.1:8080:{api['environment']['API_PORT']}"
    says = PROXY.read_text(encoding="utf-8")
    assert proxy["volumes"] == ["./api/proxy:/usr/local/etc/haproxy:ro"]
    assert f"bind :{port.rpartition(':')[2]}" in says
    assert f"api:{api['environment']['API_PORT']}" in says
    assert "httpchk GET /readyz" in says
    assert "check inter 1s fall 2" in says
    assert "retry-on conn-failure\n" in says, "no request is repeated behind its sender's back"


def test_what_the_proxy_says_of_a_caller_is_believed() -> None:
    [network] = COMPOSE["networks"]["default"]["ipam"]["config"]
    trusted = resolved(SERVICES["api"]["environment"], {})["TRUSTED_PROXIES"]
    assert trusted == network["subnet"]
    assert "option forwardfor" in PROXY.read_text(encoding="utf-8")


def test_intake_keys_are_shared_by_those_who_seal_and_those_who_open() -> None:
    for name in set(OURS) - {"relay", "prepare"}:
        directory = SERVICES[name]["environment"]["INTAKE_KEY_DIRECTORY"]
        assert f"intake-keys:{directory}" in SERVICES[name]["volumes"]
    for name in ("relay", "prepare"):
        assert not any("intake-keys" in v for v in SERVICES[name].get("volumes", []))


def test_commands_are_kept_where_containers_come_and_go() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for name in ("api", "desk"):
        directory = SERVICES[name]["environment"]["COMMAND_LOG_DIRECTORY"]
        assert f"command-log:{directory}" in SERVICES[name]["volumes"]
        # Otherwise the volume would belong to root.
        assert f" {directory} " in dockerfile


def test_the_last_known_flags_are_kept_where_containers_come_and_go() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for name in set(OURS) - {"prepare"}:
        directory = os.path.dirname(SERVICES[name]["environment"]["FLAGS_FILE"])
        assert f"cache:{directory}" in SERVICES[name]["volumes"]
        # Otherwise the volume would belong to root.
        assert re.search(rf" {directory}\n", dockerfile)


def test_worker_is_healthy_when_it_asks_the_queue_for_work() -> None:
    from temporal.queues import TICKETS

    [_, command] = SERVICES["worker"]["healthcheck"]["test"]
    assert f"--task-queue {TICKETS} " in command


def test_relay_is_healthy_when_it_listens_to_the_channel_of_news() -> None:
    from models.db.effect import WAKE_CHANNEL

    [_, _, _, program] = SERVICES["relay"]["healthcheck"]["test"]
    assert f'"{WAKE_CHANNEL}"' in program
    compile(program, "healthcheck", "exec")


def test_compose_itself_accepts_the_file_where_there_is_one() -> None:
    docker = shutil.which("docker")
    works = docker and subprocess.run([docker, "compose", "version"], capture_output=True)
    if not works or works.returncode != 0:
        pytest.skip("no docker compose here")
    given = {**os.environ, **example()}
    command = [docker, "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    subprocess.run(command, env=given, check=True)
