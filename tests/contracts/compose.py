"""docker-compose.yml, read for its tests: no container engine is needed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("prepare", "api", "desk", "worker", "relay")
"""The services that run our own image."""
JOBS = {
    name
    for service in SERVICES.values()
    for name, wanted in service.get("depends_on", {}).items()
    if wanted["condition"] == "service_completed_successfully"
}
SERVERS = sorted(set(SERVICES) - JOBS)
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<rest>[^}]*))?\}")


def example() -> dict[str, str]:
    """The variables that .env.example gives."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def resolved(environment: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What a service is told where some variables are given."""

    def value(found: re.Match[str]) -> str:
        default = found["rest"] if found["kind"] == "-" else ""
        return given.get(found["name"]) or default

    return {name: VARIABLE.sub(value, str(text)) for name, text in environment.items()}


def changed() -> dict[str, str]:
    """The same, after somebody changed every secret, as its first line asks."""
    secret = "b81f02e7c94d6a350f7de1928c64ab53"
    return {
        name: secret if value and re.search("PASSWORD|SECRET", name) else value
        for name, value in example().items()
    }
