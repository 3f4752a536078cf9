"""Temporal's production server, built from its Go module at the version that docker-compose
names."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.contracts.compose import SERVICES
from workers.stack.refusal import CannotStart

MODULE = "go.temporal.io/server"
PROGRAMS = {"cmd/server": "server", "cmd/tools/sql": "sql"}


@dataclass(frozen=True)
class Built:
    """The server, the tool that makes its tables under the name it has in the image, the tables."""

    server: Path
    tools: Path
    schemas: Path


def version() -> str:
    """As the image's tag has it."""
    found = re.fullmatch(r"temporalio/server:([\d.]+)", SERVICES["temporal"]["image"])
    assert found, "docker-compose names a version of the server"
    return f"v{found[1]}"


def built(folder: Path) -> Built:
    """Build what is not in the folder yet: minutes the first time.

    Raises:
        CannotStart: there is no Go, or it cannot build the server.
    """
    go = shutil.which("go")
    if go is None:
        raise CannotStart("no Go on the PATH: the production server is built with it")
    place = folder / version()
    if not all((place / name).exists() for name in PROGRAMS.values()):
        print(f"building the Temporal server {version()}, once; this takes minutes", flush=True)
        names = [f"{MODULE}/{path}@{version()}" for path in PROGRAMS]
        _go(go, "install", *names, GOBIN=str(place))
    tools = place / "tools"
    tools.mkdir(exist_ok=True)
    tool = tools / "temporal-sql-tool"
    if not tool.exists():
        tool.symlink_to(place / "sql")
    source = json.loads(_go(go, "mod", "download", "-json", f"{MODULE}@{version()}"))["Dir"]
    return Built(place / "server", tools, Path(source) / "schema")


def _go(go: str, *arguments: str, **told: str) -> str:
    environment = {**os.environ, "GOFLAGS": "-buildvcs=false", **told}
    done = subprocess.run(
        [go, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CannotStart(f"go {arguments[0]} fails: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout
