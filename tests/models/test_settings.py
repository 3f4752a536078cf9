"""What a process is told, and what it says when that is not enough."""

from secrets import token_hex

import pytest

from models.secret import is_published
from models.settings.processes import (
    PROCESSES,
    ApiSettings,
    DeskSettings,
    RelaySettings,
    WorkerSettings,
)
from models.settings.section import Settings
from tests.contracts.compose import example

KEY, OLD, OLDER = (f"{name}-b81f02e7c94d6a350f7de1928c64ab53" for name in ("new", "old", "older"))
EXAMPLE = example()
WHOLE = {
    "DATABASE_URL": "postgresql://u:p@db/sysops",
    "INTAKE_KEY_DIRECTORY": "keys",
    "LINK_SECRET": KEY,
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


def test_a_bucket_needs_its_name_and_who_we_are_there() -> None:
    stated = {
        "FILE_S3_BUCKET": "proofs",
        "FILE_S3_ACCESS_KEY": "AKIDEXAMPLE",
        "FILE_S3_SECRET_KEY": KEY,
    }
    environment = WHOLE | {"FILE_STORE": "s3"}
    assert ApiSettings.from_environment(environment | stated).files.bucket == "proofs"
    assert complaints(ApiSettings, **environment) == [
        f"{name}: FILE_STORE=s3 needs it" for name in stated
    ]
    [line] = complaints(ApiSettings, **environment | stated | {"FILE_S3_SECRET_KEY": "change-me"})
    assert line.startswith("FILE_S3_SECRET_KEY: it is the value of an example")


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        (KEY, (KEY,)),
        (f"{KEY},{OLD}", (KEY, OLD)),
        (f"{KEY}, {OLD} ,{OLDER},", (KEY, OLD, OLDER)),
    ],
)
def test_signing_keys_are_a_list_with_commas_the_first_of_which_signs(
    written: str, keys: tuple[str, ...]
) -> None:
    told = RelaySettings.from_environment(WHOLE | {"LINK_SECRET": written})
    assert told.signing.keys == keys


@pytest.mark.parametrize("kind", [ApiSettings, DeskSettings, RelaySettings])
@pytest.mark.parametrize(
    "key",
    [
        "x",
        "secret",
        "x" * 64,
        "0123456789" * 3,
        "0123456789abcdef" * 2,
        "0123456789abcdeffedcba9876543210",
        "link-0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "QwertyuiopAsdfghjklZxcvbnm1234567890",
        "password" * 5,
        "deadbeefcafebabe" * 4,
        "changeme" * 5,
        EXAMPLE["LINK_SECRET"],
        EXAMPLE["LINK_SECRET"].upper(),
        f"{KEY},x",
        f"x,{KEY}",
    ],
)
def test_who_signs_with_a_key_that_can_be_guessed_does_not_start(
    kind: type[Settings], key: str
) -> None:
    [line] = complaints(kind, **WHOLE | {"LINK_SECRET": key})
    assert line.startswith("LINK_SECRET: ")
    assert "openssl rand -hex 24" in line
    assert len(key) == 1 or key not in line


def test_a_key_that_was_made_by_chance_starts_whoever_signs() -> None:
    # As long as we ask for, or longer: of 16 bytes one in some ten thousand has too few digits.
    for size in (24, 32):
        for _ in range(200):
            key = token_hex(size)
            told = RelaySettings.from_environment(WHOLE | {"LINK_SECRET": key})
            assert told.signing.keys == (key,)


@processes
@pytest.mark.parametrize("name_of_password", ["POSTGRES_PASSWORD", "SYSOPS_DATABASE_PASSWORD"])
def test_nobody_starts_with_a_password_that_is_published(name: str, name_of_password: str) -> None:
    published = EXAMPLE[name_of_password]
    url = f"postgresql://sysops:{published}@db:5432/sysops"
    [line] = complaints(PROCESSES[name], **WHOLE | {"DATABASE_URL": url})
    assert line.startswith("DATABASE_URL: its password is the value of an example")
    assert published not in line


def test_every_secret_that_the_example_shows_is_one_that_is_refused() -> None:
    shown = {v for n, v in EXAMPLE.items() if v and ("PASSWORD" in n or "SECRET" in n)}
    assert {value for value in shown if not is_published(value)} == set()
