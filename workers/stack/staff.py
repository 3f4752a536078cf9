"""Our own programs in the local stack: what each is told that no other of its kind is."""

import sys
from collections.abc import Mapping
from dataclasses import replace

from workers.stack.door import Door
from workers.stack.ports import HOST
from workers.stack.process import Program, answering

METRICS = {"METRICS_PORT": 9464, "WORKER_METRICS_PORT": 9474, "RELAY_METRICS_PORT": 9484}
"""Where the first of each kind is read, unless the person says otherwise; the next ones follow."""


def program(
    name: str, module: str, *arguments: str, environment: Mapping[str, str], number: int = 0
) -> Program:
    """A program of ours, the first of its kind or a later one: each has metrics of its own."""
    told = dict(environment)
    for variable, first in METRICS.items():
        chosen = told.get(variable) or str(first)
        if chosen.isdecimal() and int(chosen):
            told[variable] = str(int(chosen) + number)
    return Program(name, (sys.executable, "-m", module, *arguments), told)


def api(told: Program, door: Door, shared: int, port: int) -> Program:
    """An API that accepts from the socket that all of them share, and from one of its own, by which
    is seen whether this one answers."""
    own = door.at(0)
    listening = {**told.environment, "API_SOCKETS": f"{shared},{own}"}
    asked = answering(told, f"http://{HOST}:{door.port_of(own)}/readyz")
    return replace(asked, environment=listening, sockets=(shared, own), where=f"{HOST}:{port}")
