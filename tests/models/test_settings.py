"""What a process is told, and what it says when that is not enough."""

import pytest

from models.settings.processes import (
    PROCESSES,
    ApiSettings,
    DeskSettings,
    RelaySettings,
    WorkerSettings,
)
from models.settings.section import Settings

WHOLE = {
    "DATABASE_URL": "postgresql://u:p@db/sysops",
    "INTAKE_KEY_DIRECTORY": "keys",
    "LINK_SECRET": "link-secret",
    "JWKS_URL": "https://login.example/keys",
    "JWT_ISSUER": "https://login.example/",
}
"""What is required of one process or another."""
NEEDS = {
    "API": set(WHOLE),
    "desk": set(WHOLE) - {"JWKS_URL"},
    "worker": {"DATABASE_URL", "INTAKE_KEY_DIRECTORY"},
    "relay": {"DATABASE_URL", "LINK_SECRET"},
    "prepare": {"DATABASE_URL"},
}
processes = pytest.mark.parametrize("name", PROCESSES)


def complaints(kind: type[Settings], **environment: str) -> list[str]:
    """What a process says before it ends."""
    with pytest.raises(SystemExit) as refused:
        kind.from_environment(environment)
    return str(refused.value.code).splitlines()


@processes
def test_a_process_starts_with_what_it_needs_and_nothing_else(name: str) -> None:
    PROCESSES[name].from_environment({variable: WHOLE[variable] for variable in NEEDS[name]})


@processes
def test_a_process_names_each_variable_that_it_lacks_in_a_line_of_its_own(name: str) -> None:
    needed = {"OIDC_ISSUER_URL" if v == "JWT_ISSUER" and name == "desk" else v for v in NEEDS[name]}
    assert {line.split(":")[0] for line in complaints(PROCESSES[name])} == needed


@processes
def test_a_process_does_not_fail_for_a_setting_that_is_none_of_its_business(name: str) -> None:
    wrong = {
        v.name: "?!"
        for other in PROCESSES.values()
        for section in other.sections().values()
        for v in section.variables().values()
    }
    own = {v.name for s in PROCESSES[name].sections().values() for v in s.variables().values()}
    PROCESSES[name].from_environment(WHOLE | {n: x for n, x in wrong.items() if n not in own})


@pytest.mark.parametrize(
    ("kind", "variable", "value", "rule"),
    [
        (ApiSettings, "API_PORT", "eighty", "valid integer"),
        (ApiSettings, "LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        (WorkerSettings, "TEMPORAL_TLS", "perhaps", "valid boolean"),
        (RelaySettings, "SMS_GATEWAY", "pigeon", "'folder' or 'twilio'"),
        (RelaySettings, "LINK_SECRET", " , ", "at least 1 item"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_variable_and_the_rule(
    kind: type[Settings], variable: str, value: str, rule: str
) -> None:
    [line] = complaints(kind, **WHOLE | {variable: value})
    assert line.startswith(f"{variable}: ")
    assert rule in line
    assert value not in line.partition("(")[0]


def test_an_empty_variable_counts_as_not_set() -> None:
    told = ApiSettings.from_environment(WHOLE | {"API_PORT": "", "JWKS_CACHE_FILE": ""})
    assert (told.server.port, told.tokens.cache_file) == (8080, None)
    [line] = complaints(ApiSettings, **WHOLE | {"JWT_ISSUER": ""})
    assert line.startswith("JWT_ISSUER: Field required")


def test_the_desk_needs_somebody_who_knows_the_helpdesk() -> None:
    nobody = {name: WHOLE[name] for name in NEEDS["desk"] - {"JWT_ISSUER"}}
    assert complaints(DeskSettings, **nobody) == ["OIDC_ISSUER_URL: needed, or JWT_ISSUER"]
    own = DeskSettings.from_environment(nobody | {"OIDC_ISSUER_URL": "https://staff.example"})
    assert own.login.provider == "https://staff.example"


def test_a_provider_that_does_not_describe_itself_needs_its_keys_stated() -> None:
    stated = {
        "OIDC_AUTHORIZE_URL": "https://login.example/in",
        "OIDC_TOKEN_URL": "https://login.example/token",
    }
    environment = WHOLE | stated
    assert DeskSettings.from_environment(environment).login.keys_url == WHOLE["JWKS_URL"]
    assert complaints(DeskSettings, **environment | {"JWKS_URL": ""}) == [
        "JWKS_URL: needed with OIDC_AUTHORIZE_URL and OIDC_TOKEN_URL"
    ]


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("one", ("one",)),
        ("new,old", ("new", "old")),
        ("new, old ,older,", ("new", "old", "older")),
    ],
)
def test_signing_keys_are_a_list_with_commas_the_first_of_which_signs(
    written: str, keys: tuple[str, ...]
) -> None:
    told = RelaySettings.from_environment(WHOLE | {"LINK_SECRET": written})
    assert told.signing.keys == keys
