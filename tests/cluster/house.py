"""Our own programs as docker-compose starts them, several of each."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.contracts.compose import SERVICES, resolved
from tests.ports import free_port
from workers.stack.process import Program, answering

FOLDER = "/var/lib/sysops"
METRICS = {"api": "METRICS", "worker": "WORKER_METRICS", "relay": "RELAY_METRICS"}


@dataclass
class House:
    """The services that run our image. `places` says where docker-compose's names are here."""

    folder: Path
    given: Mapping[str, str]
    places: Mapping[str, str]
    passed_on: Mapping[str, str]

    def prepare(self) -> Program:
        """The errand before all others."""
        return self._program("prepare", "prepare", {})

    def several(self, service: str, number: int) -> list[Program]:
        """So many processes of a service, ready when they tell how they are."""
        return [self._one(service, f"{service}-{k}") for k in range(1, number + 1)]

    def api(self, port: int, name: str) -> Program:
        """An API that listens on a port, with a command log of its own."""
        own = {
            "API_PORT": str(port),
            "API_HOST": "127.0.0.1",
            "COMMAND_LOG_DIRECTORY": str(self.folder / f"command-log-{name}"),
        }
        program = self._program("api", name, {**own, **self._metrics("api", free_port())})
        return answering(program, f"http://127.0.0.1:{port}/readyz")

    def _one(self, service: str, name: str) -> Program:
        port = free_port()
        program = self._program(service, name, self._metrics(service, port))
        return answering(program, f"http://127.0.0.1:{port}/metrics")

    def _metrics(self, service: str, port: int) -> dict[str, str]:
        prefix = METRICS[service]
        return {f"{prefix}_PORT": str(port), f"{prefix}_HOST": "127.0.0.1"}

    def _program(self, service: str, name: str, own: Mapping[str, str]) -> Program:
        told = {
            variable: self._placed(value)
            for variable, value in resolved(SERVICES[service]["environment"], self.given).items()
        }
        _, *rest = SERVICES[service]["command"]
        return Program(name, (sys.executable, *rest), {**self.passed_on, **told, **own})

    def _placed(self, value: str) -> str:
        for name, place in {**self.places, FOLDER: str(self.folder)}.items():
            value = value.replace(name, place)
        return value
