"""What docker-compose.yml tells our processes and its servers, and what it must not hold."""

import re

import pytest

from models.settings.processes import PROCESSES
from models.settings.servers import Temporal
from tests.contracts.compose import OURS, ROOT, SERVICES, VARIABLE, changed, example, resolved
from workers.stack.temporal_server import DYNAMIC_CONFIG, binary, dynamic_config

KINDS = {process.lower(): kind for process, kind in PROCESSES.items()}
LEFT_OUT = {
    "FAILPOINTS": "for fault tests",
    "WORKFLOW_SANDBOX": "for tests",
    "TWILIO_BASE_URL": "for tests",
    "API_SOCKETS": "a proxy stands in front, and nobody hands it a socket",
    "METRICS_PORT": "its port is nobody else's in its container",
    "TEMPORAL_API_KEY": "its Temporal is its own",
    "TEMPORAL_TLS": "its Temporal is its own",
    "SMTP_STARTTLS": "mail leaves encrypted",
    "MANAGER_EMAIL": "the helpdesk's address stands for it",
    "ADMIN_EMAIL": "the helpdesk's address stands for it",
}
"""What our processes read and are not told, and why: their defaults hold."""


def read_by(name: str) -> set[str]:
    """The variables that the process of a service reads."""
    sections = KINDS[name].sections().values()
    return {variable.name for s in sections for variable in s.variables().values()}


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
def test_ours_are_told_only_what_their_process_reads(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert set(environment) <= read_by(name)
    settings = KINDS[name].from_environment(resolved(environment, changed()))
    temporal = getattr(settings, "temporal", None)
    namespace = SERVICES["temporal-namespace"]["environment"]["TEMPORAL_NAMESPACE"]
    assert (temporal or Temporal(namespace=namespace)).namespace == namespace


@pytest.mark.parametrize("name", OURS)
def test_ours_are_told_whatever_their_process_reads_but_for_what_is_named(name: str) -> None:
    told = set(SERVICES[name]["environment"])
    assert sorted(read_by(name) - told - set(LEFT_OUT)) == []


def test_nothing_is_named_that_no_process_reads() -> None:
    assert set(LEFT_OUT) <= set().union(*map(read_by, OURS))


def test_search_attributes_are_the_ones_the_workflows_set() -> None:
    from temporal.search_attributes import SEARCH_ATTRIBUTES

    listed = SERVICES["temporal-namespace"]["environment"]["SEARCH_ATTRIBUTES"].split()
    assert dict(pair.split("=") for pair in listed) == dict(SEARCH_ATTRIBUTES)


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
