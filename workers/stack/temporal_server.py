"""The embedded Temporal server and its UI, over one SQLite file that survives a power cut."""

import asyncio
import json
import os
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workers.stack.ports import HOST
from workers.stack.process import Program
from workers.stack.refusal import CannotStart

RETENTION = "90d"
NAMESPACE = "default"
DYNAMIC_CONFIG = Path(__file__).parents[2] / "temporal" / "dynamicconfig" / "sysops.yaml"


@dataclass
class TemporalServer:
    """One server over `directory`/temporal.db."""

    directory: Path
    port: int
    ui_port: int
    search_attributes: Mapping[str, str]

    @property
    def address(self) -> str:
        """What a production deployment would put into TEMPORAL_ADDRESS."""
        return f"{HOST}:{self.port}"

    async def is_polled(self, queue: str, pid: int) -> bool:
        """Whether this process asks for the work of the queue."""
        # The other mode answers from a cache that is up to five seconds old.
        current = ("--legacy-mode", "--partitions-legacy", "4", "--output", "json")
        try:
            answer = await self.call("task-queue", "describe", "--task-queue", queue, *current)
        except CannotStart:
            return False
        pollers: list[dict[str, Any]] = json.loads(answer)["pollers"] or []
        return any(poller["identity"].startswith(f"{pid}@") for poller in pollers)

    @property
    def ui_url(self) -> str:
        """Where a person looks."""
        return f"http://{HOST}:{self.ui_port}"

    def prepare(self) -> bool:
        """Clear away a database whose making was interrupted; whether this is the first start."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._complete.exists():
            return False
        # The server never completes a half-made schema, and nobody was ever served from this one.
        for path in self.directory.glob("temporal.db*"):
            path.unlink()
        return True

    def program(self) -> Program:
        """The server, to be kept alive."""
        options: list[str] = []
        for name, kind in self.search_attributes.items():
            options += ["--search-attribute", f"{name}={kind}"]
        for setting in dynamic_config():
            options += ["--dynamic-config-value", setting]
        return Program(
            name="temporal",
            command=(
                *(str(binary()), "server", "start-dev", "--ip", HOST),
                *("--port", str(self.port), "--ui-port", str(self.ui_port)),
                *("--db-filename", str(self.directory / "temporal.db")),
                *("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL"),
                *("--log-level", "warn", "--log-format", "json", "--ui-disable-news-fetch"),
                *options,
            ),
            # Less garbage collection for more memory: a tenth of its CPU.
            environment={**self._environment, "GOGC": "400"},
            ready=self._answers,
            where=self.address,
        )

    async def keep_histories(self) -> None:
        """Raise the retention from one day: a closed ticket is still asked about for weeks."""
        await self.call(
            "operator", "namespace", "update", "--namespace", NAMESPACE, "--retention", RETENTION
        )
        self._complete.touch()

    @property
    def _environment(self) -> dict[str, str]:
        """Nothing of the person's: variables and configuration files would steer it elsewhere."""
        return {"PATH": os.defpath, "HOME": str(self.directory)}

    @property
    def _complete(self) -> Path:
        return self.directory / "complete"

    async def _answers(self, _pid: int) -> bool:
        try:
            await self.call("operator", "namespace", "describe", "--namespace", NAMESPACE)
        except CannotStart:
            return False
        return True

    async def call(self, *arguments: str) -> str:
        """What the `temporal` program answers, asked about this server."""
        call = await asyncio.create_subprocess_exec(
            *(str(binary()), *arguments, "--address", self.address),
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        answer, complaint = await call.communicate()
        if call.returncode != 0:
            raise CannotStart(f"temporal refuses {arguments[:2]}: {complaint.decode().strip()}")
        return answer.decode()


def binary() -> Path:
    """The `temporal` program, beside the Python that runs us."""
    path = Path(sysconfig.get_path("scripts")) / "temporal"
    if not path.exists():
        raise CannotStart("the Temporal binary is not installed: use `make run`, which does it")
    return path


def dynamic_config(file: Path = DYNAMIC_CONFIG) -> list[str]:
    """The server's YAML as `key=value` for the command line, which knows no constraints."""
    config: dict[str, list[dict[str, Any]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings = []
    for key, values in config.items():
        [only] = values
        if only.get("constraints"):
            raise CannotStart(f"{file.name}: {key} has constraints; the local server takes none")
        settings.append(f"{key}={json.dumps(only['value'])}")
    return settings
